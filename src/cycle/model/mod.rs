//! An exhaustive search through a small world: can any order of events break P3, P5 or P7, or take a second share
//! snapshot?
//!
//! What decides is the app's own: `transition::after`, `State::can_be_cancelled`, `gate::may_write`,
//! `take_over::may_take_over`, `take::may_be_taken`, `clearing::protected`, `retention::{make_room, prune}`. What does I/O is
//! told again here, in `steps`: it is as true as that text is like `invocation`, `run` and `owner`.
//!
//! Bounded are: two processes with two cycles of one pair, plans of one or two chunks, a source that changes once,
//! how often the pair changes hands, how much goes wrong, two requests on their way at once, time in halves of a
//! lease. Assumed are: a request leaves as soon as the gate has let it in, or as late as its sender waits for it, and
//! ends within its time limit; the store compares versions, as its own tests show; the clocks of machines go at one
//! speed; nobody else writes to the target.

mod guard;
mod moves;
mod search;
mod shares;
mod steps;
mod world;

use self::guard::Guard;
use self::search::{Bounds, search};
use self::world::slot;
use crate::state::Status;

#[test]
fn accept_cannot_be_broken_8_no_order_of_events_breaks_a_promise() {
    for bounds in [
        Bounds { chunks: 2, lifts: 0, epochs: 2, faults: 1, without: None },
        Bounds { chunks: 1, lifts: 1, epochs: 2, faults: 2, without: None },
        Bounds { chunks: 1, lifts: 0, epochs: 3, faults: 1, without: None },
    ] {
        let started = std::time::Instant::now();
        let found = search(bounds).unwrap_or_else(|path| panic!("{path}"));
        println!(
            "{bounds:?}: {} states, {} transitions, {:?}",
            found.worlds.len(),
            found.moves,
            started.elapsed()
        );
        let ends = |status| {
            let mut rows = found.worlds.iter().flat_map(|world| world.rows).flatten();
            rows.any(|row| row.place.state().status() == Some(status))
        };
        use Status::{Cancelled, CompletedWithErrors, Failed, Rejected, Succeeded};
        for status in [Succeeded, CompletedWithErrors, Failed, Rejected, Cancelled] {
            assert!(ends(status), "no cycle ends as {status:?}: the search shows nothing");
        }
        let both =
            found.worlds.iter().filter(|world| world.target[slot(1)].is_some() && world.target[2].is_none());
        assert!(both.count() > 0, "the second recovery point never comes, or the first never goes");
    }
}

#[test]
fn without_any_one_guard_a_promise_breaks() {
    for guard in Guard::ALL {
        let breaks = |faults| {
            let bounds = Bounds { chunks: 1, lifts: 0, epochs: 2, faults, without: Some(guard) };
            search(bounds).err()
        };
        let path =
            breaks(1).or_else(|| breaks(2)).unwrap_or_else(|| panic!("nothing breaks without {guard:?}"));
        println!("Without {guard:?}: {path}");
    }
}
