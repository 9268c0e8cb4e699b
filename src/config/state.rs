//! `BACKUP_STATE`: where the progress of cycles is kept.

use url::{Host, Url};

use super::mistake::{HTTP_PROBLEM, HTTP_REMEDY, Mistakes, shown};
use super::names::is_account_name;
use super::variables::{SITE, STATE, Variables};

const REMEDY: &str = "Set it to the URL of the account's table endpoint, as https://account.table.core.windows.net/, or \
                      for an emulator with the account as path, as http://127.0.0.1:10002/account; or to memory, off Azure";

/// Where the progress of cycles is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateSetting {
    /// In this process, and gone with it. Refused on Azure, where processes come and go.
    Memory,
    /// In three tables of a storage account.
    Table { endpoint: Url, account: String },
}

pub(super) fn read(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<StateSetting> {
    let read = match variables.get(STATE) {
        Some("memory") if variables.get(SITE).is_some() => {
            Err("The memory store does not run on Azure: a new instance would have forgotten everything"
                .into())
        }
        Some("memory") => Ok(StateSetting::Memory),
        // A URL is not shown: what is wrong with it may be that it holds a signature.
        Some(text) if text.contains("://") => parse(text),
        Some(text) => Err(format!("{} is no store", shown(text))),
        None => Err("Missing".to_owned()),
    };
    read.map_err(|problem| mistakes.add(STATE, problem, REMEDY)).ok()
}

/// For credentials that are sent over https alone.
pub(super) fn refuse_http(state: Option<&StateSetting>, mistakes: &mut Mistakes) {
    if let Some(StateSetting::Table { endpoint, .. }) = state
        && endpoint.scheme() == "http"
    {
        mistakes.add(STATE, HTTP_PROBLEM, HTTP_REMEDY);
    }
}

fn parse(text: &str) -> Result<StateSetting, String> {
    let endpoint = Url::parse(text).map_err(|error| format!("Not a URL: {error}"))?;
    match endpoint.scheme() {
        "https" => {}
        "http" if is_loopback(&endpoint) => {}
        "http" => return Err("http is for emulators on this machine only".to_owned()),
        _ => return Err("Neither http nor https".to_owned()),
    }
    if !endpoint.username().is_empty() || endpoint.password().is_some() {
        return Err("Holds a user or password".to_owned());
    }
    if endpoint.query().is_some() || endpoint.fragment().is_some() {
        return Err("Holds a query or fragment".to_owned());
    }
    let path = endpoint.path().trim_matches('/');
    let account = match (account_of_host(&endpoint), path) {
        (Some(account), "") => account,
        (Some(account), path) if account == path => account,
        (Some(_), _) => return Err("Its path is neither empty nor the account".to_owned()),
        (None, path) => path,
    };
    if !is_account_name(account) {
        return Err("Names no storage account".to_owned());
    }
    let account = account.to_owned();
    Ok(StateSetting::Table { endpoint, account })
}

/// As of `account.table.core.windows.net`, in any cloud and DNS zone.
fn account_of_host(endpoint: &Url) -> Option<&str> {
    let (account, service) = endpoint.domain()?.split_once('.')?;
    service.split('.').any(|label| label == "table").then_some(account)
}

fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str, account: &str) {
        let endpoint = Url::parse(text).expect("a URL");
        assert_eq!(parse(text), Ok(StateSetting::Table { endpoint, account: account.to_owned() }), "{text}");
    }

    fn refuses(text: &str, problem: &str) {
        assert_eq!(parse(text), Err(problem.to_owned()), "{text}");
    }

    #[test]
    fn the_account_is_read_from_the_endpoint() {
        accepts("https://acct.table.core.windows.net/", "acct");
        accepts("https://acct.table.core.windows.net", "acct");
        accepts("https://acct.table.core.usgovcloudapi.net/", "acct");
        accepts("https://acct.z21.table.storage.azure.net/", "acct");
        accepts("https://acct.table.core.windows.net/acct/", "acct");
        accepts("http://127.0.0.1:10002/devstoreaccount1", "devstoreaccount1");
        accepts("http://[::1]:10002/devstoreaccount1/", "devstoreaccount1");
        accepts("http://localhost:10002/devstoreaccount1", "devstoreaccount1");
        accepts("https://emulator.example/devstoreaccount1", "devstoreaccount1");
    }

    #[test]
    fn what_is_no_table_endpoint_is_refused() {
        refuses("http://acct.table.core.windows.net/", "http is for emulators on this machine only");
        refuses("http://10.0.0.1:10002/acct", "http is for emulators on this machine only");
        refuses("http://localhost.example/acct", "http is for emulators on this machine only");
        refuses("ftp://acct.table.core.windows.net/", "Neither http nor https");
        refuses("https://", "Not a URL: empty host");
        refuses("https://me:secret@acct.table.core.windows.net/", "Holds a user or password");
        refuses("https://acct.table.core.windows.net/?sv=1&sig=x", "Holds a query or fragment");
        refuses("https://acct.table.core.windows.net/#x", "Holds a query or fragment");
        refuses("https://acct.table.core.windows.net/pairs", "Its path is neither empty nor the account");
        refuses("https://acct-secondary.table.core.windows.net/", "Names no storage account");
        refuses("https://acct.file.core.windows.net/", "Names no storage account");
        refuses("http://127.0.0.1:10002/", "Names no storage account");
        refuses("http://127.0.0.1:10002/acct/pairs", "Names no storage account");
    }
}
