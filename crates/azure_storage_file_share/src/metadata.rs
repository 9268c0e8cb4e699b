//! User metadata: names that keep their meaning in any case, values of header text.
//!
//! Names are sent in lower case, as all header names of our HTTP stack are, and read back so.

use crate::headers::METADATA_PREFIX;
use azure_core::http::headers::Headers;
use std::collections::BTreeMap;

pub type Metadata = BTreeMap<String, String>;

pub(crate) fn read(headers: &Headers) -> Metadata {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(METADATA_PREFIX)?;
            Some((name.to_owned(), value.as_str().to_owned()))
        })
        .collect()
}

/// Why the service could not be asked to store this; a name must be an identifier and a value header text.
pub(crate) fn problem(metadata: &Metadata) -> Option<&'static str> {
    metadata.iter().find_map(|(name, value)| {
        if name.is_empty() {
            Some("EmptyMetadataKey")
        } else if !is_identifier(name) || !value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            Some("InvalidMetadata")
        } else {
            None
        }
    })
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: Option<&str>) {
        assert_eq!(problem(&Metadata::from([(name.to_owned(), value.to_owned())])), expected);
    }

    #[test]
    fn metadata_that_no_header_can_carry_is_refused() {
        check("backup_pair", "share one", None);
        check("_1", "", None);
        check("", "value", Some("EmptyMetadataKey"));
        check("two words", "value", Some("InvalidMetadata"));
        check("naïve", "value", Some("InvalidMetadata"));
        check("日本", "value", Some("InvalidMetadata"));
        check("1st", "value", Some("InvalidMetadata"));
        check("name", "line\nbreak", Some("InvalidMetadata"));
        check("name", "naïve", Some("InvalidMetadata"));
    }
}
