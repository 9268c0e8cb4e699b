//! Names of entries: preserved as written, compared without case, and refused where Windows would refuse them.

use std::sync::Arc;

use crate::error::{self, ServiceError};

const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 2048;
const DEEPEST: usize = 250;

/// One component of a path.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: Arc<str>,
    pub(crate) folded: Arc<str>,
}

/// The components below the share root; empty for the root itself.
pub(crate) type Path = [Name];

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        let folded = fold(text);
        let text: Arc<str> = text.into();
        let folded = if *folded == *text { text.clone() } else { folded.into() };
        Self { text, folded }
    }
}

/// Splits a decoded path. Without the trailing-dot header of the request, dots at the end of a name are
/// dropped silently, as the service does.
pub(crate) fn parse_path(decoded: &str, keep_trailing_dots: bool) -> Result<Vec<Name>, ServiceError> {
    let decoded = decoded.strip_suffix('/').unwrap_or(decoded);
    if decoded.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<Name> = decoded
        .split('/')
        .map(|name| {
            let kept = if keep_trailing_dots { name } else { name.trim_end_matches('.') };
            check(name, kept)?;
            Ok(Name::new(kept))
        })
        .collect::<Result<_, ServiceError>>()?;
    if names.len() > DEEPEST || utf16_length(decoded) > LONGEST_PATH {
        return Err(error::INVALID_FILE_OR_DIRECTORY_PATH_NAME.into());
    }
    Ok(names)
}

fn check(written: &str, kept: &str) -> Result<(), ServiceError> {
    if matches!(written, "." | "..") || is_reserved(kept) || utf16_length(kept) > LONGEST_NAME {
        return Err(error::INVALID_FILE_OR_DIRECTORY_PATH_NAME.into());
    }
    if kept.is_empty() || kept.chars().any(is_forbidden) {
        return Err(error::INVALID_RESOURCE_NAME.into());
    }
    Ok(())
}

fn is_forbidden(letter: char) -> bool {
    matches!(letter, '"' | '\\' | '/' | ':' | '|' | '<' | '>' | '*' | '?' | '\0'..='\u{1F}' | '\u{81}')
}

fn is_reserved(name: &str) -> bool {
    const DEVICES: [&str; 5] = ["PRN", "AUX", "NUL", "CON", "CLOCK$"];
    if DEVICES.iter().any(|device| name.eq_ignore_ascii_case(device)) {
        return true;
    }
    name.len() == 4
        && name.is_ascii()
        && ["LPT", "COM"].iter().any(|port| name[..3].eq_ignore_ascii_case(port))
        && matches!(name.as_bytes()[3], b'1'..=b'9')
}

fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Upper case by the simple mapping, one character to one, as NTFS folds names.
pub(crate) fn fold(text: &str) -> String {
    text.chars().map(upper).collect()
}

fn upper(letter: char) -> char {
    let mut mapped = letter.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(upper), None) => upper,
        _ => letter,
    }
}

/// `^[a-z0-9](-?[a-z0-9])*$`, 3 to 63 characters.
pub(crate) fn is_share_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str, keep: bool) -> Result<Vec<String>, &'static str> {
        match parse_path(path, keep) {
            Ok(names) => Ok(names.iter().map(|name| name.text.to_string()).collect()),
            Err(error) => Err(error.code()),
        }
    }

    #[test]
    fn trailing_dots_go_unless_they_are_asked_to_stay() {
        assert_eq!(names("a./b..", false), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(names("a./b..", true), Ok(vec!["a.".to_owned(), "b..".to_owned()]));
    }

    #[test]
    fn names_that_windows_refuses_are_refused() {
        for path in ["a/..", "./b", "lpt1", "a/CLOCK$", &"x".repeat(256)] {
            assert_eq!(names(path, true), Err("InvalidFileOrDirectoryPathName"), "{path}");
        }
        for path in ["a//b", "a:b", "a\u{7}", "what?"] {
            assert_eq!(names(path, true), Err("InvalidResourceName"), "{path}");
        }
    }

    #[test]
    fn case_folds_one_character_to_one() {
        assert_eq!(fold("straße-éÿ.txt"), "STRAßE-ÉŸ.TXT");
    }

    #[test]
    fn share_names_follow_the_published_rule() {
        for good in ["abc", "a-b", "0123"] {
            assert!(is_share_name(good), "{good}");
        }
        for bad in ["ab", "-ab", "ab-", "a--b", "Abc", "a_b", &"a".repeat(64)] {
            assert!(!is_share_name(bad), "{bad}");
        }
    }
}
