//! Before the end of a restore is stored that did not bring everything back: what it has under scratch names is cleared up, for no
//! cycle does that in a share that people work in. What cannot be is told.

use std::ops::Range;

use futures::{StreamExt, stream};

use super::restoring;
use crate::cycle::pair::Pair;
use crate::cycle::run::Result;
use crate::cycle::trouble::Trouble;
use crate::state::{Alert, CycleRecord, Pass, Restore, State, Store};
use crate::sync::{Apply, Cleared, FailedPaths, Item, PermissionMap, ScratchNames, Shares};

/// Chunks read at once.
const CHUNKS: usize = 4;
/// Paths that an alert names.
const NAMED: usize = 20;

/// What a person should know of it. Nothing where no such restore was writing. Again is as good as once.
pub(in crate::cycle) async fn clear(
    pair: &Pair,
    store: &Store,
    record: &CycleRecord,
    failed: &FailedPaths,
) -> Result<Vec<Alert>> {
    let is_drill = record.restore.as_ref().is_none_or(|restore| restore.drill.is_some());
    let Some((places, current)) = touched(record).filter(|_| !is_drill) else { return Ok(Vec::new()) };
    let Some(restore) = &pair.restore else {
        return Ok(vec![not_cleared(
            record,
            "the app cannot write to that share with its settings as they are now",
        )]);
    };
    match cleared(pair, store, record, failed, restore, (places, current)).await {
        Ok(cleared) => Ok(told(record, &cleared)),
        Err(lost @ Trouble::Lost(_)) => Err(lost),
        Err(Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error)) => {
            Ok(vec![not_cleared(record, &error.to_string())])
        }
    }
}

/// The chunks that were worked on, by their place in the order of writing, and the one that was not brought to its end.
fn touched(record: &CycleRecord) -> Option<(Range<u32>, Option<u32>)> {
    let all = 0..record.planned_chunks();
    match record.state {
        State::Applying { pass: Pass::Lift | Pass::Write, chunk } => Some((0..chunk + 1, Some(chunk))),
        State::Applying { chunk, .. } => Some((all, Some(chunk))),
        State::Verifying { .. } => Some((all, None)),
        _ => None,
    }
}

async fn cleared(
    pair: &Pair,
    store: &Store,
    record: &CycleRecord,
    failed: &FailedPaths,
    restore: &Restore,
    (places, current): (Range<u32>, Option<u32>),
) -> Result<Cleared> {
    let source = pair.source.with_snapshot(&restore.snapshot);
    let permissions = std::sync::Arc::new(PermissionMap::for_looking());
    let shares = Shares::new(source, pair.target.clone(), permissions, pair.unsettled.clone())
        .restoring(restoring(restore, &record.id));
    let scratch = ScratchNames::new(&record.id, record.epoch);
    let apply = Apply::new(&shares, pair.settings.copy_mode, &scratch);
    let mark = format!(" (kept {})", record.id);
    // nothing gives way where nothing is deleted
    let gives_way = record.deletes + record.planned.deleted > 0;
    let is_of_interest = |place: &u32| gives_way || !failed.is_empty() || current == Some(*place);
    let places: Vec<u32> = places.filter(is_of_interest).collect();
    let chunks = places.into_iter().map(|place| async move {
        let number = record.chunk_at(place);
        let chunk = store.chunk(pair.name(), &record.id, number).await?;
        Ok::<_, Trouble>((place, record.holding(number, chunk)))
    });
    let mut chunks = stream::iter(chunks.collect::<Vec<_>>()).buffered(CHUNKS);
    let holding_failed = failed.directories();
    let mut cleared = Cleared::default();
    while let Some(read) = chunks.next().await {
        let (place, chunk) = read?;
        let is_meant = |item: &Item| {
            current == Some(place)
                || item.moves_aside()
                || failed.contains(&item.path)
                || holding_failed.contains(item.path.as_str())
        };
        cleared.add(apply.clear(&chunk, is_meant, &mark).await?);
    }
    Ok(cleared)
}

fn told(record: &CycleRecord, cleared: &Cleared) -> Vec<Alert> {
    let mut alerts = Vec::new();
    if !cleared.left.is_empty() {
        alerts.push(not_cleared(record, &some_of(&cleared.left)));
    }
    if !cleared.beside.is_empty() {
        let detail = format!(
            "What had to give way, and could not be put back because something else came in its place, stands beside that: {}",
            some_of(&cleared.beside)
        );
        alerts.push(Alert { code: "KeptBeside".to_owned(), detail });
    }
    alerts
}

fn not_cleared(record: &CycleRecord, why: &str) -> Alert {
    let share = record.restore.as_ref().map_or("", |restore| restore.destination.share.as_str());
    let detail = format!(
        "Entries may be left in share {share} under names that begin with .backup-scratch-{}: what was not finished, which is of \
         no use, and what had to give way. Look before you delete them: {why}",
        record.id
    );
    Alert { code: "RestoreNotCleared".to_owned(), detail }
}

fn some_of(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let named = paths[..paths.len() - more].join("; ");
    if more == 0 { named } else { format!("{named}; and {more} more") }
}
