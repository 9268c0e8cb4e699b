//! Something happens to the answer of one request, or to the request: the cycle ends well, or says why not.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, NotRun, Status};
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azurite::Azurite;
use faults::{Fault, Seen};
use tokio::time::{Instant, sleep, sleep_until};

use super::kills::prepared;
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

/// The shortest with which requests have a time limit of one second and a busy machine loses no lease.
const LEASE: Duration = Duration::from_secs(4);
/// After the first repeat, and before the service's own time limit.
pub const LATE: Duration = Duration::from_millis(600);
/// Invocations after which a cycle that has not ended never will.
const INVOCATIONS: u32 = 100;

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Lost,
    NotSent,
    Refused(u16),
    Cut,
    Late,
}

pub const LOST: [(&str, Kind); 1] = [("lost", Kind::Lost)];
pub const KINDS: [(&str, Kind); 11] = [
    LOST[0],
    ("not-sent", Kind::NotSent),
    ("refused-403", Kind::Refused(403)),
    ("refused-404", Kind::Refused(404)),
    ("refused-409", Kind::Refused(409)),
    ("refused-412", Kind::Refused(412)),
    ("refused-429", Kind::Refused(429)),
    ("refused-500", Kind::Refused(500)),
    ("refused-503", Kind::Refused(503)),
    ("cut", Kind::Cut),
    ("late", Kind::Late),
];

impl Kind {
    pub fn fault(self, seen: &Seen<'_>) -> Fault {
        match self {
            Self::Lost => Fault::DropAfter,
            Self::NotSent => Fault::DropBefore,
            Self::Cut => Fault::Cut,
            Self::Late => Fault::Late { by: LATE },
            Self::Refused(status) => {
                Fault::Refuse { status, code: code(status, seen), retry_after_seconds: None }
            }
        }
    }
}

/// Waits until the lease of an invocation that could not give its pair back has run out.
async fn until_free(world: &World, backup: &Backup) {
    while backup.pair(&world.name).await.expect("the state is there").expect("a pair").running {
        // so that the question does not keep the machine busy
        sleep(LEASE / 20).await;
    }
}

