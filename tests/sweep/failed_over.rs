//! A pair fails over while its cycle is in the middle of its writes, or fails back, and is disturbed: the process killed, an answer
//! lost, refused, cut or late. Whoever asks again gets there.

use std::time::Duration;

use azure_files_backup::cycle::failover::{Failover, NotFailedOver};
use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, Status};
use azure_files_backup::cycle::restore::Decided;
use azure_files_backup::cycle::{Backup, Decision, Start, Trigger};
use azurite::Azurite;
use reqwest::Method;
use serde_json::{Value, json};
use share_tree::LiveShare;
use tokio::time::{Instant, sleep};

use super::answers::{Kind, LATE};
use super::kills::{LEASE, Moment, aim, prepared, until_free};
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

/// Attempts after which what has not ended never will.
const ATTEMPTS: u32 = 100;
/// With it requests have a time limit of one second, and a busy machine loses no lease.
const LONGER: Duration = Duration::from_secs(4);

/// A pair whose cycle has begun to write.
async fn midway(azurite: &Azurite, name: &str, lease: Duration) -> World {
    let world = prepared(azurite, name, Size::Smaller, lease, Way::USUAL).await;
    let backup = app(&world.variables);
    let mut start = Start::New;
    loop {
        // an invocation without time goes one step
        let report = Box::pin(backup.run(&world.name, start, Instant::now())).await.expect("a cycle runs");
        assert_eq!(report.status, None, "{report:#?}");
        if report.state == Phase::Applying {
            return world;
        }
        start = Start::ResumeOnly;
    }
}

/// A pair that failed over, with every kind of change in its target.
async fn written_there(azurite: &Azurite, name: &str, lease: Duration) -> World {
    let mut world = World::new(azurite, name, Size::Smaller.tree(), lease, Way::USUAL).await;
    world.back_up().await;
    fail_over(&world, &app(&world.variables)).await.expect("it fails over");
    let there = LiveShare::new(world.target.clone());
    for edit in Size::Smaller.edits() {
        there.apply(&mut world.tree, &edit).await.expect("the edit is made");
    }
    world
}

pub async fn stopping_killed_at(azurite: &Azurite, number: u64, moment: Moment) -> Ran {
    let name = format!("failover-{number}-{moment:?}").to_lowercase();
    let world = midway(azurite, &name, LEASE).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    let answered = post(&world, &handler, "failover", Value::Null).await;
    let Some(struck) = world.counter.disarm().struck else {
        assert!(answered, "nothing was done to it");
        return Ran::NotReached;
    };
    handler.dead().await;
    let handler = Handler::start(port, &world.variables).await;
    until_free(&world, &handler).await;
    let route = format!("pairs/{}/failover", world.name);
    let told: Failover = handler.tell(Method::POST, &route, "").await.ok();
    assert_stopped(&world, &told, &struck).await;
    Box::pin(undo(&world, &app(&world.variables))).await;
    Ran::Struck("failed over".to_owned())
}

pub async fn stopping_disturbed_at(azurite: &Azurite, number: u64, (name, kind): (&str, Kind)) -> Ran {
    let world = midway(azurite, &format!("failover-{name}-{number}"), LONGER).await;
    let mut backup = app(&world.variables);
    world.counter.arm(&world.stage.emulator, number, move |seen| kind.fault(seen));
    let mut told = fail_over(&world, &backup).await;
    let Some(struck) = world.counter.disarm().struck else {
        told.expect("nothing was done to it");
        return Ran::NotReached;
    };
    let outcome = if told.is_ok() { "failed over" } else { "asked again" };
    for _ in 0..ATTEMPTS {
        if told.is_ok() {
            break;
        }
        sleep(LONGER / 8).await;
        if number.is_multiple_of(2) {
            backup = app(&world.variables);
        }
        told = fail_over(&world, &backup).await;
    }
    // what comes late has come
    sleep(LATE).await;
    let told = told.unwrap_or_else(|reason| panic!("after {struck}: {reason}"));
    assert_stopped(&world, &told, &struck).await;
    Box::pin(undo(&world, &backup)).await;
    Ran::Struck(outcome.to_owned())
}

async fn fail_over(world: &World, backup: &Backup) -> Result<Failover, NotFailedOver> {
    Box::pin(backup.fail_over(&world.name, backup.deadline(Trigger::Http))).await
}

/// The target says so once, and it is known that it lies between two recovery points.
async fn assert_stopped(world: &World, told: &Failover, struck: &str) {
    assert!(told.between.is_some(), "after {struck}: {told:#?}");
    assert_eq!(roles(&world.target).await, ["failover", "target"], "after {struck}");
    assert!(world.points.contains_key(&told.recovery_point.cycle), "after {struck}: {told:#?}");
}

/// The pair goes on.
async fn undo(world: &World, backup: &Backup) {
    // a lease that was not given back runs out
    while backup.pair(&world.name).await.expect("the state is there").expect("a pair").running {
        sleep(LONGER / 20).await;
    }
    Box::pin(backup.undo_failover(&world.name)).await.expect("it is undone");
    assert_eq!(roles(&world.target).await, ["target"]);
    backup.decide(&world.name, Decision::Release { cycle: None }).await.expect("it is released");
    let next = Box::pin(backup.run(&world.name, Start::New, backup.deadline(Trigger::Timer))).await;
    let next = next.expect("a cycle runs");
    assert_succeeded(&next);
    world.assert_mirrored(&next.id).await;
}

