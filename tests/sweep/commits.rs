//! A commit of a cycle is refused, once: what was to be stored with it is not counted as stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_files_backup::cycle::report::CycleReport;
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azurite::Azurite;
use faults::{Fault, Seen};

use super::answers::remember_points;
use super::kills::{LEASE, prepared};
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

/// Invocations that a cycle may take.
const INVOCATIONS: u32 = 100;

fn is_commit(seen: &Seen<'_>) -> bool {
    seen.operation == "Transaction" || seen.operation == "Update Entity" && seen.path.contains("backupcycles")
}

pub async fn refused_at(azurite: &Azurite, number: u64) -> Ran {
    let name = format!("commit-{number}");
    let mut world = prepared(azurite, &name, Size::Smaller, LEASE, Way::USUAL).await;
    let backup = app(&world.variables);
    let commits = Arc::new(AtomicU64::new(0));
    let seen_commits = commits.clone();
    world.counter.arm_each(move |seen| {
        if is_commit(seen) && seen_commits.fetch_add(1, Ordering::SeqCst) + 1 == number {
            return Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };
        }
        Fault::None
    });
    let report = end(&world, &backup).await;
    world.counter.disarm();
    if commits.load(Ordering::SeqCst) < number {
        return Ran::NotReached;
    }
    assert_succeeded(&report);
    remember_points(&mut world, &backup).await;
    world.assert_mirrored(&report.id).await;
    world.assert_points_untouched(&report.id).await;
    Ran::Struck("Succeeded".to_owned())
}

/// Invocations until the cycle is over.
async fn end(world: &World, backup: &Backup) -> CycleReport {
    for _ in 0..INVOCATIONS {
        let deadline = backup.deadline(Trigger::Timer);
        if let Ok(report) = backup.run(&world.name, Start::New, deadline).await
            && report.status.is_some()
        {
            return report;
        }
    }
    panic!("the cycle does not end")
}
