//! What is told of pairs and cycles, in the names of [`crate::telemetry::names`]. A number is told when it is stored, as what
//! the row has more than before: so nothing is told twice, whoever goes on with the cycle.

use azure_storage_file_share::{ShareClient, ShareSnapshotId};

use super::pair::{Pair, drilled_by};
use super::report::{CycleReport, NotRun, Phase};
use super::speed::entries;
use super::told_values::{CHANGES, REQUEST_KINDS};
use crate::state::{CycleError, CycleRecord, PairRecord, Pass, Side, State, Status};
use crate::sync::Changes;
use crate::telemetry::names::*;
use crate::telemetry::{Work, event, is_on, measure, span};

pub fn started(pair: &Pair, cycle: &str) {
    event(&CYCLE_STARTED).with(PAIR_NAME, pair.name()).with(CYCLE_ID, cycle).send();
}

/// One invocation's work on a pair.
pub fn step(pair: &Pair) -> Work {
    let step = span(&STEP);
    step.set(PAIR_NAME, pair.name());
    step
}

/// How it ended, for now.
pub fn stepped(step: &Work, worked: &Result<CycleReport, NotRun>) {
    if let Ok(report) = worked {
        step.set(CYCLE_ID, &report.id);
        step.set(CYCLE_STATE, format!("{:?}", report.state));
        if let Some(status) = report.status {
            step.set(CYCLE_STATUS, format!("{status:?}"));
        }
        if let Some(error) = &report.error {
            step.set(ERROR_CODE, &error.code);
        }
    }
    let is_good = |report: &CycleReport| {
        report.error.is_none() && !matches!(report.status, Some(Status::Failed | Status::CompletedWithErrors))
    };
    step.end_with(worked.as_ref().is_ok_and(is_good));
}

/// One pass over one chunk; verifying where there is none.
pub fn chunk(pair: &Pair, cycle: &str, pass: Option<Pass>, number: u32) -> Work {
    let chunk = span(&CHUNK);
    chunk.set(PAIR_NAME, pair.name());
    chunk.set(CYCLE_ID, cycle);
    chunk.set(CHUNK_NUMBER, number);
    chunk.set(CHUNK_PASS, pass.map_or("Verify".to_owned(), |pass| format!("{pass:?}")));
    chunk
}

/// The row of a cycle was stored.
pub fn stored(before: &CycleRecord, after: &CycleRecord) {
    if !is_on() {
        return;
    }
    changed(before, after);
    counted(before, after);
    proved(before, after);
    let (was, is) = (Phase::from(&before.state), Phase::from(&after.state));
    if was == is {
        return;
    }
    event(&CYCLE_STATE_CHANGED)
        .with(PAIR_NAME, &after.pair)
        .with(CYCLE_ID, &after.id)
        .with(CYCLE_STATE_BEFORE, format!("{was:?}"))
        .with(CYCLE_STATE, format!("{is:?}"))
        .send();
    if was == Phase::Planning {
        let pair = &[(PAIR_NAME, after.pair.as_str())];
        measure(&PLAN_ENTRIES, entries(&after.planned) as f64, pair);
        measure(&PLAN_BYTES, after.planned.copied.bytes as f64, pair);
    }
    if is == Phase::AwaitingApproval {
        held(after);
    }
}

/// A recovery point was read to the end, or as far as it was to be.
fn proved(before: &CycleRecord, after: &CycleRecord) {
    // what a drill finds is told at its end
    if after.restore.is_some() {
        return;
    }
    let ended = |record: &CycleRecord| record.proof.as_ref().and_then(|proof| proof.end);
    let (None, Some(end), Some(proof)) = (ended(before), ended(after), &after.proof) else { return };
    let mode = if after.round.is_some() { "sample" } else { "full" };
    event(&RECOVERY_POINT_VERIFIED)
        .with(PAIR_NAME, &after.pair)
        .with(CYCLE_ID, &after.id)
        .with_any(SHARE_SNAPSHOT, after.target_snapshot.as_ref())
        .with(VERIFY_MODE, mode)
        .with(VERIFY_FILES, proof.files)
        .with(VERIFY_BYTES, proof.bytes)
        .with(VERIFY_FOUND, proof.found.len())
        .with(REASON, format!("{end:?}"))
        .send();
}

