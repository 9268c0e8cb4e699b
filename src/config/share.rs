//! One side of a pair: which share, in which account, reached where.

use url::Url;

use super::fields::Fields;
use super::names::{ACCOUNT_RULE, SHARE_RULE, is_account_name, is_share_name};

const ENDPOINT_RULE: &str = "Use the account's file endpoint, as https://account.file.core.windows.net/, or with \
                             the account as path, as http://127.0.0.1:10004/account; without user, query or share";

/// One side of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareSettings {
    pub account: String,
    pub share: String,
    /// `https://{account}.file.core.windows.net/` where the field is missing.
    pub endpoint: Url,
}

/// What could be read of one side. The parts are apart because the other checks go on without the bad ones.
#[derive(Debug, Default)]
pub(super) struct ShareDraft {
    pub(super) account: Option<String>,
    pub(super) share: Option<String>,
    endpoint: Option<Url>,
}

impl ShareDraft {
    pub(super) fn read(mut fields: Fields<'_>) -> Self {
        let account = fields.name("account", is_account_name, ACCOUNT_RULE);
        let share = fields.name("share", is_share_name, SHARE_RULE);
        let endpoint = match fields.text("endpoint") {
            None => account.as_deref().map(public_endpoint),
            Some(text) => match parse_endpoint(text, account.as_deref()) {
                Ok(url) => Some(url),
                Err(problem) => {
                    // The text is not shown: what is wrong with it may be that it holds a signature.
                    fields.mistake("endpoint", problem, ENDPOINT_RULE);
                    None
                }
            },
        };
        fields.finish();
        Self { account, share, endpoint }
    }

    /// What makes two sides the same share: account names are unique in a cloud.
    pub(super) fn identity(&self) -> Option<(&str, &str)> {
        Some((self.account.as_deref()?, self.share.as_deref()?))
    }

    pub(super) fn is_http(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http")
    }

    pub(super) fn complete(self) -> Option<ShareSettings> {
        Some(ShareSettings { account: self.account?, share: self.share?, endpoint: self.endpoint? })
    }
}

fn public_endpoint(account: &str) -> Url {
    let text = format!("https://{account}.file.core.windows.net/");
    Url::parse(&text).expect("an account name is a host name")
}

fn parse_endpoint(text: &str, account: Option<&str>) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("Not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("Neither http nor https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Holds a user or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("Holds a query or fragment".to_owned());
    }
    let path = url.path().trim_matches('/');
    if !path.is_empty() && account.is_some_and(|account| account != path) {
        return Err("Its path is neither empty nor the account".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, problem: Option<&str>) {
        let found = parse_endpoint(text, Some("acct")).err();
        assert_eq!(found.as_deref(), problem, "{text}");
    }

    #[test]
    fn endpoints_name_a_service_and_nothing_else() {
        check("https://acct.file.core.windows.net", None);
        check("https://acct.file.core.usgovcloudapi.net/", None);
        check("http://127.0.0.1:10004/acct", None);
        check("http://127.0.0.1:10004/acct/", None);
        check("acct.file.core.windows.net", Some("Not a URL: relative URL without a base"));
        check("ftp://acct.file.core.windows.net/", Some("Neither http nor https"));
        check("https://me:secret@acct.file.core.windows.net/", Some("Holds a user or password"));
        check("https://acct.file.core.windows.net/?sv=1&sig=x", Some("Holds a query or fragment"));
        check("https://acct.file.core.windows.net/docs", Some("Its path is neither empty nor the account"));
    }
}
