//! What an item of a comparison says about a recovery point.

use crate::sync::failure::Failure;
use crate::sync::item::{Item, Reason, Work};

/// A difference of two share snapshots that ought to be equal, in the words of a failure; nothing where an item only
/// follows from another one, or says no more than that the file is to be read.
pub(super) fn difference(item: &Item) -> Option<Failure> {
    let what = match &item.work {
        _ if matches!(item.reason, Reason::Content | Reason::Scratch | Reason::Children) => return None,
        Work::CopyFile { .. } | Work::NewDirectory { .. } if item.reason == Reason::Added => {
            "The target's share snapshot does not hold it".to_owned()
        }
        Work::CopyFile { .. } | Work::NewDirectory { .. } if item.reason == Reason::Kind => {
            "It is a file in one share snapshot and a directory in the other".to_owned()
        }
        Work::CopyFile { .. } | Work::SetFile { .. } | Work::SetDirectory { .. } => {
            format!("The share snapshots show it differently: {:?}", item.reason)
        }
        // it gives way to another entry, which is told of; or it goes with its directory
        Work::DeleteFile { successor: Some(_), .. }
        | Work::DeleteDirectory { successor: Some(_), .. }
        | Work::DeleteDirectory { top: false, .. } => return None,
        Work::DeleteFile { .. } | Work::DeleteDirectory { .. } => {
            "The target's share snapshot holds it, and the source's does not".to_owned()
        }
        Work::NewDirectory { .. }
        | Work::TouchDirectory { .. }
        | Work::Rename { .. }
        | Work::Lift { .. }
        | Work::Loose { .. } => return None,
    };
    Some(Failure::new(item.path.clone(), "NotEqual", what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::item::{Over, Seen};
    use crate::sync::testing::{directory, file};

    fn told(reason: Reason, work: Work) -> Option<String> {
        difference(&Item { path: "a".to_owned(), reason, work }).map(|failure| failure.detail)
    }

    #[test]
    fn what_follows_from_another_difference_is_not_told() {
        let (source, target) = (file("a", 1), Seen::of(&file("a", 1)));
        let set = Work::SetFile { source: source.clone(), target: target.clone() };
        assert_eq!(told(Reason::Content, set.clone()), None);
        assert!(told(Reason::Permission, set).is_some_and(|told| told.ends_with("Permission")));
        let copy = Work::CopyFile { source, over: Over::Nothing };
        assert!(told(Reason::Added, copy).is_some_and(|told| told.contains("does not hold it")));
        assert_eq!(told(Reason::Children, Work::TouchDirectory { source: directory("a") }), None);
        let gone = |successor| Work::DeleteFile { target: target.clone(), successor };
        assert!(told(Reason::Deleted, gone(None)).is_some());
        assert_eq!(told(Reason::Kind, gone(Some("a".to_owned()))), None);
        assert_eq!(told(Reason::Scratch, gone(None)), None);
    }
}
