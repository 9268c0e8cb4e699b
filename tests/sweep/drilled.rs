//! A drill is disturbed: the process killed, or an answer lost. In the end it finds nothing where there is nothing to find, no scratch
//! share is left, and the recovery point is free.

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azure_storage_file_share::ListSharesOptions;
use azurite::Azurite;
use tokio::time::sleep;

use super::answers::{Kind, LATE};
use super::kills::{LEASE, Moment, aim};
use super::restored::{INVOCATIONS, LONGER};
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

async fn backed_up(azurite: &Azurite, name: &str, lease: std::time::Duration) -> World {
    let mut world = World::new(azurite, name, Size::Smaller.tree(), lease, Way::USUAL).await;
    world.back_up().await;
    world.stage.emulator.log().reset();
    world
}

pub async fn killed_at(azurite: &Azurite, number: u64, moment: Moment) -> Ran {
    let name = format!("drilled-{number}-{moment:?}").to_lowercase();
    let world = backed_up(azurite, &name, LEASE).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    let answered = handler.send("drill-timer").await;
    let Some(struck) = world.counter.disarm().struck else {
        assert!(answered, "nothing was done to it");
        return Ran::NotReached;
    };
    handler.dead().await;
    let handler = Handler::start(port, &world.variables).await;
    for _ in 0..INVOCATIONS {
        let drills: Vec<CycleReport> = handler.get(&format!("pairs/{name}/drills")).await;
        match drills.first() {
            Some(drill) if drill.status.is_some() && is_clear(&world).await => {
                assert_eq!(drill.status, Some(Status::Succeeded), "after a kill at {struck}: {drill:#?}");
                assert_eq!(drills.len(), 1, "after a kill at {struck}");
                return Ran::Struck("Succeeded".to_owned());
            }
            Some(_) => assert!(handler.send("resume-timer").await, "the handler answers"),
            None => assert!(handler.send("drill-timer").await, "the handler answers"),
        }
        sleep(LEASE / 4).await;
    }
    panic!("after a kill at {struck} the drill does not end, or leaves something: {:?}", left(&world).await);
}

/// Scratch shares that are left, and recovery points that are pinned.
async fn left(world: &World) -> (Vec<String>, usize) {
    let options = ListSharesOptions { prefix: Some("backup-drill-".to_owned()), ..Default::default() };
    let shares = world.stage.service(TARGET).list_shares(&options).await.expect("a list").shares;
    let points = world.target.list_snapshots().await.expect("a list").into_iter();
    let pinned = points.filter(|point| point.lease_state.as_deref() == Some("leased")).count();
    (shares.into_iter().map(|share| share.name).collect(), pinned)
}

async fn is_clear(world: &World) -> bool {
    left(world).await == (vec![], 0)
}

async fn drill(world: &World, backup: &Backup) {
    drop(Box::pin(backup.drill(&world.name, backup.deadline(Trigger::Timer))).await);
}

pub async fn disturbed_at(azurite: &Azurite, number: u64, (name, kind): (&str, Kind)) -> Ran {
    let pair = format!("drilled-{name}-{number}");
    let world = backed_up(azurite, &pair, LONGER).await;
    let backup = app(&world.variables);
    world.counter.arm(&world.stage.emulator, number, move |seen| kind.fault(seen));
    drill(&world, &backup).await;
    let Some(struck) = world.counter.disarm().struck else { return Ran::NotReached };
    for _ in 0..INVOCATIONS {
        let drills = backup.drills(&world.name).await.expect("the state is there").expect("a pair");
        match drills.first() {
            Some(drill) if drill.status.is_some() => {
                assert_eq!(drill.status, Some(Status::Succeeded), "after {struck}: {drill:#?}");
                break;
            }
            Some(_) => drop(backup.run_all(Start::ResumeOnly, backup.deadline(Trigger::Timer)).await),
            None => drill(&world, &backup).await,
        }
        sleep(LONGER / 8).await;
    }
    // what comes late has come, and goes with the next one
    sleep(LATE).await;
    if !is_clear(&world).await {
        drill(&world, &backup).await;
    }
    assert_eq!(left(&world).await, (vec![], 0), "after {struck}");
    Ran::Struck("Succeeded".to_owned())
}
