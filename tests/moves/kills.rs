//! Moves that are cut off, or lose an answer, at any request, in every copy mode: whoever goes on reaches the same end,
//! and nothing is copied that only had to be moved.

use std::sync::Mutex;

use azure_files_backup::sync::{Chunk, CopyMode, End};
use azure_storage_file_share::ShareSnapshotId;
use futures::{StreamExt, stream};

use super::{Pair, snapshot};
use crate::support::*;
use crate::sweep::numbers;

/// Pairs worked on side by side.
const AT_ONCE: usize = 16;
/// Of so many requests one.
const SAMPLED: u64 = 10;

pub const ENTRIES: [&str; 21] = [
    "swap-a",
    "swap-b",
    "chain-1",
    "chain-2",
    "single",
    "over",
    "gone",
    "tree/",
    "tree/sub/",
    "tree/sub/f",
    "tree/changed",
    "old/",
    "old/kept",
    "old/gone",
    "in/",
    "in/out/",
    "in/out/f",
    "turn/",
    "turn/inner/",
    "turn/inner/f",
    "flip",
];

/// A swap, a chain, moves into a new directory, out of a deleted one, over others, inside out, and on the way; some with
/// other data behind equal times.
pub const EDITS: [&str; 26] = [
    "swap-a>x",
    "swap-b>swap-a",
    "x>swap-b",
    "~swap-b",
    "chain-2>chain-3",
    "chain-1>chain-2",
    "+new/",
    "single>new/single",
    "+new/other",
    "-over",
    "gone>over",
    "~over",
    "tree/>moved/",
    "-moved/changed",
    "+moved/changed",
    "old/kept>kept",
    "~kept",
    "-old/gone",
    "-old/",
    "in/out/>in/OUT2/",
    "turn/inner/>inner/",
    "turn/>inner/turn/",
    "-flip",
    "in/OUT2/>flip/",
    "+in/out/",
    "+in/out/f",
];

/// A pair with the plan of its next cycle.
struct Case {
    mode: CopyMode,
    pair: Pair,
    at: ShareSnapshotId,
    chunks: Vec<Chunk>,
}

impl Case {
    async fn new(stage: &Stage, name: &str, mode: CopyMode) -> Self {
        let pair = Pair::new(stage, name, &ENTRIES).await;
        pair.edit(&EDITS).await;
        let at = snapshot(&pair.source).await;
        let planned = pair.mirror(stage, &at, Faulty::healthy(), 1).plan().await;
        let (chunks, failures) = planned.expect("a plan");
        assert_eq!(failures, []);
        // two chunks, so that something is left for the second
        let mut items: Vec<_> = chunks.into_iter().flat_map(|chunk| chunk.items).collect();
        let rest = items.split_off(items.len() / 2);
        Self { mode, pair, at, chunks: vec![Chunk::of(items), Chunk::of(rest)] }
    }

    async fn apply(&self, stage: &Stage, row: &Mutex<Row>, http: Faulty, epoch: u64) -> (Option<End>, u64) {
        let mirror = self.pair.mirror(stage, &self.at, http, epoch).in_mode(self.mode);
        let signals = Signals::default();
        let end = mirror.http.until_death(own(&mirror, &self.chunks, row, &signals)).await;
        (end.map(|end| end.expect("nothing that ends the cycle")), mirror.http.sent())
    }

    async fn check(&self, row: &Mutex<Row>, place: &str) {
        let row = row.lock().expect("no panic").clone();
        assert_eq!(row.failures, [], "{place}");
        let source = self.pair.source.with_snapshot(&self.at);
        assert_eq!(shown(&self.pair.target).await, shown(&source).await, "{place}");
    }
}

/// What happens at one request of the first owner: for every request in the mode that chooses by itself, for one in
/// [`SAMPLED`] in the others.
async fn at_every_request(faults: &[Fault]) {
    for mode in CopyMode::ALL {
        at_requests(mode, if mode == CopyMode::Auto { 1 } else { SAMPLED }, faults).await;
    }
}

async fn at_requests(mode: CopyMode, every: u64, faults: &[Fault]) {
    let stage = &Stage::set().await;
    let case = Case::new(stage, "counted", mode).await;
    let row = Mutex::default();
    let (end, sent) = case.apply(stage, &row, Faulty::healthy(), 2).await;
    assert_eq!(end, Some(End::Finished));
    case.check(&row, "undisturbed").await;
    let cuts = numbers(every)
        .take_while(|at| *at <= sent)
        .flat_map(|at| faults.iter().map(move |fault| (at, *fault)));
    let works = cuts.enumerate().map(|(number, (at, fault))| async move {
        let place = format!("{mode:?}, {fault:?} at {at} of {sent}");
        let case = Case::new(stage, &format!("files-{number}"), mode).await;
        let row = Mutex::default();
        let http = Faulty::new(move |number, _, _| if number == at { fault } else { Fault::None });
        let (end, _) = case.apply(stage, &row, http, 2).await;
        if end.is_none() {
            let (end, _) = case.apply(stage, &row, Faulty::healthy(), 3).await;
            assert_eq!(end, Some(End::Finished), "{place}");
        }
        case.check(&row, &place).await;
    });
    stream::iter(works).buffer_unordered(AT_ONCE).collect::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_killed_at_any_request_comes_to_the_same_end() {
    at_every_request(&[Fault::Kill, Fault::KillAfter]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_an_answer_lost_at_any_request_makes_no_difference() {
    at_every_request(&[Fault::Answer]).await;
}
