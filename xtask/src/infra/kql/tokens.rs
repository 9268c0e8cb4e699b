//! A query cut into words, strings and signs, each with its line.

use super::Problem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

pub(super) fn tokens(query: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let mut tokens = Vec::new();
    for (line, text) in query.lines().enumerate() {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if rest.starts_with("//") {
                break;
            }
            let taken = match first {
                '\'' | '"' => {
                    let Some(end) = rest[1..].find(first) else {
                        let remedy = "Close it in the same line".to_owned();
                        return Err((line, "A string is not closed".to_owned(), remedy));
                    };
                    tokens.push((line, Token::Text(rest[1..=end].to_owned())));
                    end + 2
                }
                first if first.is_ascii_alphanumeric() || first == '_' => {
                    let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
                    let end = end.unwrap_or(rest.len());
                    tokens.push((line, Token::Word(rest[..end].to_owned())));
                    end
                }
                first => {
                    if !first.is_whitespace() {
                        tokens.push((line, Token::Sign(first)));
                    }
                    first.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
    }
    Ok(tokens)
}