pub async fn killed_at(azurite: &Azurite, number: u64, moment: Moment) -> Ran {
    let name = format!("failback-{number}-{moment:?}").to_lowercase();
    let world = written_there(azurite, &name, LEASE).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    while !world.counter.is_struck() {
        if lead_on(&world, &handler).await {
            world.counter.disarm();
            return Ran::NotReached;
        }
    }
    let struck = world.counter.disarm().struck.expect("it was struck");
    handler.dead().await;
    let handler = Handler::start(port, &world.variables).await;
    for attempt in 0.. {
        assert!(attempt < ATTEMPTS, "after a kill at {struck} the failback does not end");
        if lead_on(&world, &handler).await {
            break;
        }
        // so that the lease of the dead runs out meanwhile
        sleep(LEASE / 4).await;
    }
    let report: CycleReport = handler.get(&format!("pairs/{}/failback", world.name)).await;
    assert_eq!(report.status, Some(Status::Succeeded), "after a kill at {struck}: {report:#?}");
    assert_swapped(&world, &app(&world.variables), &struck, &["safety"]).await;
    Ran::Struck("Succeeded".to_owned())
}

/// Asks for whatever comes next. Whether the roles have swapped.
async fn lead_on(world: &World, handler: &Handler) -> bool {
    let status: Option<PairStatus> = handler.try_get(&format!("pairs/{}", world.name)).await;
    if status.is_some_and(|status| status.failed_over.is_none()) {
        return true;
    }
    let shown: Option<CycleReport> = handler.try_get(&format!("pairs/{}/failback", world.name)).await;
    match shown {
        Some(shown) if shown.state == Phase::AwaitingApproval => {
            let digest = shown.guard.expect("it says why").digest;
            post(world, handler, "failback/decisions", json!({"action": "approve", "digest": digest})).await;
        }
        Some(shown) if [None, Some(Status::Succeeded)].contains(&shown.status) => {
            handler.send("resume-timer").await;
        }
        _ => _ = post(world, handler, "failback", Value::Null).await,
    }
    false
}

/// Whether there was an answer.
async fn post(world: &World, handler: &Handler, route: &str, body: Value) -> bool {
    let url = format!("{}/api/pairs/{}/{route}", handler.url(), world.name);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    reqwest::Client::new().post(url).body(body).send().await.is_ok()
}

pub async fn disturbed_at(azurite: &Azurite, number: u64, (name, kind): (&str, Kind)) -> Ran {
    let world = written_there(azurite, &format!("failback-{name}-{number}"), LONGER).await;
    let mut backup = app(&world.variables);
    world.counter.arm(&world.stage.emulator, number, move |seen| kind.fault(seen));
    let mut ends = Vec::new();
    for attempt in 0.. {
        assert!(attempt < ATTEMPTS, "the failback does not end: {:?}", world.counter.disarm().struck);
        match Box::pin(go_on(&world, &backup)).await {
            Ok(Some(end)) => {
                ends.push(end);
                if end == Status::Succeeded {
                    break;
                }
            }
            Ok(None) => {}
            // a lease that was not given back runs out
            Err(_) => sleep(LONGER / 8).await,
        }
        if number.is_multiple_of(2) {
            backup = app(&world.variables);
        }
    }
    let Some(struck) = world.counter.disarm().struck else { return Ran::NotReached };
    sleep(LATE).await;
    // a safety share snapshot for each that began to write; what one read, and was not let delete, is the next one's to delete
    let allowed: &[&str] = if ends.len() > 1 || name.starts_with("refused") {
        &["safety", "safety", "failback"]
    } else {
        &["safety"]
    };
    assert_swapped(&world, &backup, &struck, allowed).await;
    Ran::Struck(format!("{ends:?}"))
}

/// The same without a process of its own: how a failback ended, if one did, and is filed where it was the last one.
async fn go_on(world: &World, backup: &Backup) -> anyhow::Result<Option<Status>> {
    let name = world.name.as_str();
    let failbacks = backup.failbacks(name).await?.expect("a pair");
    let last = match failbacks.into_iter().next() {
        Some(shown) if shown.state == Phase::AwaitingApproval => {
            let digest = shown.guard.expect("it says why").digest;
            Box::pin(backup.decide_failback(name, Decided::Approve { digest })).await?
        }
        Some(shown) if [None, Some(Status::Succeeded)].contains(&shown.status) => {
            for (_, resumed) in backup.run_all(Start::ResumeOnly, backup.deadline(Trigger::Timer)).await {
                resumed?;
            }
            shown
        }
        _ => Box::pin(backup.fail_back(name, backup.deadline(Trigger::Http))).await?,
    };
    let status = backup.pair(name).await?.expect("a pair");
    let is_over = last.status != Some(Status::Succeeded) || status.failed_over.is_none();
    Ok(last.status.filter(|_| is_over))
}

/// Both sides hold what people wrote, nothing is left of the way, and the pair goes on from there. `others` are roles that the source
/// may have share snapshots in besides.
async fn assert_swapped(world: &World, backup: &Backup, struck: &str, others: &[&str]) {
    for share in [&world.source, &world.target] {
        let differences = world.differences(&world.tree, share).await;
        assert!(differences.is_empty(), "after {struck}, {}: {differences:#?}", share.url());
    }
    let mut found = roles(&world.source).await;
    found.extend(roles(&world.target).await);
    for role in others {
        if let Some(at) = found.iter().position(|found| found == role) {
            found.remove(at);
        }
    }
    assert_eq!(found, ["source", "source", "target", "target"], "after {struck}");
    let next = Box::pin(backup.run(&world.name, Start::New, backup.deadline(Trigger::Timer))).await;
    let next = next.unwrap_or_else(|reason| panic!("after {struck} no cycle runs: {reason}"));
    assert_succeeded(&next);
    assert_eq!(next.planned, Default::default(), "after {struck}");
}
