//! Applying that is stopped, killed, or loses and delays its answers, at any request: whoever goes on reaches the same
//! end, and copies nothing again that is complete.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_core::http::Method;
use azure_files_backup::sync::{Base, Changes, Chunk, CopyMode, End};
use azure_storage::RetryOptions;
use azure_storage_file_share::{ClientOptions, ShareClient, ShareSnapshotId};
use futures::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

/// Pairs worked on side by side.
const AT_ONCE: usize = 8;
/// More than any of these owners sends.
const MANY: u64 = 1_000;
/// How late a late request comes: after all has been written.
const LATE: Duration = Duration::from_millis(1_200);
/// The same where owners die before they have written much.
const SOON: Duration = Duration::from_millis(300);
/// The clients' time limit: so much longer that a slow machine keeps it.
const LIMIT: Duration = Duration::from_secs(4);

/// How files are copied, and whether a recovery point is known.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    mode: CopyMode,
    has_base: bool,
}

/// All of them, the usual ones first.
fn ways() -> impl Iterator<Item = Way> {
    CopyMode::ALL.into_iter().flat_map(|mode| [true, false].map(|has_base| Way { mode, has_base }))
}

impl Way {
    /// Of a pair that nobody else uses.
    fn name(self, what: &str, number: u64) -> String {
        let base = if self.has_base { "base" } else { "alone" };
        format!("{what}-{}-{base}-{number}", self.mode.as_str())
    }
}

/// A pair with its plan, ready to be applied.
struct Case {
    way: Way,
    base: Base,
    source: ShareClient,
    target: ShareClient,
    snapshot: ShareSnapshotId,
    chunks: Vec<Chunk>,
    planned: Changes,
    epoch: AtomicU64,
}

impl Case {
    async fn new(stage: &Stage, name: &str, way: Way) -> Self {
        let (source, target, base) = changed_pair(stage, name).await;
        let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
        let case = Self {
            way,
            base,
            source,
            target,
            snapshot,
            chunks: Vec::new(),
            planned: Changes::default(),
            epoch: AtomicU64::new(1),
        };
        let (chunks, failures) = case.owner(stage, Faulty::healthy(), 1).plan().await.expect("a plan");
        assert_eq!(failures, []);
        let mut planned = Changes::default();
        chunks.iter().flat_map(|chunk| &chunk.items).for_each(|item| planned.plan(item));
        // two chunks, so that something is left for the second
        let mut items: Vec<_> = chunks.into_iter().flat_map(|chunk| chunk.items).collect();
        let rest = items.split_off(items.len() / 2);
        Self { chunks: vec![Chunk::of(items), Chunk::of(rest)], planned, ..case }
    }

