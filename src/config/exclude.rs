//! Field `exclude` of a pair: globs of what is not backed up, seen from the share's root.
//!
//! `*` stands for any part of a name, `**` for any number of directories, `?` for one character, `[ab]` for one of
//! these, `{a,b}` for either text. Letter case makes no difference, as in the share.

use globset::{Glob, GlobBuilder, GlobSet};
use serde_json::Value;

use super::fields::{Fields, kind};

/// Stands for any character beyond ASCII; no name can hold it.
const BEYOND: char = '\u{7f}';

const SYNTAX: &str =
    "Use *, **, ?, [ab] and {a,b} in a path from the share's root; write [[] for a bracket itself";

/// What is not backed up.
#[derive(Clone, Debug, Default)]
pub struct Exclude {
    globs: Vec<String>,
    /// The globs within ASCII. They are asked for the path with [`BEYOND`] in it, because the crate counts bytes where `?`
    /// and `[…]` mean characters.
    ascii: GlobSet,
    /// The others, which have neither.
    beyond: GlobSet,
}

/// What is wrong with a glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}. {remedy}")]
pub struct BadGlob {
    pub problem: String,
    pub remedy: &'static str,
}

impl Exclude {
    pub fn new<G: AsRef<str>>(globs: &[G]) -> Result<Self, BadGlob> {
        let (mut ascii, mut beyond) = (GlobSet::builder(), GlobSet::builder());
        for glob in globs.iter().map(AsRef::as_ref) {
            let set = if glob.is_ascii() { &mut ascii } else { &mut beyond };
            set.add(compile(glob)?);
        }
        let globs = globs.iter().map(|glob| glob.as_ref().to_owned()).collect();
        Ok(Self { globs, ascii: ascii.build()?, beyond: beyond.build()? })
    }

    /// Whether the entry at `path`, or a directory above it, is excluded. The root never is.
    pub fn matches(&self, path: &str) -> bool {
        if self.globs.is_empty() || path.is_empty() {
            return false;
        }
        let path = fold(path);
        let characters: String = path.chars().map(|c| if c.is_ascii() { c } else { BEYOND }).collect();
        covers(&self.ascii, &characters) || covers(&self.beyond, &path)
    }

    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// As they were written.
    pub fn globs(&self) -> &[String] {
        &self.globs
    }
}

impl PartialEq for Exclude {
    fn eq(&self, other: &Self) -> bool {
        self.globs == other.globs
    }
}

impl Eq for Exclude {}

impl From<globset::Error> for BadGlob {
    fn from(error: globset::Error) -> Self {
        let text = error.kind().to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        Self { problem: first.into_iter().chain(letters).collect(), remedy: SYNTAX }
    }
}

/// Whether a glob matches the path or a directory above it.
fn covers(globs: &GlobSet, path: &str) -> bool {
    let above = path.match_indices('/').map(|(end, _)| &path[..end]);
    !globs.is_empty() && above.chain([path]).any(|path| globs.is_match(path))
}

fn compile(glob: &str) -> Result<Glob, BadGlob> {
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
    let compiled = GlobBuilder::new(&fold(glob)).literal_separator(true).build()?;
    if glob.chars().all(|c| matches!(c, '*' | '/')) && compiled.compile_matcher().is_match("any name") {
        return refuse("Excludes everything", "Remove the pair if nothing of it is to be backed up");
    }
    Ok(compiled)
}

/// Simple upper case, one character for one: the two spellings that are one name for the service.
fn fold(text: &str) -> String {
    let upper = |c: char| {
        let mut upper = c.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(single), None) => single,
            _ => c,
        }
    };
    text.chars().map(upper).collect()
}

pub(super) fn read(fields: &mut Fields<'_>) -> Exclude {
    let mut good = Vec::new();
    for (index, value) in fields.list("exclude").unwrap_or_default().iter().enumerate() {
        let field = format!("exclude[{index}]");
        let Value::String(glob) = value else {
            fields.mistake(&field, format!("Expected a text, found {}", kind(value)), "Write it in quotes");
            continue;
        };
        match compile(glob) {
            Ok(_) => good.push(glob),
            Err(bad) => fields.mistake(&field, bad.problem, bad.remedy),
        }
    }
    Exclude::new(&good).unwrap_or_else(|bad| {
        fields.mistake("exclude", bad.problem, "Use fewer or shorter globs");
        Exclude::default()
    })
}
