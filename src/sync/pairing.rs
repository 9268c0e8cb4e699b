//! Joins the two listings of one directory by name: exact spelling first, then what is left over by folded name.

use std::collections::HashMap;

use azure_storage_file_share::Entry;

use super::name::fold;

/// An entry of the source, of the target, or of both.
#[derive(Debug, PartialEq)]
pub enum Paired {
    Source(Entry),
    Target(Entry),
    Both(Entry, Entry),
}

impl Paired {
    /// The name that decides the place in the walk.
    pub fn name(&self) -> &str {
        match self {
            Self::Source(entry) | Self::Target(entry) | Self::Both(entry, _) => &entry.name,
        }
    }
}

/// Every entry of either listing once, in ordinal order of the names.
pub fn pair(source: Vec<Entry>, target: Vec<Entry>) -> Vec<Paired> {
    let mut by_name: HashMap<String, Entry> = target.into_iter().map(|e| (e.name.clone(), e)).collect();
    let mut paired = Vec::with_capacity(source.len().max(by_name.len()));
    let mut alone = Vec::new();
    for entry in source {
        match by_name.remove(&entry.name) {
            Some(counterpart) => paired.push(Paired::Both(entry, counterpart)),
            None => alone.push(entry),
        }
    }
    let mut by_fold: HashMap<String, Entry> = HashMap::new();
    if !alone.is_empty() {
        // Two names of one directory that fold alike would be a surprise: both are kept in sight.
        for (name, entry) in by_name.drain() {
            paired.extend(by_fold.insert(fold(&name), entry).map(Paired::Target));
        }
    }
    for entry in alone {
        paired.push(match by_fold.remove(&fold(&entry.name)) {
            Some(counterpart) => Paired::Both(entry, counterpart),
            None => Paired::Source(entry),
        });
    }
    paired.extend(by_name.into_values().chain(by_fold.into_values()).map(Paired::Target));
    paired.sort_by(|a, b| a.name().cmp(b.name()));
    paired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::testing::{directory, file};

    fn check(source: &[&str], target: &[&str], expected: &[&str]) {
        let files = |names: &[&str]| names.iter().map(|name| file(name, 1)).collect();
        let paired: Vec<String> = pair(files(source), files(target))
            .into_iter()
            .map(|paired| match paired {
                Paired::Source(s) => format!("+{}", s.name),
                Paired::Target(t) => format!("-{}", t.name),
                Paired::Both(s, t) => format!("{}={}", s.name, t.name),
            })
            .collect();
        assert_eq!(paired, expected);
    }

    #[test]
    fn names_match_exactly_before_they_are_folded() {
        check(&["a", "B"], &["b", "a"], &["B=b", "a=a"]);
        check(&["A", "a"], &["a"], &["+A", "a=a"]);
    }

    #[test]
    fn whatever_has_no_counterpart_stands_alone() {
        check(&["new"], &["old"], &["+new", "-old"]);
        check(&[], &["x"], &["-x"]);
        check(&["x"], &[], &["+x"]);
    }

    #[test]
    fn no_entry_is_lost_when_two_names_fold_alike() {
        let paired = pair(vec![file("ab", 1)], vec![file("Ab", 1), file("aB", 1)]);
        let counted = |p: fn(&Paired) -> bool| paired.iter().filter(|one| p(one)).count();
        assert_eq!(counted(|one| matches!(one, Paired::Both(_, _))), 1);
        assert_eq!(counted(|one| matches!(one, Paired::Target(_))), 1);
    }

    #[test]
    fn kinds_do_not_keep_names_apart() {
        let paired = pair(vec![file("x", 1)], vec![directory("X")]);
        assert!(matches!(paired.as_slice(), [Paired::Both(_, _)]));
    }
}
