//! Rules for the names of tables and for keys. An emulator lets most of this pass.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model>

use crate::refusal::{Refusal, refuse};
use crate::value::units;

const MAX_KEY_UNITS: usize = 1024;

pub(crate) fn check_table(name: &str) -> Result<(), Refusal> {
    let letter_first = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let alphanumeric = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !letter_first || !alphanumeric || name.eq_ignore_ascii_case("tables") {
        return refuse(
            "InvalidResourceName",
            "A table has letters and digits, a letter first, and another name than Tables",
        );
    }
    if !(3..=63).contains(&name.len()) {
        return refuse("OutOfRangeInput", "The name of a table has 3 to 63 characters");
    }
    Ok(())
}

pub(crate) fn check_keys(partition_key: &str, row_key: &str) -> Result<(), Refusal> {
    check_key("PartitionKey", partition_key)?;
    check_key("RowKey", row_key)
}

fn check_key(name: &str, key: &str) -> Result<(), Refusal> {
    if units(key) > MAX_KEY_UNITS {
        let reason = format!("{name} has {} characters, more than {MAX_KEY_UNITS}", units(key));
        return refuse("PropertyValueTooLarge", reason);
    }
    if let Some(forbidden) = key.chars().find(|c| matches!(c, '/' | '\\' | '#' | '?') || c.is_control()) {
        return refuse("OutOfRangeInput", format!("{name} holds {forbidden:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(result: Result<(), Refusal>, code: Option<&str>) {
        assert_eq!(result.err().map(|refusal| refusal.code), code);
    }

    #[test]
    fn a_table_is_named_by_the_rules() {
        check(check_table("abc"), None);
        check(check_table(&"A".repeat(63)), None);
        for name in ["", "1abc", "a-b", "a_b", "täble", "Tables", "t'x", "a/b"] {
            check(check_table(name), Some("InvalidResourceName"));
        }
        check(check_table("ab"), Some("OutOfRangeInput"));
        check(check_table(&"a".repeat(64)), Some("OutOfRangeInput"));
    }

    #[test]
    fn a_key_holds_what_the_service_takes() {
        check(check_keys("", "O'Brien 50%+ü:.😀"), None);
        for forbidden in ["/", "\\", "#", "?", "\0", "\t", "\u{1f}", "\u{7f}", "\u{85}", "\u{9f}"] {
            check(check_keys("p", &format!("a{forbidden}b")), Some("OutOfRangeInput"));
            check(check_keys(forbidden, "r"), Some("OutOfRangeInput"));
        }
    }

    #[test]
    fn a_key_is_measured_in_utf_16() {
        check(check_keys(&"ü".repeat(1024), &"😀".repeat(512)), None);
        check(check_keys(&"a".repeat(1025), ""), Some("PropertyValueTooLarge"));
        check(check_keys("", &"😀".repeat(513)), Some("PropertyValueTooLarge"));
    }
}
