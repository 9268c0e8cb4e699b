//! Field `exclude` of a pair: globs of what is not backed up, seen from the share's root.
//!
//! `*` stands for any part of a name, `**` for any number of directories, `?` for one character, `[ab]` for one of
//! these, `{a,b}` for either text. Letter case makes no difference, as in the share.

use globset::GlobSet;
use serde_json::Value;

use super::fields::{Fields, kind};
use super::glob::{BadGlob, compile, fold};

/// Stands for any character beyond ASCII; no name can hold it.
const BEYOND: char = '\u{7f}';

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
        let (folded, characters) = spelt(path);
        covers(&self.ascii, &characters) || covers(&self.beyond, &folded)
    }

    /// Whether a glob matches the path itself.
    pub fn is_match(&self, path: &str) -> bool {
        let (folded, characters) = spelt(path);
        self.ascii.is_match(characters) || self.beyond.is_match(folded)
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

/// A path as the globs are asked for it: folded, and the same with what is beyond ASCII.
fn spelt(path: &str) -> (String, String) {
    let folded = fold(path);
    let characters = folded.chars().map(|c| if c.is_ascii() { c } else { BEYOND }).collect();
    (folded, characters)
}

/// Whether a glob matches the path or a directory above it.
fn covers(globs: &GlobSet, path: &str) -> bool {
    let above = path.match_indices('/').map(|(end, _)| &path[..end]);
    !globs.is_empty() && above.chain([path]).any(|path| globs.is_match(path))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glob: &str, excluded: &[&str], left: &[&str]) {
        let exclude = Exclude::new(&[glob]).expect(glob);
        for path in excluded {
            assert!(exclude.matches(path), "{glob} must exclude {path}");
        }
        for path in left {
            assert!(!exclude.matches(path), "{glob} must leave {path}");
        }
    }

    fn refuses(glob: &str, problem: &str) {
        let bad = Exclude::new(&["a", glob]).expect_err(glob);
        assert_eq!(bad.problem, problem, "{glob}");
    }

    #[test]
    fn globs_are_paths_from_the_root() {
        check("cache", &["cache", "cache/a", "cache/a/b"], &["", "a/cache", "cache2", "cach"]);
        check("*.tmp", &["a.tmp", ".tmp", "a.tmp/b"], &["a/b.tmp", "a.tmp2"]);
        check("**/*.tmp", &["a.tmp", "a/b.tmp", "a/b/c.tmp/d"], &["a.tmp2", "a/tmp"]);
        check("a/**/z", &["a/z", "a/b/z", "a/b/c/z/d"], &["z", "b/z", "a/b/zz"]);
        check("a/*/z", &["a/b/z"], &["a/z", "a/b/c/z"]);
        check("a/**", &["a/b", "a/b/c"], &["a", "ab"]);
        check("{a,b/c}", &["a", "A/x", "b/c"], &["b", "b/d", "c"]);
        check("a?c", &["abc", "a?c"], &["ac", "abbc", "a/c"]);
        check("[!a]bc", &["xbc"], &["abc", "bc"]);
        check("x[!a]y", &["xby"], &["x/y", "xay"]);
        check("x[^]a]y", &["xby"], &["x/y", "x]y", "xay"]);
        check("x[!-a]y", &["xby"], &["x/y", "x-y", "xay"]);
        check("x[!a-c]y", &["xdy"], &["x/y", "xby"]);
        check("{[!a],b}[!c]", &["xx", "bx"], &["ax", "xc"]);
        check("[[]a]", &["[a]"], &["a"]);
    }

    #[test]
    fn letter_case_makes_no_difference() {
        check("Cache/*.TMP", &["cACHE/x.tmp"], &[]);
        check("Größe/Ä*", &["gRÖßE/äx"], &["Grösse/äx"]);
        check("[a-c]x", &["Bx"], &["Dx"]);
        check("привет", &["ПРИВЕТ/мир"], &["мир"]);
    }

    #[test]
    fn a_character_is_one_whatever_its_bytes() {
        check("?", &["a", "ä", "漢", "🦀"], &["ab", "äb", "漢字"]);
        check("[!a]", &["ä", "🦀"], &["A", "äa"]);
        check("a?[!x]d", &["aäöd", "abcd"], &["aäd", "aäxd"]);
    }

    #[test]
    fn nothing_is_excluded_by_default() {
        assert!(!Exclude::default().matches("a"));
        assert!(Exclude::default().is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let nothing = "Matches nothing, since a name in it is empty, . or ..";
        for glob in ["", "/a", "a/", "a//b", "./a", "a/../b"] {
            refuses(glob, nothing);
        }
        refuses("a\\b", "Holds a backslash");
        for glob in ["*", "**", "**/*", "**/**", "***"] {
            refuses(glob, "Excludes everything");
        }
        check("*/*", &["a/b", "a/b/c"], &["a"]);
        refuses("[ä]x", "? and [ are not understood beside letters beyond ASCII");
        refuses("ä?", "? and [ are not understood beside letters beyond ASCII");
        refuses("[a", "Unclosed character class; missing ']'");
        refuses("{a", "Unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)");
        refuses("[!a", "Unclosed character class; missing ']'");
        refuses("x[ -9]y", "What stands in [] covers /");
        refuses("x[/]y", "What stands in [] covers /");
        refuses("[b-a]", "Invalid range; 'B' > 'A'");
    }
}
