//! Joins the two listings of one directory by name: exact spelling first, then what is left over by folded name.

use std::cmp::Ordering;
use std::collections::HashMap;

use azure_storage_file_share::Entry;

use super::name::{fold, order};

/// An entry of the source, of the target, or of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Paired<'a> {
    Source(&'a Entry),
    Target(&'a Entry),
    Both(&'a Entry, &'a Entry),
}

/// Every entry of either listing once, in the order of the walk, whatever the service's order is.
pub fn pair<'a>(
    source: impl Iterator<Item = &'a Entry>,
    target: impl Iterator<Item = &'a Entry>,
) -> Vec<Paired<'a>> {
    let (source, target) = (sorted(source), sorted(target));
    let mut paired = Vec::with_capacity(source.len().max(target.len()));
    let (mut source, mut target) = (source.into_iter().peekable(), target.into_iter().peekable());
    let (mut added, mut gone) = (false, false);
    loop {
        let order = match (source.peek(), target.peek()) {
            (Some(source), Some(target)) => order(&source.name, &target.name),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let source = if order.is_le() { source.next() } else { None };
        let target = if order.is_ge() { target.next() } else { None };
        paired.extend(match (source, target) {
            (Some(source), Some(target)) => Some(Paired::Both(source, target)),
            (source, None) => source.map(Paired::Source),
            (None, target) => target.map(Paired::Target),
        });
        (added, gone) = (added | order.is_lt(), gone | order.is_gt());
    }
    if added && gone {
        fold_together(&mut paired);
    }
    paired
}

/// Listings come in order as a rule; then this is one look at each name.
fn sorted<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<&'a Entry> {
    let mut entries: Vec<&Entry> = entries.collect();
    entries.sort_by(|a, b| order(&a.name, &b.name));
    // a listing that changes between two pages may show an entry twice
    entries.dedup_by(|a, b| a.name == b.name);
    entries
}

/// Joins what only one side has where names differ in case alone. Two names of one side that fold alike would be a
/// surprise: both are kept in sight.
fn fold_together(paired: &mut Vec<Paired<'_>>) {
    let mut gone: HashMap<String, &Entry> = HashMap::new();
    for one in paired.iter() {
        if let Paired::Target(entry) = one {
            gone.insert(fold(&entry.name), entry);
        }
    }
    let mut joined: Vec<&Entry> = Vec::new();
    for one in paired.iter_mut() {
        if let Paired::Source(source) = *one
            && let Some(target) = gone.remove(&fold(&source.name))
        {
            *one = Paired::Both(source, target);
            joined.push(target);
        }
    }
    joined.sort_by(|a, b| order(&a.name, &b.name));
    paired.retain(|one| match one {
        Paired::Target(entry) => joined.binary_search_by(|other| order(&other.name, &entry.name)).is_err(),
        _ => true,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::testing::{directory, file};

    fn check(source: &[&str], target: &[&str], expected: &[&str]) {
        let files = |names: &[&str]| names.iter().map(|name| file(name, 1)).collect::<Vec<_>>();
        let paired: Vec<String> = pair(files(source).iter(), files(target).iter())
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
        check(&["a", "B"], &["b", "a"], &["a=a", "B=b"]);
        check(&["A", "a"], &["a"], &["+A", "a=a"]);
    }

    #[test]
    fn whatever_has_no_counterpart_stands_alone() {
        check(&["new"], &["old"], &["+new", "-old"]);
        check(&[], &["x"], &["-x"]);
        check(&["x"], &[], &["+x"]);
    }

    #[test]
    fn the_order_of_a_listing_and_an_entry_shown_twice_make_no_difference() {
        check(&["c", "a", "b"], &["b", "c", "d"], &["+a", "b=b", "c=c", "-d"]);
        check(&["a", "b", "a"], &["b", "b"], &["+a", "b=b"]);
    }

    #[test]
    fn no_entry_is_lost_when_two_names_fold_alike() {
        let (source, target) = ([file("ab", 1)], [file("Ab", 1), file("aB", 1)]);
        let paired = pair(source.iter(), target.iter());
        let counted = |p: fn(&Paired) -> bool| paired.iter().filter(|one| p(one)).count();
        assert_eq!(counted(|one| matches!(one, Paired::Both(_, _))), 1);
        assert_eq!(counted(|one| matches!(one, Paired::Target(_))), 1);
    }

    #[test]
    fn kinds_do_not_keep_names_apart() {
        let (source, target) = ([file("x", 1)], [directory("X")]);
        let paired = pair(source.iter(), target.iter());
        assert!(matches!(paired.as_slice(), [Paired::Both(_, _)]));
    }
}
