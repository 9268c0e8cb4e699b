//! Which files of the target may hold other data than the source's, although all that a listing shows is equal.

use std::collections::BTreeSet;

use super::name::fold;

/// By default there are none: equal listings are equal files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Doubts {
    #[default]
    None,
    /// Those at these paths are copied whole, and nothing that holds one of them is moved.
    Of(Paths),
    /// All are to be read: equal ones are among what a comparison finds.
    All,
}

/// Paths of the target, however they are spelt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(BTreeSet<String>);

impl Doubts {
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let paths: BTreeSet<String> = paths.into_iter().map(fold).collect();
        if paths.is_empty() { Self::None } else { Self::Of(Paths(paths)) }
    }

    /// Whether the file at `path` has to be copied again.
    pub fn cover(&self, path: &str) -> bool {
        matches!(self, Self::Of(Paths(paths)) if paths.contains(&fold(path)))
    }

    /// Whether the entry at `path` is such a file, or a directory above one.
    pub fn reach_into(&self, path: &str) -> bool {
        let Self::Of(Paths(paths)) = self else { return false };
        let path = fold(path);
        let below = format!("{path}/");
        paths.contains(&path)
            || paths.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubted_file_is_known_however_it_is_spelt_and_so_is_what_is_above_it() {
        let doubts = Doubts::of(["a/b/c", "a.b"]);
        for path in ["a/b/c", "A/b/C", "a.b"] {
            assert!(doubts.cover(path) && doubts.reach_into(path), "{path}");
        }
        for path in ["a", "A/B"] {
            assert!(!doubts.cover(path) && doubts.reach_into(path), "{path}");
        }
        for path in ["b", "a/b/c/d", "a/bb", "a/b/cc", "a "] {
            assert!(!doubts.cover(path) && !doubts.reach_into(path), "{path}");
        }
        assert_eq!(Doubts::of([]), Doubts::None);
    }
}
