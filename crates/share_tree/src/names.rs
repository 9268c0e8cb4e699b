//! Which names Azure takes, and which of them are one name to it.

use std::borrow::Cow;

const FORBIDDEN: [char; 9] = ['"', '\\', '/', ':', '|', '<', '>', '*', '?'];
const RESERVED: [&str; 7] = ["PRN", "AUX", "NUL", "CON", "CLOCK$", ".", ".."];
const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 2048;
const DEEPEST: usize = 250;

/// Names that fold alike are one name in a directory. Simple upper case, one character for one, as NTFS does it.
pub(crate) fn fold(name: &str) -> String {
    name.chars().map(upper).collect()
}

fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// Why Azure would refuse an entry of this path; the parent's path has been accepted before.
pub(crate) fn refusal(path: &str) -> Option<Cow<'static, str>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let forbidden = |c: &char| FORBIDDEN.contains(c) || *c < ' ' || *c == '\u{81}';
    if let Some(character) = name.chars().find(forbidden) {
        return Some(format!("the name has the character {character:?}").into());
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) || is_port(name) {
        return Some("the name is reserved".into());
    }
    if name.encode_utf16().count() > LONGEST_NAME {
        return Some("the name is longer than 255 characters".into());
    }
    if path.encode_utf16().count() > LONGEST_PATH {
        return Some("the path is longer than 2,048 characters".into());
    }
    if path.matches('/').count() >= DEEPEST {
        return Some("it lies deeper than 250 directories".into());
    }
    None
}

/// `LPT1` to `LPT9` and `COM1` to `COM9`.
fn is_port(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let number = upper.strip_prefix("LPT").or_else(|| upper.strip_prefix("COM"));
    number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_azure_refuses_are_refused() {
        for name in ["a:b", "what?", "a\"b", "tab\there", "con", "NUL", "com7", "a|b", "c\u{81}"] {
            assert!(refusal(&format!("dir/{name}")).is_some(), "{name:?} was taken");
        }
        assert!(refusal(&"x".repeat(256)).is_some());
        assert!(refusal(&format!("{}end", "a/".repeat(250))).is_some());
    }

    #[test]
    fn odd_names_that_azure_takes_are_taken() {
        for name in [
            "50% off",
            "a#b",
            "a+b",
            "it's",
            "con.txt",
            "com10",
            "dots..",
            " leading",
            "e\u{301}",
            "\u{1f980}",
        ] {
            assert_eq!(refusal(&format!("dir/{name}")), None, "{name:?} was refused");
        }
        assert_eq!(refusal(&"x".repeat(255)), None);
    }

    #[test]
    fn folding_is_one_to_one_and_does_not_normalise() {
        assert_eq!(fold("straße"), "STRAßE");
        assert_eq!(fold("Ärger"), fold("äRGER"));
        assert_ne!(fold("\u{e9}"), fold("e\u{301}"));
    }
}