/// What the service that is asked would say with this status.
fn code(status: u16, seen: &Seen<'_>) -> &'static str {
    let is_file = [SOURCE, TARGET].contains(&seen.account);
    match status {
        403 => "AuthorizationFailure",
        404 => "ResourceNotFound",
        409 if is_file => "SharingViolation",
        409 => "EntityAlreadyExists",
        412 if is_file => "ConditionNotMet",
        412 => "UpdateConditionNotSatisfied",
        429 => "TooManyRequests",
        500 => "InternalError",
        _ => "ServerBusy",
    }
}

pub async fn disturbed_at(
    azurite: &Azurite,
    number: u64,
    size: Size,
    way: Way,
    (name, kind): (&str, Kind),
) -> Ran {
    let pair = format!("{name}-{}-{number}", way.name());
    let mut world = prepared(azurite, &pair, size, LEASE, way).await;
    let mut backup = app(&world.variables);
    world.counter.arm(&world.stage.emulator, number, move |seen| kind.fault(seen));
    let mut result = run(&world, &backup).await;
    let Some(struck) = world.counter.disarm().struck else {
        assert_succeeded(&result.expect("nothing was done to it"));
        return Ran::NotReached;
    };
    let landed = Instant::now() + LATE * 3 / 2;
    let mut invocations = 1;
    let report = loop {
        match result {
            Ok(report) if report.status.is_some() => break report,
            Ok(report) => {
                assert!(report.error.is_some(), "after {struck} it stops and does not say why: {report:#?}")
            }
            Err(NotRun::State(_)) => {}
            Err(NotRun::CycleInProgress { .. }) => until_free(&world, &backup).await,
            // the pair is not created yet: it is said what stands against it, and nothing is begun
            Err(NotRun::Unplanned(_) | NotRun::Refused(_)) if way.is_seeded() => {}
            Err(reason) => panic!("after {struck}: {reason}"),
        }
        assert!(invocations < INVOCATIONS, "after {struck} the cycle does not end");
        invocations += 1;
        // the same process, or another one
        if number.is_multiple_of(2) {
            backup = app(&world.variables);
        }
        result = run(&world, &backup).await;
    };
    let outcome = outcome(&report);
    // only a row that is said to be missing ends a cycle; what is refused or lost is asked again
    let is_told_missing = name.contains("404");
    assert!(is_told_missing || outcome != "Failed, StateUnavailable", "after {struck}: {report:#?}");
    for cycle in all_cycles(&world, &backup).await {
        assert!(cycle.status.is_some(), "after {struck} it was told to have ended: {cycle:#?}");
        assert!(says_why(&cycle), "after {struck} it does not say why: {cycle:#?}");
    }
    let mut newest = report;
    if newest.status != Some(Status::Succeeded) {
        newest = run(&world, &backup).await.expect("a cycle runs");
        assert!(newest.status == Some(Status::Succeeded), "after {struck} the next cycle fails: {newest:#?}");
    }
    remember_points(&mut world, &backup).await;
    sleep_until(landed).await;
    world.assert_mirrored(&newest.id).await;
    world.assert_points_untouched(&newest.id).await;
    if let Some(staged) = &world.staged {
        let shown = backup.seeding(&world.name).await.expect("the state is there").expect("a pair");
        // what is refused may come from the source, or in another cycle
        if matches!(kind, Kind::Lost) {
            staged.assert_counted(&shown)
        } else {
            staged.assert_complete(&shown)
        }
    }
    Ran::Struck(outcome)
}

/// The row cannot be stored that says that the cycle succeeded.
pub async fn end_that_is_not_stored(azurite: &Azurite) {
    let mut world = prepared(azurite, "end-not-stored", Size::Smaller, LEASE, Way::USUAL).await;
    let backup = app(&world.variables);
    let (is_taken, stored) = (AtomicBool::new(false), AtomicU32::new(0));
    world.counter.arm_each(move |seen| {
        if seen.operation == "Snapshot Share" && seen.account == TARGET {
            is_taken.store(true, Ordering::SeqCst);
        }
        let is_commit = seen.operation == "Update Entity" && seen.path.contains("backupcycles");
        // the first one says that the share snapshot is taken
        if is_commit && is_taken.load(Ordering::SeqCst) && stored.fetch_add(1, Ordering::SeqCst) > 0 {
            return Kind::Refused(403).fault(seen);
        }
        Fault::None
    });
    let report = run(&world, &backup).await.expect("a report");
    assert!(report.target_snapshot.is_some() && report.error.is_some(), "{report:#?}");
    assert_eq!(report.status, None, "{report:#?}");
    world.counter.disarm();
    let next = run(&world, &backup).await.expect("a report");
    assert_succeeded(&next);
    assert_eq!(next.id, report.id);
    world.points.insert(next.id.clone(), world.tree.clone());
    world.assert_mirrored(&next.id).await;
    world.assert_points_untouched(&next.id).await;
}

async fn run(world: &World, backup: &Backup) -> Result<CycleReport, NotRun> {
    Box::pin(backup.run(&world.name, Start::New, backup.deadline(Trigger::Timer))).await
}

async fn all_cycles(world: &World, backup: &Backup) -> Vec<CycleReport> {
    backup.cycles(&world.name).await.expect("the state is there").expect("the pair is there")
}

/// All cycles that succeeded, of which some may not have been told, have a recovery point of what the source holds.
pub async fn remember_points(world: &mut World, backup: &Backup) {
    for cycle in all_cycles(world, backup).await {
        if cycle.status == Some(Status::Succeeded) {
            world.points.entry(cycle.id).or_insert(world.tree.clone());
        }
    }
}

fn says_why(cycle: &CycleReport) -> bool {
    match cycle.status {
        Some(Status::Succeeded) => true,
        Some(Status::CompletedWithErrors) => cycle.failed > 0 && !cycle.failures.is_empty(),
        _ => cycle.error.is_some(),
    }
}

fn outcome(report: &CycleReport) -> String {
    match (report.status, report.failures.first(), &report.error) {
        (Some(Status::CompletedWithErrors), Some(failure), _) => {
            format!("CompletedWithErrors, {}", failure.reason)
        }
        (Some(Status::Failed), _, Some(error)) => format!("Failed, {}", error.code),
        (status, ..) => format!("{:?}", status.expect("it ended")),
    }
}
