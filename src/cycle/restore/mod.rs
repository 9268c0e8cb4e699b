//! Bringing a recovery point back, or a part of it: a cycle of its own, from the target's share snapshot to the share that a
//! person names. It has its own row and lease, beside those of the pair, whose next cycle it leaves alone.

mod ask;
mod clear;
mod decide;
mod end;
mod missing;
mod not_restored;
mod order;
mod prepare;
mod preview;
mod status;
mod under_way;

pub(super) use self::ask::{Clients, SharedClients};
pub(super) use self::clear::clear;
pub use self::decide::Decided;
pub(super) use self::end::pin_of;
pub(super) use self::missing::not_found;
pub use self::not_restored::NotRestored;
pub use self::order::{Asked, AskedDestination};
pub(super) use self::prepare::may_write;
pub(super) use self::status::shown;
pub(super) use self::under_way::UnderWay;
use crate::config::Include;
use crate::cycle::pair::Pair;
use crate::state::{Acl, Restore};
use crate::sync::{Exclude, Restoring};

/// How the engine brings it back. `id` is that of the restore.
pub(super) fn restoring(restore: &Restore, id: &str) -> Restoring {
    let include = Include::new(&restore.include).expect("it was read when the restore began");
    Restoring {
        selection: if restore.include.is_empty() { None } else { Some(std::sync::Arc::new(include)) },
        conflict: restore.conflict,
        keeps_acl: restore.acl == Acl::Skip,
        deletes_extra: restore.delete_extra,
        into_directory: !restore.destination.folder.is_empty(),
        mark: format!(" (restored {id})"),
        id: id.to_owned(),
        cut: std::sync::Arc::default(),
    }
}

/// What the pair excludes is in a recovery point where it was excluded later, and comes back like anything else. Where what only
/// the share has is deleted, it is left alone.
pub(super) fn left_alone(pair: &Pair, restore: &Restore) -> Exclude {
    if restore.delete_extra { pair.exclude() } else { Exclude::default() }
}
