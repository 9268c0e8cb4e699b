//! `%NAME%` in host.json and function.json, and the way .NET cuts an argument line into arguments.

/// Replaces every `%NAME%`; a name without a value becomes nothing.
pub(crate) fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        expanded.push_str(before);
        match after.split_once('%') {
            Some((name, after)) if !name.is_empty() => {
                expanded.push_str(&value(name).unwrap_or_default());
                rest = after;
            }
            _ => {
                expanded.push('%');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The host joins arguments with single spaces and without quotes; .NET then cuts the line again.
/// Blanks separate, double quotes group, and a backslash escapes only a quote.
pub(crate) fn split_arguments(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current: Option<String> = None;
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' if !quoted => arguments.extend(current.take()),
            '\\' if characters.peek() == Some(&'"') => {
                characters.next();
                current.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            other => current.get_or_insert_default().push(other),
        }
    }
    arguments.extend(current);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let value = |name: &str| (name == "NAME").then(|| "value".to_string());
        assert_eq!(expand(text, value), expected);
    }

    #[test]
    fn names_are_replaced_and_unknown_ones_vanish() {
        check("%NAME%", "value");
        check("a %NAME%-%NAME% b", "a value-value b");
        check("a%UNKNOWN%b", "ab");
    }

    #[test]
    fn lonely_percent_signs_stay() {
        check("100%", "100%");
        check("%%", "%%");
    }

    #[test]
    fn an_argument_with_a_blank_becomes_two() {
        assert_eq!(split_arguments("one two  three"), ["one", "two", "three"]);
    }

    #[test]
    fn quotes_hold_an_argument_together() {
        assert_eq!(split_arguments(r#"run "a b" "" c\"d"#), ["run", "a b", "", r#"c"d"#]);
    }
}