/// The guard's reasons, and what it stopped.
fn held(record: &CycleRecord) {
    let Some(stopped) = &record.stopped else { return };
    let why: Vec<String> = stopped.exceeded.iter().map(|exceeded| format!("{exceeded:?}")).collect();
    event(&CYCLE_HELD)
        .with(PAIR_NAME, &record.pair)
        .with(CYCLE_ID, &record.id)
        .with(REASON, why.join(", "))
        .with(PLAN_DELETES, stopped.deletes)
        .with(PLAN_OVERWRITES, stopped.overwrites)
        .with(PLAN_DIGEST, &stopped.digest)
        .send();
}

/// Where there is nothing to count, nothing is told.
fn count(metric: &'static Metric, more: u64, fields: &[(&'static str, &str)]) {
    if more > 0 {
        measure(metric, more as f64, fields);
    }
}

fn changed(before: &CycleRecord, after: &CycleRecord) {
    let (old, new) = (done(before), done(after));
    let more = [
        new.copied.files.saturating_sub(old.copied.files),
        new.copied.directories.saturating_sub(old.copied.directories),
        new.metadata.saturating_sub(old.metadata),
        new.renamed.saturating_sub(old.renamed),
        new.deleted.saturating_sub(old.deleted),
    ];
    let pair = (PAIR_NAME, after.pair.as_str());
    for (change, more) in CHANGES.into_iter().zip(more) {
        count(&ENTRIES, more, &[pair, (CHANGE, change)]);
    }
    let deleted = new.deleted.saturating_sub(old.deleted);
    if deleted > 0 {
        event(&ENTRIES_WERE_DELETED)
            .with(PAIR_NAME, &after.pair)
            .with(CYCLE_ID, &after.id)
            .with_any(CHUNK_NUMBER, chunk_of(before))
            .with(ENTRIES_DELETED, deleted)
            .send();
    }
    count(&BYTES, new.copied.bytes.saturating_sub(old.copied.bytes), &[pair]);
}

fn counted(before: &CycleRecord, after: &CycleRecord) {
    let pair = (PAIR_NAME, after.pair.as_str());
    let (old, new) = (before.requests, after.requests);
    let [list, other] = REQUEST_KINDS;
    count(&REQUESTS, new.list.saturating_sub(old.list), &[pair, (REQUEST_KIND, list)]);
    count(&REQUESTS, new.other.saturating_sub(old.other), &[pair, (REQUEST_KIND, other)]);
    count(&THROTTLED, new.throttled.saturating_sub(old.throttled), &[pair]);
    count(&FAILURES, after.failed.saturating_sub(before.failed), &[pair]);
}

fn done(record: &CycleRecord) -> Changes {
    record.done + record.progress.changes
}

/// The chunk that a row was working on.
fn chunk_of(record: &CycleRecord) -> Option<u32> {
    match &record.state {
        State::Applying { pass: Pass::Lift | Pass::Lower, chunk } => {
            record.lifts.get(*chunk as usize).copied()
        }
        State::Applying { chunk, .. } if *chunk < record.planned_chunks() => Some(record.chunk_at(*chunk)),
        _ => None,
    }
}

/// A cycle is over, and its row filed. Told once more where that was not known to have happened.
pub fn finished(pair: &Pair, record: &CycleRecord) {
    let Some(status) = record.state.status() else { return };
    let (done, status) = (done(record), format!("{status:?}"));
    let error = record.error.as_ref();
    if let Some(drilled) = drilled_by(pair.name()) {
        event(&DRILL_FINISHED)
            .with(PAIR_NAME, drilled)
            .with(CYCLE_ID, &record.id)
            .with(DRILL_STATUS, &status)
            .with_any(ERROR_CODE, error.map(|error| &error.code))
            .with_any(ERROR_DETAIL, error.map(|error| &error.detail))
            .with(DURATION_MS, record.elapsed_ms)
            .with(ENTRIES_COPIED, done.copied.files + done.copied.directories)
            .with(ENTRIES_FAILED, record.failed - record.acknowledged)
            .with(BYTES_COPIED, done.copied.bytes)
            .send();
        return;
    }
    event(&CYCLE_FINISHED)
        .with(PAIR_NAME, pair.name())
        .with(CYCLE_ID, &record.id)
        .with(CYCLE_STATUS, &status)
        .with_any(ERROR_CODE, error.map(|error| &error.code))
        .with_any(ERROR_DETAIL, error.map(|error| &error.detail))
        .with(DURATION_MS, record.elapsed_ms)
        .with(ENTRIES_COMPARED, record.compared)
        .with(ENTRIES_COPIED, done.copied.files + done.copied.directories)
        .with(ENTRIES_METADATA, done.metadata)
        .with(ENTRIES_RENAMED, done.renamed)
        .with(ENTRIES_DELETED, done.deleted)
        .with(ENTRIES_FAILED, record.failed)
        .with(BYTES_COPIED, done.copied.bytes)
        .with(REQUESTS_LIST, record.requests.list)
        .with(REQUESTS_OTHER, record.requests.other)
        .with(REQUESTS_THROTTLED, record.requests.throttled)
        .with_any(TARGET_USED_PERCENT, pair.seen.target_used_percent())
        .send();
    let fields = &[(PAIR_NAME, pair.name()), (CYCLE_STATUS, status.as_str())];
    measure(&CYCLE_DURATION, record.elapsed_ms as f64 / 1_000.0, fields);
}

