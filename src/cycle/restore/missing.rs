//! Paths that were named and that the recovery point does not have. Planning counts those that it met, so nothing is asked where
//! all were.

use crate::config::Include;
use crate::cycle::pair::Pair;
use crate::state::CycleRecord;
use crate::sync::Failure;

/// Each of them, as a failure of its own.
pub(in crate::cycle) async fn not_found(pair: &Pair, record: &CycleRecord) -> Vec<Failure> {
    let Some(restore) = &record.restore else { return Vec::new() };
    let include = Include::new(&restore.include).expect("it was read when the restore began");
    let paths = include.paths();
    if record.named >= paths.len() as u64 {
        return Vec::new();
    }
    let point = pair.source.with_snapshot(&restore.snapshot);
    let mut missing = Vec::new();
    for path in paths {
        let is_absent = |error: &azure_storage::Error| error.kind == azure_storage::ErrorKind::NotFound;
        match point.file_client(path).get_properties().await {
            Err(error) if is_absent(&error) => {}
            // there, or in a directory that cannot be read: the walk has told of that
            _ => continue,
        }
        match point.directory_client(path).get_properties().await {
            Err(error) if is_absent(&error) => {
                let detail = format!("Recovery point {} has nothing at this path", restore.recovery_point);
                missing.push(Failure::new(path, "NotInRecoveryPoint", detail));
            }
            _ => {}
        }
    }
    missing
}
