//! Tables that take their time: nobody waits for a save but the save itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use faults::{Fault, Seen};
use serde_json::json;
use tokio::task::block_in_place;

use crate::support::*;

/// How long a save waits for other requests. The client would wait longer for the save.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests that have to be done while a save is under way.
const MORE: u64 = 20;

/// The saves that were held back, and those in which too little else was done.
#[derive(Default)]
struct Held {
    all: AtomicU64,
    alone: AtomicU64,
}

/// Holds every save back that comes while `operation` is done at `account`, until more of that is done.
fn hold_saves(
    tables: &Tables,
    stage: &Stage,
    (account, operation): (&'static str, &'static str),
    of: u64,
) -> Arc<Held> {
    let (emulator, held) = (stage.emulator.clone(), Arc::new(Held::default()));
    let told = held.clone();
    let plan = move |seen: &Seen<'_>| {
        let count = || emulator.log().count(account, operation);
        let before = count();
        let is_save = ["Transaction", "Update Entity"].contains(&seen.operation)
            && !seen.path.contains("/backuppairs(");
        if is_save && (1..of - 4 * MORE).contains(&before) {
            held.all.fetch_add(1, Ordering::SeqCst);
            let began = Instant::now();
            block_in_place(|| {
                while count() < before + MORE && began.elapsed() < PATIENCE {
                    sleep(Duration::from_millis(5));
                }
            });
            held.alone.fetch_add(u64::from(count() < before + MORE), Ordering::SeqCst);
        }
        Fault::None
    };
    tables.proxy.set_faults(Some(Arc::new(plan)));
    told
}

async fn with_tables(stage: &Stage) -> (Tables, Handler) {
    let tables = Tables::new().await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    // one that a save under way does not outlast
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "60".to_owned());
    (tables, Handler::start(free_port(), &variables).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_sync_engine_what_is_in_flight_goes_on_while_a_pass_is_saved() {
    const FILES: u64 = 600;
    let mut stage = Stage::set().await;
    let limits = json!({"limits": {"requestsPerSecond": 200}});
    let (source, target) = stage.pair("slow-save", limits).await;
    put_many(&source, FILES as usize).await;
    let (tables, handler) = with_tables(&stage).await;
    let held = hold_saves(&tables, &stage, (TARGET, "Create File"), FILES);
    assert_succeeded(&handler.cycle("slow-save").await);
    assert!(held.all.load(Ordering::SeqCst) > 0, "no save came in the middle");
    assert_eq!(held.alone.load(Ordering::SeqCst), 0, "of {:?}", held.all);
    assert_taken_once(&source, &target).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_sync_engine_the_walk_goes_on_while_a_stretch_of_the_plan_is_saved() {
    const DIRECTORIES: u64 = 400;
    let mut stage = Stage::set().await;
    let limits = json!({"limits": {"requestsPerSecond": 60}});
    let (source, target) = stage.pair("slow-plan", limits).await;
    for number in 0..DIRECTORIES {
        put_directory(&source, &format!("{number:03}")).await;
    }
    let (tables, handler) = with_tables(&stage).await;
    stage.emulator.log().reset();
    let held = hold_saves(&tables, &stage, (SOURCE, "List Directories and Files"), DIRECTORIES);
    let cycle = handler.cycle("slow-plan");
    assert_succeeded(&cycle.await);
    assert!(held.all.load(Ordering::SeqCst) > 0, "no save came in the middle");
    assert_eq!(held.alone.load(Ordering::SeqCst), 0, "of {:?}", held.all);
    assert_taken_once(&source, &target).await;
}