pub fn snapshot_taken(
    pair: &Pair,
    cycle: Option<&str>,
    role: &str,
    share: &ShareClient,
    id: &ShareSnapshotId,
) {
    event(&SHARE_SNAPSHOT_TAKEN)
        .with(PAIR_NAME, pair.name())
        .with_any(CYCLE_ID, cycle)
        .with(SHARE_ROLE, role)
        .with(SHARE_ACCOUNT, share.account())
        .with(SHARE_NAME, share.name())
        .with(SHARE_SNAPSHOT, id)
        .send();
}

/// A share snapshot that `taken_by` took is gone.
pub fn snapshot_deleted(
    pair: &Pair,
    cycle: Option<&str>,
    role: &str,
    share: &ShareClient,
    id: &ShareSnapshotId,
    taken_by: Option<&str>,
    why: &str,
) {
    event(&SHARE_SNAPSHOT_DELETED)
        .with(PAIR_NAME, pair.name())
        .with_any(CYCLE_ID, cycle)
        .with(SHARE_ROLE, role)
        .with(SHARE_ACCOUNT, share.account())
        .with(SHARE_NAME, share.name())
        .with(SHARE_SNAPSHOT, id)
        .with_any(SHARE_SNAPSHOT_CYCLE, taken_by)
        .with(REASON, why)
        .send();
}

/// What should go may not.
pub fn prune_blocked(pair: &Pair, cycle: &CycleRecord, side: Side, count: usize, error: &CycleError) {
    let share = pair.share(side);
    event(&PRUNE_BLOCKED)
        .with(PAIR_NAME, pair.name())
        .with(CYCLE_ID, &cycle.id)
        .with(SHARE_ROLE, side)
        .with(SHARE_ACCOUNT, share.account())
        .with(SHARE_NAME, share.name())
        .with(SHARE_SNAPSHOTS_USED, count)
        .with(SHARE_SNAPSHOTS_LIMIT, pair.settings.retention.limit)
        .with(ERROR_CODE, &error.code)
        .with(ERROR_DETAIL, &error.detail)
        .send();
}

/// So many share snapshots has a share.
pub fn snapshots_counted(pair: &Pair, side: Side, count: usize) {
    pair.seen.count_snapshots(side, count as u64);
    let role = side.to_string();
    let fields = &[(PAIR_NAME, pair.name()), (SHARE_ROLE, role.as_str())];
    measure(&SHARE_SNAPSHOTS_USED_METRIC, count as f64, fields);
}

pub fn decided(pair: &Pair, cycle: Option<&str>, decision: &str) {
    event(&DECISION_MADE)
        .with(PAIR_NAME, pair.name())
        .with_any(CYCLE_ID, cycle)
        .with(DECISION, decision)
        .send();
}

/// The row of a pair was stored.
pub fn pair_stored(before: &PairRecord, after: &PairRecord) {
    let status = |row: &PairRecord| row.seeding.as_ref().map(|seeding| seeding.status).unwrap_or_default();
    if status(before) != status(after) {
        event(&SEEDING_CHANGED)
            .with(PAIR_NAME, &after.pair)
            .with(SEEDING_STATUS, format!("{:?}", status(after)))
            .send();
    }
}