    /// The next owner of the cycle.
    fn owner(&self, stage: &Stage, http: Faulty, attempts: u32) -> Mirror {
        let retry = RetryOptions { attempts, base: Duration::from_millis(1), ..Default::default() };
        let options = ClientOptions { retry, request_limit: Some(LIMIT), ..Default::default() };
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst);
        let names = (self.source.name(), self.target.name());
        let base = self.way.has_base.then(|| self.base.clone());
        let mirror = Mirror::with(stage, names, &self.snapshot, http, options, ("1", epoch));
        mirror.in_mode(self.way.mode).since(base, true)
    }

    /// Applies until the end or the owner's death.
    async fn apply(&self, mirror: &Mirror, row: &Mutex<Row>, signals: &Signals) -> Option<End> {
        let end = mirror.http.until_death(own(mirror, &self.chunks, row, signals)).await;
        end.map(|end| end.expect("nothing that ends the cycle"))
    }

    async fn apply_healthy(&self, stage: &Stage, row: &Mutex<Row>) -> Mirror {
        let mirror = self.owner(stage, Faulty::healthy(), 1);
        assert_eq!(self.apply(&mirror, row, &Signals::default()).await, Some(End::Finished));
        mirror
    }

    async fn check(&self, row: &Mutex<Row>, place: &str) {
        let row = row.lock().expect("no panic").clone();
        assert_eq!(row.failures, [], "{place}");
        assert_eq!(self.differences().await, [""; 0], "{place}");
        assert_eq!(row.done, self.planned, "{place}: every change is counted once");
    }

    async fn differences(&self) -> Vec<String> {
        let (expected, found) = (self.expected().await, shown(&self.target).await);
        let paths: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
        let pairs = paths.into_iter().map(|path| (path, expected.get(path), found.get(path)));
        pairs
            .filter(|(_, expected, found)| expected != found)
            .map(|(path, expected, found)| format!("{path}: {expected:?} expected, found {found:?}"))
            .collect()
    }

    async fn expected(&self) -> BTreeMap<String, Shown> {
        shown(&self.source.with_snapshot(&self.snapshot)).await
    }

    /// Files of the target that have all their data and their time, in the case of the service; a file under a
    /// scratch name counts once it has a time.
    async fn complete(&self) -> HashSet<String> {
        let unfinished = "1997-07-01T00:00:00.7654321Z".parse().expect("a time");
        let found = shown(&self.target).await.into_iter();
        let found: HashMap<String, Shown> = found.map(|(path, shown)| (path.to_uppercase(), shown)).collect();
        let expected = self.expected().await.into_iter();
        let expected: HashMap<_, _> = expected.map(|(path, shown)| (path.to_uppercase(), shown)).collect();
        let is_complete = |path: &str, now: &Shown| match expected.get(path) {
            Some(file) => now.data == file.data && now.last_write_time == file.last_write_time,
            None => path.contains(".BACKUP-SCRATCH-") && now.last_write_time != unfinished,
        };
        found.into_iter().filter(|(path, now)| is_complete(path, now)).map(|(path, _)| path).collect()
    }

    /// Paths that got data from an owner, as `complete` writes them, and where in the file.
    fn copied(&self, mirror: &Mirror) -> impl Iterator<Item = (String, Range<u64>)> {
        let prefix = format!("/{TARGET}/{}/", self.target.name());
        let path = move |path: &str| path.strip_prefix(&prefix).expect("a path in the target").to_uppercase();
        mirror.http.ranges().into_iter().map(move |(at, range)| (path(&at), range))
    }

    /// Paths that got data where a saved cursor says that it is there.
    fn copied_before_cursors(&self, mirror: &Mirror, saved: &serde_json::Value) -> Vec<String> {
        let cursors = saved["files"].as_array().expect("cursors");
        let end = |path: &str| {
            let is_it =
                |cursor: &&serde_json::Value| cursor["path"].as_str().expect("a path").to_uppercase() == path;
            cursors.iter().find(is_it).map_or(0, |cursor| cursor["end"].as_u64().expect("a place"))
        };
        self.copied(mirror).filter(|(path, range)| range.start < end(path)).map(|(path, _)| path).collect()
    }
}

/// What happens at one request, and how often is saved before.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: u64,
    fault: Fault,
    /// Saved at every such request; never if there is none.
    save: Option<u64>,
}

impl Cut {
    fn rule(self, signals: &Arc<Signals>) -> Faulty {
        let signals = signals.clone();
        Faulty::new(move |number, _, _| {
            if self.save.is_some_and(|every| number % every == 0) {
                signals.save.notify_one();
            }
            if number == self.at { self.fault } else { Fault::None }
        })
    }
}

