//! Shared Key Lite authorization of the Table service: the date and the resource are all that is signed.
//!
//! The rules are at <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>.

use azure_core::http::Url;

/// With a path-style endpoint the path begins with the account, which then stands here twice.
pub(crate) fn string_to_sign(account: &str, date: &str, url: &Url) -> String {
    let mut text = format!("{date}\n/{account}{}", url.path());
    if let Some((_, component)) = url.query_pairs().find(|(name, _)| name == "comp") {
        text += &format!("?comp={component}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        let url = Url::parse(url).expect("a URL");
        assert_eq!(string_to_sign("account", "Wed, 18 Nov 2026 22:01:07 GMT", &url), expected);
    }

    #[test]
    fn the_path_is_signed_as_it_is_sent_and_the_query_not_at_all() {
        check(
            "https://account.table.core.windows.net/t(PartitionKey='a%20b',RowKey='%27%27')?$select=A",
            "Wed, 18 Nov 2026 22:01:07 GMT\n/account/t(PartitionKey='a%20b',RowKey='%27%27')",
        );
        check(
            "http://127.0.0.1:10002/account/Tables",
            "Wed, 18 Nov 2026 22:01:07 GMT\n/account/account/Tables",
        );
    }

    #[test]
    fn the_component_belongs_to_the_resource() {
        check(
            "https://account.table.core.windows.net/?restype=service&comp=properties",
            "Wed, 18 Nov 2026 22:01:07 GMT\n/account/?comp=properties",
        );
    }
}
