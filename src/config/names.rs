//! Which names pairs, accounts and shares may have.

/// The name of a pair becomes a table key, a metadata value and a part of a URL.
pub(super) const PAIR_RULE: &str =
    "Use 1 to 63 ASCII letters, digits and dashes, beginning with a letter or digit";
pub(super) const ACCOUNT_RULE: &str =
    "Use the storage account's name: 3 to 24 lower-case ASCII letters and digits";
/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata>
pub(super) const SHARE_RULE: &str = "Use the share's name: 3 to 63 lower-case ASCII letters, digits and single \
                                     dashes, beginning and ending with a letter or digit";

pub(super) fn is_pair_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
}

pub(super) fn is_account_name(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(is_lower_alphanumeric)
}

pub fn is_share_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_lower_alphanumeric(byte) || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for name in good {
            assert!(rule(name), "{name:?} must be accepted");
        }
        for name in bad {
            assert!(!rule(name), "{name:?} must be refused");
        }
    }

    #[test]
    fn pair_names_follow_the_rule() {
        let long = "a".repeat(64);
        check(is_pair_name, &["a", "7", "Docs-1", "a-", &long[1..]], &["", "-a", "a b", "a_b", "ä", &long]);
    }

    #[test]
    fn account_names_follow_the_rule() {
        let long = "a".repeat(25);
        check(is_account_name, &["abc", "123", &long[1..]], &["", "ab", "Abc", "a-c", "a.c", &long]);
    }

    #[test]
    fn share_names_follow_the_rule() {
        let long = "a".repeat(64);
        check(
            is_share_name,
            &["abc", "a-c", "1-2-3", &long[1..]],
            &["", "ab", "Abc", "-ab", "ab-", "a--b", "a_b", "a.b", "$root", &long],
        );
    }
}
