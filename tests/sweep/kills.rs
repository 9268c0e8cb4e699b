//! The handler process is killed at a request, and another one goes on.

use std::time::Duration;

use azure_files_backup::cycle::report::{PairStatus, Status};
use azurite::Azurite;
use faults::Fault;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use super::runs::Ran;
use super::staged::Staged;
use super::tree::Size;
use super::way::{Has, Way};
use super::world::World;
use crate::support::{Handler, forget_base, free_port};

const MIB: u64 = 1 << 20;
pub const LEASE: Duration = Duration::from_secs(1);

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// The request has no effect.
    Before,
    /// It has its effect, and nobody hears of it.
    After,
}

impl Moment {
    fn other(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
        }
    }
}

pub const MOMENTS: [(&str, Moment); 2] =
    [("killed before the effect", Moment::Before), ("killed after the effect", Moment::After)];

/// A pair with a recovery point and every kind of change waiting; or one that is met for the first time, with all that is in
/// its source waiting.
pub async fn prepared(azurite: &Azurite, name: &str, size: Size, lease: Duration, way: Way) -> World {
    let mut world = World::new(azurite, name, size.tree(), lease, way).await;
    if !way.is_seeded() {
        world.back_up().await;
    }
    if way.has == Has::Point {
        forget_base(&world.source).await;
    }
    world.edit(&size.edits()).await;
    if way.is_seeded() {
        world.staged = Some(Staged::fill(&world).await);
    }
    world.stage.emulator.log().reset();
    world
}

/// Bytes that a cycle without trouble writes.
pub async fn undisturbed(azurite: &Azurite, size: Size, way: Way) -> u64 {
    let name = format!("undisturbed-{}", way.name());
    let mut world = prepared(azurite, &name, size, Duration::from_secs(60), way).await;
    world.back_up().await;
    world.written(..).values().sum()
}

/// Arms the counter: the process dies at request `at`.
pub fn aim(world: &World, handler: &Handler, at: u64, moment: Moment) {
    let pid = Pid::from_raw(handler.id().cast_signed()).expect("a process id");
    // it is ours, and nobody waits for it before it is dead
    let kill = move || kill_process(pid, Signal::KILL).expect("it runs");
    world.counter.arm(&world.stage.emulator, at, move |_| match moment {
        Moment::Before => {
            kill();
            Fault::DropBefore
        }
        Moment::After => Fault::After(Box::new(kill)),
    });
}

pub async fn killed_at(azurite: &Azurite, number: u64, moment: Moment, once: u64, way: Way) -> Ran {
    let name = format!("killed-{}-{number}-{moment:?}", way.name()).to_lowercase();
    let mut world = prepared(azurite, &name, Size::Small, LEASE, way).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    let answered = handler.send("backup-timer").await;
    let counted = world.counter.disarm();
    let Some(struck) = counted.struck else {
        assert!(answered, "nothing was done to it");
        return Ran::NotReached;
    };
    handler.dead().await;
    let alive = world.connect().await;
    let handler = Handler::start(port, &world.variables).await;
    let cycle = finish(&world, &handler, number).await;
    let (first, written) = (world.written(..alive), world.written(alive..));
    let second: u64 = written.values().sum();
    // What was written when the state was stored last is not written again, but for what was under way then.
    let allowed = once.saturating_sub(counted.saved.written_bytes) + counted.saved.in_flight * 4 * MIB;
    assert!(
        second <= allowed,
        "{second} bytes were written after the kill at {struck}, and {once} are enough: {:?}, before it {first:#?}, \
         after it {written:#?}",
        counted.saved
    );
    world.points.insert(cycle.clone(), world.tree.clone());
    world.assert_mirrored(&cycle).await;
    world.assert_points_untouched(&cycle).await;
    assert_seeded(&world, &handler).await;
    Ran::Struck("Succeeded".to_owned())
}

/// Where there is a staging share, everything that it could give came from it, and seeding is over.
pub async fn assert_seeded(world: &World, handler: &Handler) {
    if let Some(staged) = &world.staged {
        staged.assert_counted(&handler.get(&format!("pairs/{}/seeding", world.name)).await);
    }
}

/// Waits until the lease of a dead one has run out.
pub async fn until_free(world: &World, handler: &Handler) {
    while handler.get::<PairStatus>(&format!("pairs/{}", world.name)).await.running {
        // so that the question does not keep the machine busy
        sleep(LEASE / 20).await;
    }
}

/// Invocations until the cycle is `Succeeded` and filed; its id.
pub async fn finish(world: &World, handler: &Handler, number: u64) -> String {
    until_free(world, handler).await;
    for turn in number.. {
        match due(world, handler, turn).await.expect("the handler answers") {
            Due::Nothing(cycle) => {
                // its recovery point is shown before it is filed, and its owner may have died between the two
                until_free(world, handler).await;
                assert!(handler.send("resume-timer").await, "the handler answers");
                return cycle;
            }
            Due::Timer(timer) => assert!(handler.send(timer).await, "the handler answers"),
        }
    }
    unreachable!("numbers do not end")
}

/// Invocations until the cycle is over or the process dies.
pub async fn work(world: &World, handler: &Handler) {
    for turn in 0.. {
        match due(world, handler, turn).await {
            Some(Due::Timer(timer)) if handler.send(timer).await => {}
            _ => return,
        }
    }
}

/// What to fire.
enum Due {
    Timer(&'static str),
    /// This cycle is over, and another one is not to begin.
    Nothing(String),
}

/// Nothing when the process dies of the question.
async fn due(world: &World, handler: &Handler, turn: u64) -> Option<Due> {
    let status: PairStatus = handler.try_get(&format!("pairs/{}", world.name)).await?;
    let begun = status.cycle.filter(|cycle| !world.points.contains_key(&cycle.id));
    Some(match begun {
        Some(cycle) if cycle.status.is_some() => {
            assert_eq!(cycle.status, Some(Status::Succeeded), "{cycle:#?}");
            let is_filed = status.recovery_point.is_some_and(|point| point.cycle == cycle.id);
            if is_filed { Due::Nothing(cycle.id) } else { Due::Timer("resume-timer") }
        }
        Some(_) if turn.is_multiple_of(2) => Due::Timer("resume-timer"),
        _ => Due::Timer("backup-timer"),
    })
}

/// The process is killed at a request, the next one at another, and the third ends the cycle.
pub async fn killed_twice(azurite: &Azurite, number: u64, moment: Moment, size: Size) -> Ran {
    let name = format!("twice-{size:?}-{number}-{moment:?}").to_lowercase();
    let mut world = prepared(azurite, &name, size, LEASE, Way::USUAL).await;
    let port = free_port();
    // the second one dies somewhere else with every number: primes keep the two apart
    for (at, moment) in [(number, moment), (1 + number * 37 % 101, moment.other())] {
        let handler = Handler::start(port, &world.variables).await;
        until_free(&world, &handler).await;
        aim(&world, &handler, at, moment);
        work(&world, &handler).await;
        match world.counter.disarm().struck {
            Some(_) => handler.dead().await,
            None if at == number => return Ran::NotReached,
            None => drop(handler.end_with("KILL").await),
        }
    }
    let handler = Handler::start(port, &world.variables).await;
    let cycle = finish(&world, &handler, number).await;
    world.points.insert(cycle.clone(), world.tree.clone());
    world.assert_mirrored(&cycle).await;
    world.assert_points_untouched(&cycle).await;
    Ran::Struck("Succeeded".to_owned())
}