/// Runs `check` for requests that an undisturbed owner sends, side by side: for all of them in the usual mode, and for
/// some, from a random one on, in the others; for all of all where the long matrices are asked for.
async fn sweep<F: Future<Output = ()>>(stage: &Stage, at_once: usize, check: impl Fn(Way, u64) -> F) {
    let all = std::env::var("TESTS_FULL").is_ok_and(|full| full == "1");
    let seed = std::env::var("SWEEP_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    say(seed);
    let mut dice = StdRng::seed_from_u64(seed);
    for way in ways() {
        let case = Case::new(stage, &way.name("undisturbed", 0), way).await;
        let row = Mutex::default();
        let mirror = case.apply_healthy(stage, &row).await;
        case.check(&row, &format!("undisturbed, {way:?}")).await;
        let requests = mirror.http.sent();
        assert!((100..MANY).contains(&requests), "{requests} requests");
        let is_usual = way.mode == CopyMode::Auto;
        let (first, step) = if all || is_usual { (1, 1) } else { (dice.random_range(1..=16), 16) };
        let numbers = stream::iter((first..=requests).step_by(step)).map(|number| check(way, number));
        numbers.buffer_unordered(at_once).collect::<()>().await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
fn say(seed: u64) {
    println!("SWEEP_SEED={seed} repeats this choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_request_the_next_owner_reaches_the_same_end_and_copies_nothing_complete_again() {
    let stage = &Stage::set().await;
    sweep(stage, AT_ONCE, |way, at| async move {
        let fault = if at % 2 == 0 { Fault::Kill } else { Fault::KillAfter };
        let save = [None, Some(1), Some(5)][at as usize % 3];
        let cut = Cut { at, fault, save };
        let case = Case::new(stage, &way.name("killed", at), way).await;
        let (row, signals) = (Mutex::default(), Arc::default());
        let mirror = case.owner(stage, cut.rule(&signals), 1);
        let died = case.apply(&mirror, &row, &signals).await.is_none();
        assert!(died || at + 20 > mirror.http.sent(), "{way:?}, {cut:?}");
        if died {
            let complete = case.complete().await;
            let saved = serde_json::to_value(row.lock().expect("no panic").saved()).expect("JSON");
            let mirror = case.apply_healthy(stage, &row).await;
            assert_eq!(
                case.copied_before_cursors(&mirror, &saved),
                [""; 0],
                "{way:?}, {cut:?}, saved {saved}"
            );
            // a small one that merely looks complete is copied again
            let copied = case.copied(&mirror).map(|(path, _)| path).filter(|path| path.contains("LARGE"));
            let again: Vec<String> = copied.filter(|path| complete.contains(path)).collect();
            assert_eq!(again, [""; 0], "{way:?}, {cut:?}: complete files that were copied again");
        }
        case.check(&row, &format!("{way:?}, {cut:?}")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_any_request_the_rest_is_done_later_and_nothing_twice() {
    let stage = &Stage::set().await;
    sweep(stage, AT_ONCE, |way, at| async move {
        let case = Case::new(stage, &way.name("stopped", at), way).await;
        let (row, signals) = (Mutex::default(), Arc::new(Signals::default()));
        let stop = signals.clone();
        let http = Faulty::new(move |number, _, _| {
            if number == at {
                stop.stop.notify_one();
            }
            Fault::None
        });
        let first = case.owner(stage, http, 1);
        let end = case.apply(&first, &row, &signals).await.expect("nobody dies");
        if end == End::Stopped {
            let second = case.apply_healthy(stage, &row).await;
            let (put, again) = (first.http.ranges(), second.http.ranges());
            let twice: Vec<_> = again.iter().filter(|range| put.contains(range)).collect();
            assert!(twice.is_empty(), "{way:?}, stopped at {at}: {twice:?}");
        }
        case.check(&row, &format!("{way:?}, stopped at {at}")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answer_is_lost_or_comes_late_the_target_is_equal() {
    let stage = &Stage::set().await;
    sweep(stage, 3 * AT_ONCE, |way, at| async move {
        let fault = [Fault::Answer, Fault::Late(LATE), Fault::Request][at as usize % 3];
        let cut = Cut { at, fault, save: None };
        let case = Case::new(stage, &way.name("lost", at), way).await;
        let (row, signals) = (Mutex::default(), Arc::default());
        let mirror = case.owner(stage, cut.rule(&signals), 3);
        let end = own(&mirror, &case.chunks, &row, &signals).await.expect("nothing that ends the cycle");
        assert_eq!(end, End::Finished, "{way:?}, {cut:?}");
        assert!(mirror.http.is_quiet(), "{cut:?}: something can still happen");
        case.check(&row, &format!("{way:?}, {cut:?}")).await;
    })
    .await;
}

#[tokio::test]
async fn a_create_that_comes_late_finds_no_data_that_it_could_empty() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "new", "its data").await;
    let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    let (create, is_first) = (format!("/{TARGET}/files/new?"), AtomicBool::new(true));
    let http = Faulty::new(move |_, method, request| {
        let is_late = *method == Method::Put && request == create && is_first.swap(false, Ordering::SeqCst);
        if is_late { Fault::Late(LATE) } else { Fault::None }
    });
    let options = ClientOptions { request_limit: Some(LIMIT), ..Default::default() };
    let mirror = Mirror::with(&stage, (source.name(), target.name()), &snapshot, http, options, ("1", 1));
    let mirror = mirror.in_mode(CopyMode::ServerSide);
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    assert_eq!(mirror.http.ranges().len(), 1, "put once, when nothing could empty it any more");
    assert_eq!(read(&target, "new").await, "its data");
}

#[tokio::test]
async fn a_file_that_looks_complete_is_copied_again_though_its_create_is_lost() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "new", "its data").await;
    let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    let (create, is_first) = (format!("/{TARGET}/files/new?"), AtomicBool::new(true));
    let lost = Faulty::new(move |_, method, request| {
        let is_lost = *method == Method::Put && request == create && is_first.swap(false, Ordering::SeqCst);
        if is_lost { Fault::Request } else { Fault::None }
    });
    let owner = |http, epoch| {
        let options = ClientOptions { request_limit: Some(LIMIT), ..Default::default() };
        let names = (source.name(), target.name());
        Mirror::with(&stage, names, &snapshot, http, options, ("1", epoch)).in_mode(CopyMode::ServerSide)
    };
    let dead = owner(Faulty::healthy(), 1);
    let (chunks, _) = dead.plan().await.expect("a plan");
    for mirror in [dead, owner(lost, 2)] {
        // nobody knows what the one before did
        let (row, signals) = (Mutex::default(), Signals::default());
        own(&mirror, &chunks, &row, &signals).await.expect("nothing that ends the cycle");
        assert_eq!(row.lock().expect("no panic").failures, []);
        assert_eq!(mirror.http.ranges().len(), 1);
    }
    assert_eq!(read(&target, "new").await, "its data");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_that_die_again_and_again_amid_lost_and_late_answers_come_to_the_end() {
    let stage = &Stage::set().await;
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let seed: u64 = number("PROPERTY_SEED").unwrap_or_else(rand::random);
    println!("PROPERTY_SEED={seed} repeats this run");
    let storms = stream::iter(0..number("STORMS").unwrap_or(8)).map(|number| async move {
        let way = ways().nth(number as usize % 6).expect("six ways");
        let case = Case::new(stage, &way.name("storm", number), way).await;
        let mut rng = StdRng::seed_from_u64(seed ^ number);
        let row = Mutex::default();
        for owner in 0.. {
            assert!(owner < 100, "{way:?}, storm {number} of {seed} moves nothing");
            let signals = Arc::new(Signals::default());
            let (save, life) = (signals.clone(), rng.random_range(10..120));
            let luck = Mutex::new(Luck::new(rng.random()));
            let http = Faulty::new(move |number, method, request| {
                if number % 4 == 0 {
                    save.save.notify_one();
                }
                if number == life {
                    return [Fault::Kill, Fault::KillAfter][life as usize % 2];
                }
                luck.lock().expect("no panic").fault(method, request, SOON)
            });
            let mirror = case.owner(stage, http, 5);
            if let Some(end) = case.apply(&mirror, &row, &signals).await {
                assert_eq!(end, End::Finished);
                break;
            }
        }
        case.check(&row, &format!("{way:?}, storm {number} of {seed}")).await;
    });
    storms.buffer_unordered(AT_ONCE).collect::<()>().await;
}
