//! What a drill compares: what came back with what the source had.

use std::sync::Arc;

use crate::config::Include;
use crate::cycle::pair::Pair;
use crate::sync::{Conflict, PermissionMap, Restoring, Shares};

/// The source of the recovery point, or where that is gone the recovery point, and the scratch share; nothing where this is no
/// drill.
pub fn shares(pair: &Pair) -> Option<Shares> {
    let restore = pair.restore.as_ref()?;
    let drill = restore.drill.as_ref()?;
    let there = match (&pair.origin, &drill.source) {
        (Some(origin), Some(id)) => origin.with_snapshot(id),
        _ => pair.source.with_snapshot(&restore.snapshot),
    };
    let include = Include::new(&restore.include).expect("it was read when the drill began");
    let restoring = Restoring {
        selection: Some(Arc::new(include)),
        conflict: Conflict::Overwrite,
        keeps_acl: false,
        deletes_extra: true,
        into_directory: false,
        mark: String::new(),
        id: "drill".to_owned(),
        cut: Arc::default(),
    };
    // nothing is made in either share for the comparison
    let permissions = Arc::new(PermissionMap::for_looking());
    let shares = Shares::new(there, pair.target.clone(), permissions, pair.unsettled.clone());
    Some(shares.excluding(pair.exclude()).restoring(restoring))
}
