//! What of a recovery point is to come back: paths and globs from the share's root. A path brings its entry, with all that
//! is below it; so does a glob with each entry that it matches. The syntax is that of `exclude`, and letter case makes no
//! difference.

use super::exclude::Exclude;
use super::glob::{BadGlob, fold};
use crate::sync::{Selection, Wanted};

/// Names of a directory that are asked for one by one; for more of them the directory is listed.
const ONE_BY_ONE: usize = 8;

/// Paths and globs, read.
#[derive(Clone, Debug, Default)]
pub struct Include {
    /// As they are written, and folded.
    paths: Vec<(String, String)>,
    globs: Exclude,
    /// Directories through which a glob may lead to what it matches.
    ways: Exclude,
    /// One of the globs may match anywhere.
    anywhere: bool,
    everything: bool,
}

/// What is wrong with one of them, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadInclude {
    pub index: usize,
    pub bad: BadGlob,
}

impl Include {
    pub fn new<G: AsRef<str>>(parts: &[G]) -> Result<Self, BadInclude> {
        let mut include = Self::default();
        let (mut globs, mut ways) = (Vec::new(), Vec::new());
        for (index, part) in parts.iter().map(AsRef::as_ref).enumerate() {
            let path = part.trim_matches('/');
            if path.is_empty()
                || path.contains('\\')
                || path.split('/').any(|name| matches!(name, "" | "." | ".."))
            {
                let problem =
                    "Names nothing, since a name in it is empty, . or .., or it holds a backslash".to_owned();
                let remedy =
                    "Write a path from the share's root, or leave include out to bring everything back";
                return Err(BadInclude { index, bad: BadGlob { problem, remedy } });
            }
            if !is_glob(path) {
                include.paths.push((path.to_owned(), fold(path)));
                continue;
            }
            if path.chars().all(|c| matches!(c, '*' | '/'))
                && path.split('/').all(|name| name == "**" || path == "*")
            {
                include.everything = true;
                continue;
            }
            Exclude::new(&[path]).map_err(|bad| BadInclude { index, bad })?;
            globs.push(path.to_owned());
            include.anywhere |= !add_ways(path, &mut ways);
        }
        let whole = |bad| BadInclude { index: 0, bad };
        include.globs = Exclude::new(&globs).map_err(whole)?;
        include.ways = Exclude::new(&ways).map_err(whole)?;
        Ok(include)
    }

    /// The paths that are named, each once.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&(String, String)> = self.paths.iter().collect();
        paths.sort_by(|a, b| a.1.cmp(&b.1));
        paths.dedup_by(|a, b| a.1 == b.1);
        paths.into_iter().map(|(path, _)| path.as_str()).collect()
    }

    fn names_path(&self, path: &str) -> bool {
        let is_at = |named: &str| {
            path.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.paths.iter().any(|(_, named)| is_at(named))
    }

    /// Whether a glob may match something right in a directory.
    fn globs_in(&self, directory: &str) -> bool {
        self.anywhere || self.ways.is_match(directory) || directory.is_empty() && !self.globs.is_empty()
    }
}

impl Selection for Include {
    fn wanted(&self, path: &str) -> Wanted {
        let folded = fold(path);
        let leads = |named: &str| {
            folded.is_empty() || named.strip_prefix(&*folded).is_some_and(|rest| rest.starts_with('/'))
        };
        if !path.is_empty() && (self.everything || self.names_path(&folded) || self.globs.matches(path)) {
            Wanted::Whole
        } else if path.is_empty() || self.globs_in(path) || self.paths.iter().any(|(_, named)| leads(named)) {
            Wanted::Below
        } else {
            Wanted::Nothing
        }
    }

    fn names_in(&self, directory: &str) -> Option<Vec<String>> {
        if self.everything || self.globs_in(directory) || self.wanted(directory) == Wanted::Whole {
            return None;
        }
        let folded = fold(directory);
        let mut names: Vec<(String, String)> = Vec::new();
        for (path, known) in &self.paths {
            let rest = if folded.is_empty() {
                Some(known.as_str())
            } else {
                known.strip_prefix(&*folded).and_then(|rest| rest.strip_prefix('/'))
            };
            let Some(rest) = rest else { continue };
            let depth = path.matches('/').count() - rest.matches('/').count();
            let (name, key) = (path.split('/').nth(depth), rest.split('/').next());
            if let (Some(name), Some(key)) = (name, key)
                && !names.iter().any(|(_, known)| known == key)
            {
                names.push((name.to_owned(), key.to_owned()));
            }
        }
        (names.len() <= ONE_BY_ONE).then(|| names.into_iter().map(|(name, _)| name).collect())
    }

    fn names(&self, path: &str) -> bool {
        let folded = fold(path);
        self.paths.iter().any(|(_, named)| *named == folded)
    }

