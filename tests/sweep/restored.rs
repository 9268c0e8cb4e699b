//! A restore of the whole share is disturbed: the process killed, an answer lost, refused, cut or late. In the end the share is what it
//! was, what it was before the restore is in one share snapshot, and the recovery point is as it was, and free.

use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_files_backup::cycle::restore::{Asked, NotRestored};
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azurite::Azurite;
use serde_json::{Value, json};
use share_tree::Tree;
use tokio::time::sleep;

use super::answers::{Kind, LATE};
use super::kills::{LEASE, Moment, aim};
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

/// Invocations after which a restore that has not ended never will.
pub const INVOCATIONS: u32 = 100;
/// With it requests have a time limit of one second, and a busy machine loses no lease.
pub const LONGER: Duration = Duration::from_secs(4);

/// A pair whose source was spoilt since its recovery point; what that one holds.
async fn spoilt(azurite: &Azurite, name: &str, size: Size, lease: Duration) -> (World, Tree) {
    let mut world = World::new(azurite, name, size.tree(), lease, Way::USUAL).await;
    world.back_up().await;
    let before = world.tree.clone();
    world.edit(&size.edits()).await;
    world.stage.emulator.log().reset();
    (world, before)
}

/// Everything, over everything.
fn asked() -> Value {
    json!({"recoveryPoint": "latest", "destination": {"at": "source"}, "conflict": "overwrite", "deleteExtra": true, "approve": true})
}

pub async fn killed_at(azurite: &Azurite, number: u64, moment: Moment) -> Ran {
    let name = format!("restored-{number}-{moment:?}").to_lowercase();
    let (world, before) = spoilt(azurite, &name, Size::Small, LEASE).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    let answered = send(&world, &handler, &asked()).await;
    let Some(struck) = world.counter.disarm().struck else {
        assert!(answered, "nothing was done to it");
        return Ran::NotReached;
    };
    handler.dead().await;
    let handler = Handler::start(port, &world.variables).await;
    let report = finish(&world, &handler, &asked(), "").await;
    assert_eq!(report.status, Some(Status::Succeeded), "after a kill at {struck}: {report:#?}");
    assert_restored(&world, &before, &struck).await;
    Ran::Struck("Succeeded".to_owned())
}

/// Whether there was an answer.
pub async fn send(world: &World, handler: &Handler, asked: &Value) -> bool {
    let url = format!("{}/api/pairs/{}/restores", handler.url(), world.name);
    reqwest::Client::new().post(url).body(asked.to_string()).send().await.is_ok()
}

/// Invocations until a restore later than `since` has ended, and is filed. One that was never stored is asked for again.
pub async fn finish(world: &World, handler: &Handler, asked: &Value, since: &str) -> CycleReport {
    for _ in 0..INVOCATIONS {
        let restores: Vec<CycleReport> = handler.get(&format!("pairs/{}/restores", world.name)).await;
        match restores.into_iter().find(|restore| restore.id.as_str() > since) {
            Some(restore) if restore.status.is_some() => {
                // its owner may have died before it was filed, and a lease may look a second longer than it is
                sleep(LEASE * 3).await;
                assert!(handler.send("resume-timer").await, "the handler answers");
                return restore;
            }
            Some(_) => assert!(handler.send("resume-timer").await, "the handler answers"),
            None => assert!(send(world, handler, asked).await, "the handler answers"),
        }
        sleep(LEASE / 4).await;
    }
    panic!("the restore does not end");
}

pub async fn disturbed_at(azurite: &Azurite, number: u64, (name, kind): (&str, Kind)) -> Ran {
    let pair = format!("restored-{name}-{number}");
    let (world, before) = spoilt(azurite, &pair, Size::Smaller, LONGER).await;
    let mut backup = app(&world.variables);
    world.counter.arm(&world.stage.emulator, number, move |seen| kind.fault(seen));
    let first = ask(&world, &backup).await;
    let Some(struck) = world.counter.disarm().struck else {
        assert_succeeded(&first.expect("nothing was done to it"));
        return Ran::NotReached;
    };
    let mut last = None;
    for invocation in 0..INVOCATIONS {
        if number.is_multiple_of(2) {
            backup = app(&world.variables);
        }
        let restores = backup.restores(&world.name).await.expect("the state is there").expect("a pair");
        match restores.into_iter().next() {
            Some(restore) if restore.status == Some(Status::Succeeded) => {
                last = Some(restore);
                break;
            }
            Some(restore) if restore.status.is_some() => {
                assert!(
                    restore.error.is_some() || !restore.failures.is_empty(),
                    "after {struck}: {restore:#?}"
                );
                drop(ask(&world, &backup).await);
            }
            Some(_) => drop(backup.run_all(Start::ResumeOnly, backup.deadline(Trigger::Timer)).await),
            None => drop(ask(&world, &backup).await),
        }
        if invocation > 2 {
            sleep(LONGER / 8).await;
        }
    }
    drop(backup.run_all(Start::ResumeOnly, backup.deadline(Trigger::Timer)).await);
    let last = last.unwrap_or_else(|| panic!("after {struck} nothing is restored"));
    // what comes late has come
    sleep(LATE).await;
    let outcome = if last.failed == 0 { "Succeeded" } else { "Succeeded, with failures" };
    assert_restored(&world, &before, &struck).await;
    Ran::Struck(outcome.to_owned())
}

async fn ask(world: &World, backup: &Backup) -> Result<CycleReport, NotRestored> {
    let asked: Asked = serde_json::from_value(asked()).expect("what the interface says");
    Box::pin(backup.restore(&world.name, asked, backup.deadline(Trigger::Timer))).await
}

async fn assert_restored(world: &World, before: &Tree, struck: &str) {
    let differences = world.differences(before, &world.source).await;
    assert!(differences.is_empty(), "after {struck} the share is not what it was: {differences:#?}");
    let mut safe = Vec::new();
    for item in world.source.list_snapshots().await.expect("a list") {
        if item.metadata.get("backup_role").is_some_and(|role| role == "safety") {
            safe.push((item.metadata["backup_cycle"].clone(), item.snapshot.expect("it is one")));
        }
    }
    safe.sort();
    let (cycle, first) = safe.first().expect("something was overwritten");
    assert!(safe.iter().skip(1).all(|(other, _)| other != cycle), "after {struck}: {safe:?}");
    let differences = world.differences(&world.tree, &world.source.with_snapshot(first)).await;
    assert!(differences.is_empty(), "after {struck} what was overwritten is lost: {differences:#?}");
    for item in world.target.list_snapshots().await.expect("a list") {
        let id = item.snapshot.expect("it is one");
        assert_ne!(
            item.lease_state.as_deref(),
            Some("leased"),
            "after {struck} the recovery point stays pinned"
        );
        let differences = world.differences(before, &world.target.with_snapshot(&id)).await;
        assert!(differences.is_empty(), "after {struck} the recovery point is another: {differences:#?}");
    }
}
