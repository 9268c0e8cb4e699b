//! The strings to sign. Which lines they have is decided by `sv`, the version that the signature names.

use crate::request::Query;

/// Brought address and protocol to signatures of shares and files.
const CALLER_VERSION: &str = "2015-04-05";
/// Brought the encryption scope, which files have not, to signatures of accounts.
const SCOPE_VERSION: &str = "2020-12-06";

const RESPONSE: [&str; 5] = ["rscc", "rscd", "rsce", "rscl", "rsct"];

pub(super) fn of_account(query: &Query, account: &str) -> String {
    let mut text = format!("{account}\n");
    let scope = is_at_least(query, SCOPE_VERSION).then_some("ses");
    for name in ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"].into_iter().chain(scope) {
        text.push_str(value(query, name));
        text.push('\n');
    }
    text
}

pub(super) fn of_service(query: &Query, resource: &str) -> String {
    let caller: &[&str] = if is_at_least(query, CALLER_VERSION) { &["sip", "spr"] } else { &[] };
    lines(query, resource, &["si"], caller)
}

pub(super) fn of_delegation(query: &Query, resource: &str) -> String {
    let key = ["skoid", "sktid", "skt", "ske", "sks", "skv", "skdutid", "sduoid"];
    lines(query, resource, &key, &["sip", "spr"])
}

fn lines(query: &Query, resource: &str, signer: &[&str], caller: &[&str]) -> String {
    let mut lines = vec![value(query, "sp"), value(query, "st"), value(query, "se"), resource];
    lines.extend(signer.iter().chain(caller).map(|name| value(query, name)));
    lines.push(value(query, "sv"));
    lines.extend(RESPONSE.map(|name| value(query, name)));
    lines.join("\n")
}

fn value<'a>(query: &'a Query, name: &str) -> &'a str {
    query.get(name).unwrap_or_default()
}

fn is_at_least(query: &Query, version: &str) -> bool {
    value(query, "sv") >= version
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text).expect("a query")
    }

    #[test]
    fn the_lines_depend_on_the_version() {
        let account = "sp=r&ss=f&srt=o&se=E&sv=";
        let text = |version| of_account(&query(&format!("{account}{version}")), "one");
        assert_eq!(text("2020-10-02"), "one\nr\nf\no\n\nE\n\n\n2020-10-02\n");
        assert_eq!(text("2020-12-06"), "one\nr\nf\no\n\nE\n\n\n2020-12-06\n\n");
        let service = "sp=r&se=E&si=P&sip=A&rsct=T&sv=";
        let text = |version| of_service(&query(&format!("{service}{version}")), "/file/one/s");
        assert_eq!(text("2015-02-21"), "r\n\nE\n/file/one/s\nP\n2015-02-21\n\n\n\n\nT");
        assert_eq!(text("2015-04-05"), "r\n\nE\n/file/one/s\nP\nA\n\n2015-04-05\n\n\n\n\nT");
    }
}
