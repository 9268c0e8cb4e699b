//! A place in the walk: everything before it is planned and stored.
//!
//! The walk goes parents first, names in the order of their folded spelling; in a directory its own item comes first, then those of its
//! entries by name, then its subdirectories. Only names of the shares decide, never a scratch name of ours: another
//! owner, whose scratch names are others, finds the same place.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::item::{Item, Work};
use super::name::order;
use super::part::Part;

/// The first item that is not stored yet is here or later. The default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The walk is over; this is a place in the plan of what it put aside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_rest: bool,
    /// The path of a directory, as the walk knows it.
    pub directory: String,
    /// The name of an entry in it; empty before the directory's own item.
    pub item: String,
    /// The part of a large directory that holds the entry; nothing where it is walked from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<Part>>,
}

/// How a directory lies to a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Done, with all below it.
    Behind,
    /// Done, but on the way to the cursor.
    Above,
    /// The cursor's own.
    Here,
    Ahead,
}

impl Cursor {
    /// Before anything of a directory.
    pub fn before(directory: &str) -> Self {
        Self { directory: directory.to_owned(), ..Self::default() }
    }

    /// Before a part of a directory.
    pub fn before_part(directory: &str, part: Part) -> Self {
        let item = part.after.clone();
        Self { directory: directory.to_owned(), item, part: Some(Box::new(part)), is_rest: false }
    }

    /// Before an item in the plan of a directory, or of a part of it.
    pub fn before_item(directory: &str, part: Option<&Part>, item: &Item) -> Self {
        let item = name_in(directory, item);
        let item = match part {
            // a directory's own item comes where it is found out that there is one
            Some(part) if order(item, &part.after).is_lt() => &part.after,
            _ => item,
        };
        Self {
            directory: directory.to_owned(),
            item: item.to_owned(),
            part: part.cloned().map(Box::new),
            is_rest: false,
        }
    }

    /// The same place for another listing of the directory, which is walked from its beginning then.
    pub fn of_any_listing(self) -> Self {
        Self { part: None, ..self }
    }

    /// Whether it is before the same item, however the directory was listed.
    pub fn is_at(&self, other: &Self) -> bool {
        self.is_rest == other.is_rest
            && path_order(&self.directory, &other.directory).is_eq()
            && self.item == other.item
    }

    /// Before anything of what the walk put aside.
    pub fn rest() -> Self {
        Self { is_rest: true, ..Self::default() }
    }

    fn after(&self) -> &str {
        self.part.as_ref().map_or("", |part| &part.after)
    }

    pub fn relation(&self, directory: &str) -> Relation {
        match path_order(directory, &self.directory) {
            Ordering::Equal => Relation::Here,
            Ordering::Greater => Relation::Ahead,
            Ordering::Less if is_above(directory, &self.directory) => Relation::Above,
            Ordering::Less => Relation::Behind,
        }
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        let stages = self.is_rest.cmp(&other.is_rest);
        stages
            .then_with(|| path_order(&self.directory, &other.directory))
            .then_with(|| order(&self.item, &other.item))
            // a part begins at the last name of the one before, and behind it
            .then_with(|| order(self.after(), other.after()))
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The name that decides an item's place in the plan of its directory; empty for the directory's own item. What was
/// renamed to a scratch name stands where its successor does.
pub fn name_in<'a>(directory: &str, item: &'a Item) -> &'a str {
    match &item.work {
        // these names are the same for every owner, and sort in the order that is needed
        Work::Lift { to, .. } => name_of(directory, to),
        _ if item.path == directory => "",
        _ => name_of(directory, item.successor().unwrap_or(&item.path)),
    }
}

/// The name under which something told of `path` has its place in a directory.
pub fn name_of<'a>(directory: &str, path: &'a str) -> &'a str {
    if path == directory { "" } else { path.rsplit('/').next().unwrap_or_default() }
}

/// Pre-order. The paths as texts would not do: `/` is greater than a space or a dot.
pub fn path_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('/'), b.split('/'));
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => return order(a, b),
            (a, b) => return a.cmp(&b),
        }
    }
}

fn is_above(directory: &str, path: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|below| below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::item::{Over, Reason, Seen, Work};
    use crate::sync::testing::{directory, file};

    fn cursor(directory: &str, item: &str) -> Cursor {
        Cursor { directory: directory.to_owned(), item: item.to_owned(), ..Cursor::default() }
    }

    #[test]
    fn places_are_ordered_as_they_are_walked() {
        let walked = [
            cursor("", ""),
            cursor("", "z"),
            cursor("a", ""),
            cursor("a", "x"),
            cursor("a/b", ""),
            cursor("a/b/c", "f"),
            cursor("a/c", ""),
            cursor("a b", ""),
            cursor("a b/c", ""),
            cursor("a.b", ""),
            cursor("b", ""),
        ];
        assert!(walked.is_sorted(), "{walked:?}");
        assert_eq!(Cursor::default(), walked[0]);
        assert!(Cursor::rest() > walked[10]);
        let part = |after: &str| Part { after: after.to_owned(), ..Part::default() };
        let last = Cursor { part: Some(Box::new(part("a"))), ..cursor("d", "m") };
        assert!(last < Cursor::before_part("d", part("m")), "the next part is behind the last item");
    }

    #[test]
    fn a_cursor_knows_what_lies_behind_and_above_it() {
        let here = cursor("a/b", "f");
        let sides: Vec<Relation> = ["", "a", "a/a", "a/a/z", "a/b", "a/b/a", "a/bb", "a b", "b"]
            .map(|directory| here.relation(directory))
            .into();
        use Relation::{Above, Ahead, Behind, Here};
        assert_eq!(sides, [Above, Above, Behind, Behind, Here, Ahead, Ahead, Ahead, Ahead]);
        assert_eq!(Cursor::default().relation(""), Here);
        assert_eq!(Cursor::default().relation("a"), Ahead);
        assert_eq!(cursor("ab/c", "").relation("a"), Behind);
    }

    #[test]
    fn no_scratch_name_decides_a_place() {
        let seen = Seen::of(&file("x", 1));
        let aside = Item {
            path: "d/.backup-scratch-7".to_owned(),
            reason: Reason::Kind,
            work: Work::DeleteFile { target: seen.clone(), successor: Some("d/x".to_owned()) },
        };
        assert_eq!(Cursor::before_item("d", None, &aside), cursor("d", "x"));
        let far = Item { path: ".backup-scratch-8".to_owned(), ..aside };
        assert_eq!(Cursor::before_item("d", None, &far), cursor("d", "x"));
        let own = Item {
            path: "d".to_owned(),
            reason: Reason::Added,
            work: Work::NewDirectory { source: directory("d"), over: Over::File(seen), files: 0, bytes: 0 },
        };
        assert_eq!(Cursor::before_item("d", None, &own), Cursor::before("d"));
    }

    #[test]
    fn a_cursor_survives_being_stored() {
        let stored = serde_json::to_string(&cursor("a/ü", "f")).expect("serialised");
        assert_eq!(stored, r#"{"directory":"a/ü","item":"f"}"#);
        assert_eq!(serde_json::from_str::<Cursor>(&stored).expect("read"), cursor("a/ü", "f"));
    }
}
