//! What is different where a recovery point is brought back: only a part of it may be wanted, and what the share holds
//! besides stays, unless it is to go.
//!
//! What stands in the way of a file that comes back is overwritten, or stays; then the file comes beside it, under a name
//! that bears a mark of this restore, or not at all.

use std::borrow::Cow;
use std::sync::Arc;

use azure_storage_file_share::Entry;

use serde::{Deserialize, Serialize};

use super::cut_names::{CutNames, marked};
use super::item::is_directory;

/// What becomes of a file that stands where another one comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Conflict {
    /// It is made equal to the one that comes back.
    Overwrite,
    /// It stays, and the other one does not come back.
    #[default]
    Skip,
    /// It stays, and the other one comes back beside it.
    Rename,
}

/// How much of what lies at a path is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The entry, with all that is below it.
    Whole,
    /// Maybe something below it: a directory is walked through and stays as it is.
    Below,
    Nothing,
}

/// Says which paths are wanted. Letter case makes no difference to it, as to the share.
pub trait Selection: std::fmt::Debug + Send + Sync {
    fn wanted(&self, path: &str) -> Wanted;

    /// The only names in a directory that are wanted, where these are known and few: they are asked for one by one.
    fn names_in(&self, directory: &str) -> Option<Vec<String>>;

    /// The directory in which, or below which, lies all that is wanted.
    fn start(&self) -> String;

    /// Whether it names this very path.
    fn names(&self, path: &str) -> bool;
}

/// How a recovery point is brought back.
#[derive(Clone, Debug)]
pub struct Restoring {
    /// Nothing where all of it is.
    pub selection: Option<Arc<dyn Selection>>,
    pub conflict: Conflict,
    /// The share's own ACLs: what is overwritten keeps its own, and what comes back inherits.
    pub keeps_acl: bool,
    /// What the share has and the recovery point has not goes, as far as it is wanted.
    pub deletes_extra: bool,
    /// It comes into a directory, which keeps its own properties.
    pub into_directory: bool,
    /// Stands in the names of files that come beside others, and in no other name.
    pub mark: String,
    /// Its id: only what it built itself is removed.
    pub id: String,
    pub cut: Arc<CutNames>,
}

impl Restoring {
    pub fn wanted(&self, path: &str) -> Wanted {
        if path.is_empty() && self.into_directory {
            return Wanted::Below;
        }
        let selection = self.selection.as_ref();
        selection.map_or(Wanted::Whole, |selection| selection.wanted(&self.source_path(path)))
    }

    /// Whether an entry takes part at all.
    pub fn takes(&self, path: &str, is_directory: bool) -> bool {
        match self.wanted(path) {
            Wanted::Whole => true,
            Wanted::Below => is_directory,
            Wanted::Nothing => false,
        }
    }

    /// The directory in which, or below which, lies all that is wanted.
    pub fn start(&self) -> String {
        self.selection.as_ref().map_or_else(String::new, |selection| selection.start())
    }

    /// Whether somebody named this very path.
    pub fn names(&self, path: &str) -> bool {
        self.selection.as_ref().is_some_and(|selection| selection.names(path))
    }

    /// The names that a directory is asked for one by one.
    pub fn names_in(&self, directory: &str) -> Option<Vec<String>> {
        let names = self.selection.as_ref()?.names_in(&self.source_path(directory))?;
        (!names.is_empty()).then_some(names)
    }

    /// Whether a directory that is there keeps its own properties and times.
    pub fn leaves_directory(&self, path: &str) -> bool {
        self.conflict != Conflict::Overwrite || self.wanted(path) != Wanted::Whole
    }

    /// Where the recovery point has what is to come to a path.
    pub fn source_path<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.mark.is_empty() || !path.contains(&self.mark) {
            return Cow::Borrowed(path);
        }
        let names =
            path.split('/').map(|name| self.cut.known(name).unwrap_or_else(|| name.replace(&self.mark, "")));
        Cow::Owned(names.collect::<Vec<_>>().join("/"))
    }

    /// The name under which an entry comes beside one of its name.
    pub fn name_beside(&self, entry: &Entry) -> String {
        let name = marked(&entry.name, &self.mark, is_directory(entry));
        if name.replace(&self.mark, "") != entry.name {
            self.cut.learn(&name, &entry.name);
        }
        name
    }

    /// Whether a name is one under which an entry came beside another in this restore.
    pub fn is_beside(&self, name: &str) -> bool {
        !self.mark.is_empty() && name.contains(&self.mark)
    }

    /// The source's entry as the one that is there may keep of it.
    pub fn over(&self, source: &Entry, there: &Entry) -> Entry {
        let permission_key =
            if self.keeps_acl { there.permission_key.clone() } else { source.permission_key.clone() };
        Entry { permission_key, ..source.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::testing::{directory, file};

    fn restoring(conflict: Conflict) -> Restoring {
        Restoring {
            selection: None,
            conflict,
            keeps_acl: false,
            deletes_extra: false,
            into_directory: false,
            mark: " (restored 7)".to_owned(),
            id: "7".to_owned(),
            cut: Arc::default(),
        }
    }

    #[test]
    fn what_comes_beside_another_is_found_in_the_recovery_point() {
        let restoring = restoring(Conflict::Rename);
        let beside = |entry: &Entry| restoring.name_beside(entry);
        assert_eq!(beside(&file("a.b.txt", 1)), "a.b (restored 7).txt");
        assert_eq!(beside(&file(".profile", 1)), ".profile (restored 7)");
        assert_eq!(beside(&file("a", 1)), "a (restored 7)");
        assert_eq!(beside(&directory("v1.2")), "v1.2 (restored 7)");
        for path in ["d (restored 7)/a (restored 7).txt", "d/a.txt"] {
            assert_eq!(restoring.source_path(path), "d/a.txt");
        }
    }

    #[test]
    fn what_comes_beside_another_under_a_name_that_was_cut_is_found_there_too() {
        let restoring = restoring(Conflict::Rename);
        let long = format!("{}.docx", "x".repeat(250));
        let beside = restoring.name_beside(&file(&long, 1));
        assert_eq!(restoring.source_path(&format!("d (restored 7)/{beside}")), format!("d/{long}"));
        let other = Restoring { cut: Arc::default(), ..restoring };
        assert_eq!(other.cut.unknown(&format!("d/{beside}/e"), &other.mark), Some(("d", beside.as_str())));
        assert_eq!(other.cut.unknown("d (restored 7)/a", &other.mark), None);
    }

    #[test]
    fn the_directory_that_all_comes_into_stays_as_it_is() {
        let whole = restoring(Conflict::Overwrite);
        assert!(!whole.leaves_directory("") && !whole.leaves_directory("d"));
        let into = Restoring { into_directory: true, ..whole };
        assert!(into.leaves_directory("") && !into.leaves_directory("d"));
        assert!(restoring(Conflict::Skip).leaves_directory("d"));
    }
}
