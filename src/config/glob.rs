//! One glob of `exclude`: the crate's syntax, less what would match other paths than its writer meant.

use globset::{Glob, GlobBuilder};

const SYNTAX: &str =
    "Use *, **, ?, [ab] and {a,b} in a path from the share's root; write [[] for a bracket itself";

/// What is wrong with a glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}. {remedy}")]
pub struct BadGlob {
    pub problem: String,
    pub remedy: &'static str,
}

impl From<globset::Error> for BadGlob {
    fn from(error: globset::Error) -> Self {
        let text = error.kind().to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        Self { problem: first.into_iter().chain(letters).collect(), remedy: SYNTAX }
    }
}

/// The glob, with letter case folded as [`fold`] does.
pub(super) fn compile(glob: &str) -> Result<Glob, BadGlob> {
    let refuse = |problem: &str, remedy| Err(BadGlob { problem: problem.to_owned(), remedy });
    if glob.contains('\\') {
        return refuse("Holds a backslash", "Write / between names");
    }
    if glob.split('/').any(|name| matches!(name, "" | "." | "..")) {
        let problem = "Matches nothing, since a name in it is empty, . or ..";
        return refuse(
            problem,
            "Write the path from the share's root, without / at either end, as a/b/*.tmp",
        );
    }
    if !glob.is_ascii() && glob.contains(['?', '[']) {
        let problem = "? and [ are not understood beside letters beyond ASCII";
        return refuse(problem, "Use * or {a,b} instead");
    }
    let compiled = build(&within_a_name(&fold(glob))?)?;
    if glob.chars().all(|c| matches!(c, '*' | '/')) && compiled.compile_matcher().is_match("any name") {
        return refuse("Excludes everything", "Remove the pair if nothing of it is to be backed up");
    }
    Ok(compiled)
}

fn build(glob: &str) -> Result<Glob, BadGlob> {
    Ok(GlobBuilder::new(glob).literal_separator(true).build()?)
}

/// The same glob with `/` kept out of every `[…]`: the crate lets `[!a]` stand for it.
fn within_a_name(glob: &str) -> Result<String, BadGlob> {
    let mut kept = String::with_capacity(glob.len());
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        let start = kept.len();
        kept.push(c);
        if c != '[' {
            continue;
        }
        let negation = chars.next_if(|c| matches!(c, '!' | '^'));
        kept.extend(negation);
        // these two stand for themselves where they come first
        kept.extend(chars.next_if(|c| matches!(c, ']' | '-')));
        kept.extend(negation.map(|_| '/'));
        for c in chars.by_ref() {
            kept.push(c);
            if c == ']' {
                break;
            }
        }
        if build(&kept[start..])?.compile_matcher().is_match("/") {
            let problem = "What stands in [] covers /".to_owned();
            return Err(BadGlob {
                problem,
                remedy: "Name characters other than /, ranges with / in the middle in two parts",
            });
        }
    }
    Ok(kept)
}

/// Simple upper case, one character for one: the two spellings that are one name for the service.
pub(super) fn fold(text: &str) -> String {
    let upper = |c: char| {
        let mut upper = c.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(single), None) => single,
            _ => c,
        }
    };
    text.chars().map(upper).collect()
}
