//! Addresses. Keys may hold any character that a row can have: quotes are doubled, and all that is not unreserved is
//! encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;
use url::Url;

/// All but what RFC 3986 calls unreserved: nothing on the way can mistake or rewrite any of it, which would void the
/// signature.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `resource` follows the endpoint, encoded already.
pub(crate) fn address(endpoint: &Url, resource: impl Display) -> Url {
    let mut url = endpoint.clone();
    url.set_path(&format!("{}/{resource}", endpoint.path().trim_end_matches('/')));
    url
}

pub(crate) fn row(table: &str, partition_key: &str, row_key: &str) -> String {
    let (partition_key, row_key) = (quoted(partition_key), quoted(row_key));
    format!("{table}(PartitionKey='{}',RowKey='{}')", encoded(&partition_key), encoded(&row_key))
}

pub(crate) fn add_query(url: &mut Url, name: &str, value: &str) {
    let pair = format!("{name}={}", encoded(value));
    let query = match url.query() {
        Some(query) => format!("{query}&{pair}"),
        None => pair,
    };
    url.set_query(Some(&query));
}

/// As it stands between the quotes of a string literal.
pub(crate) fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_characters_is_one_literal() {
        let endpoint = Url::parse("http://127.0.0.1:10002/account").expect("a URL");
        let url = address(&endpoint, row("table", "O'Brien 100%+", "ü:,()&="));
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:10002/account/table(PartitionKey='O%27%27Brien%20100%25%2B',RowKey='%C3%BC%3A%2C%28%29%26%3D')"
        );
    }

    #[test]
    fn keys_of_dots_and_nothing_stay_what_they_are() {
        let endpoint = Url::parse("https://account.table.core.windows.net/").expect("a URL");
        let url = address(&endpoint, row("table", "..", ""));
        assert_eq!(url.as_str(), "https://account.table.core.windows.net/table(PartitionKey='..',RowKey='')");
    }

    #[test]
    fn a_query_is_encoded() {
        let mut url = Url::parse("http://host/table()").expect("a URL");
        add_query(&mut url, "$filter", "PartitionKey eq 'a+b&''c'''");
        add_query(&mut url, "$top", "5");
        let query = "$filter=PartitionKey%20eq%20%27a%2Bb%26%27%27c%27%27%27&$top=5";
        assert_eq!(url.query(), Some(query));
    }
}
