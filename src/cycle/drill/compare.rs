//! What a drill compares: what came back with what the source had.

use std::sync::Arc;

use crate::config::Include;
use crate::cycle::pair::Pair;
use crate::state::{Acknowledged, CycleRecord, Restore};
use crate::sync::{Conflict, PermissionMap, Restoring, Shares};

/// The source of the recovery point, or where that is gone the recovery point, and the scratch share; nothing where this is no
/// drill.
pub fn shares(pair: &Pair, restore: Option<&Restore>) -> Option<Shares> {
    let restore = restore?;
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

/// Whether the source's share snapshot that a drill is held against is gone.
pub async fn has_lost_its_source(pair: &Pair, record: &CycleRecord) -> bool {
    let drill = record.restore.as_ref().and_then(|restore| restore.drill.as_ref());
    let Some((origin, id)) = pair.origin.as_ref().zip(drill.and_then(|drill| drill.source.as_ref())) else {
        return false;
    };
    let found = origin.with_snapshot(id).get_properties().await;
    found.is_err_and(|error| error.kind == azure_storage::ErrorKind::NotFound)
}

/// What a drill knows that its recovery point lacks.
pub fn acknowledged(record: &CycleRecord) -> impl Iterator<Item = Acknowledged> {
    let drill = record.restore.as_ref().and_then(|restore| restore.drill.as_ref());
    let accepted = |path: &String| Acknowledged {
        path: path.clone(),
        reason: String::new(),
        at: record.started_at.clone(),
    };
    drill.into_iter().flat_map(|drill| &drill.acknowledged).map(accepted)
}