    fn start(&self) -> String {
        if self.everything || self.anywhere {
            return String::new();
        }
        let mut common: Option<Vec<&str>> = None;
        let globs = self.globs.globs().iter().map(String::as_str);
        for path in self.paths.iter().map(|(path, _)| path.as_str()).chain(globs) {
            let names: Vec<&str> = path.split('/').collect();
            let plain = names[..names.len() - 1].iter().take_while(|name| !is_glob(name)).copied();
            common = Some(match common {
                None => plain.collect(),
                Some(before) => {
                    before.into_iter().zip(plain).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
                }
            });
        }
        common.unwrap_or_default().join("/")
    }
}

/// Whether it is a glob. No name can hold `*` or `?`; brackets and braces alone are letters of a name.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The directories on the way to what a glob matches; `false` where it may be any.
fn add_ways(glob: &str, ways: &mut Vec<String>) -> bool {
    let names: Vec<&str> = glob.split('/').collect();
    for depth in 1..names.len() {
        if names[depth - 1].contains('{') {
            // a brace may hold names of several directories
            let known = names[..depth - 1].join("/");
            let is_known = !known.is_empty();
            ways.extend(is_known.then(|| format!("{known}/**")));
            return is_known;
        }
        if names[depth - 1] == "**" {
            if depth == 1 {
                return false;
            }
            ways.push(names[..depth].join("/"));
            return true;
        }
        if depth == 1 && names[0] == "*" && names.len() > 1 {
            return false;
        }
        ways.push(names[..depth].join("/"));
    }
    true
}

#[cfg(test)]
mod tests {
    use Wanted::{Below, Nothing, Whole};

    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expected: &[(&str, Wanted)]) {
        let include = Include::new(parts).expect("they can be meant");
        for (path, wanted) in expected {
            assert_eq!(include.wanted(path), *wanted, "{parts:?} {path}");
        }
    }

    #[test]
    fn a_path_brings_what_is_below_it_and_walks_the_way_to_it() {
        check(
            &["a/b/c"],
            &[
                ("", Below),
                ("a", Below),
                ("A/B", Below),
                ("a/b/c", Whole),
                ("a/B/c/d", Whole),
                ("a/b/cd", Nothing),
                ("x", Nothing),
            ],
        );
        check(&["a[1].txt"], &[("a[1].txt", Whole), ("a1.txt", Nothing), ("a2.txt", Nothing)]);
        check(&["a[1]?.txt"], &[("a1x.txt", Whole), ("a[1]x.txt", Nothing)]);
    }

    #[test]
    fn a_glob_walks_no_further_than_it_may_match() {
        check(
            &["a/*/c*.txt"],
            &[
                ("a", Below),
                ("a/x", Below),
                ("a/x/y", Nothing),
                ("a/x/c1.txt", Whole),
                ("b", Nothing),
                ("a/x/d.txt", Nothing),
            ],
        );
        check(
            &["**/*.docx"],
            &[("a", Below), ("a/b", Below), ("a/b/c.docx", Whole), ("x.docx", Whole), ("x.doc", Below)],
        );
        check(&["a/**/z"], &[("a", Below), ("a/b/c", Below), ("a/b/z", Whole), ("b", Nothing)]);
        check(&["*"], &[("", Below), ("a", Whole), ("a/b", Whole)]);
        check(&["*.txt"], &[("a.txt", Whole), ("d", Nothing)]);
    }

    #[test]
    fn a_walk_begins_where_all_that_is_wanted_lies() {
        let start = |parts: &[&str]| Include::new(parts).expect("they can be meant").start();
        assert_eq!(start(&["a/b/c.txt"]), "a/b");
        assert_eq!(start(&["a/b/c.txt", "a/d/*.txt"]), "a");
        assert_eq!(start(&["a/b/**/c"]), "a/b");
        assert_eq!(start(&["a/b", "c"]), "");
        assert_eq!(start(&["**/x", "a/b"]), "");
    }

    #[test]
    fn few_names_are_asked_for_one_by_one() {
        let names = |parts: &[&str], directory: &str| {
            Include::new(parts).expect("they can be meant").names_in(directory)
        };
        let text = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["a/B/c", "A/b/d", "x"], ""), text(&["a", "x"]));
        assert_eq!(names(&["a/B/c", "A/b/d", "x"], "a"), text(&["B"]));
        assert_eq!(names(&["a/B/c", "A/b/d", "x"], "a/b"), text(&["c", "d"]));
        assert_eq!(names(&["a/b"], "a/b"), None);
        assert_eq!(names(&["a/*.txt", "a/b"], "a"), None);
        assert_eq!(names(&["a/*/x", "b/c"], "b"), text(&["c"]));
        let many: Vec<String> = (0..9).map(|number| format!("a/{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(names(&many, "a"), None);
    }

    #[test]
    fn what_names_nothing_is_refused_by_its_number() {
        for part in ["", "/", "a//b", "../a"] {
            let refused = Include::new(&["x", part]).expect_err(part);
            assert_eq!(refused.index, 1, "{part}");
        }
        assert_eq!(Include::new(&["a/[b*"]).expect_err("half a class").index, 0);
        assert!(Include::new(&["a/[b", "{a", "Größe [2].txt"]).is_ok(), "they are names");
    }
}
