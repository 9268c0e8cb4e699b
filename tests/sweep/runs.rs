//! Many worlds side by side, one for every request that something happens to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Worlds at once: most of the time they wait for leases.
pub const AT_ONCE: usize = 24;
/// A world that takes longer hangs.
const TOO_LONG: Duration = Duration::from_secs(400);
/// So many runs in which the request did not come, and the end is reached.
const ENDS: u64 = 3;

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Ran {
    /// With what became of it.
    Struck(String),
    /// The cycle had no such request.
    NotReached,
}

/// Whether the long matrices are asked for.
pub fn is_full() -> bool {
    std::env::var("TESTS_FULL").is_ok_and(|full| full == "1")
}

/// `SWEEP_AT=17` runs that request alone, `SWEEP_EVERY=10` every tenth, from `SWEEP_FROM` on. Without them, each one in
/// `every` from a random one on, or all where the long matrices are asked for.
pub fn numbers(every: u64) -> Box<dyn Iterator<Item = u64> + Send> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(at) = number("SWEEP_AT") {
        return Box::new(std::iter::once(at));
    }
    let every = number("SWEEP_EVERY").unwrap_or(if is_full() { 1 } else { every });
    let from = number("SWEEP_FROM").unwrap_or_else(|| rand::random_range(1..=every));
    announce(every, from);
    Box::new((from..).step_by(every as usize))
}

#[expect(clippy::print_stdout, reason = "so that a run can be repeated")]
fn announce(every: u64, from: u64) {
    println!("SWEEP_EVERY={every} SWEEP_FROM={from} repeats this run");
}

/// Runs `world` for every request number until there are no more, or each `every`-th, and for each number with every one
/// of `kinds`. Panics with all that failed.
pub async fn sweep<K, W, F>(what: &str, every: u64, kinds: &[(&'static str, K)], world: W)
where
    K: Copy + Send + 'static,
    W: Fn(u64, &'static str, K) -> F + Clone + Send + 'static,
    F: Future<Output = Ran>,
{
    let started = std::time::Instant::now();
    let ends: BTreeMap<&str, Arc<AtomicU64>> =
        kinds.iter().map(|(name, _)| (*name, Arc::default())).collect();
    let numbered = numbers(every).flat_map(|number| kinds.iter().map(move |kind| (number, *kind)));
    let open = numbered.take_while(|_| ends.values().any(|ended| ended.load(Ordering::Relaxed) < ENDS));
    let mut runs = stream::iter(open)
        .map(|(number, (kind, how))| {
            let ended = ends[kind].clone();
            let is_open = ended.load(Ordering::Relaxed) < ENDS;
            let world = world.clone();
            // on a thread of its own: the compiler cannot see that these futures are `Send`
            let run = is_open.then(|| {
                let runtime = Handle::current();
                let world =
                    move || runtime.block_on(async { timeout(TOO_LONG, world(number, kind, how)).await });
                spawn_blocking(world)
            });
            async move {
                let Some(run) = run else { return (number, kind, Ok(Ran::NotReached)) };
                let result = match run.await {
                    Ok(Ok(ran)) => Ok(ran),
                    Ok(Err(_)) => Err("it hangs".to_owned()),
                    Err(panic) => Err(said(panic)),
                };
                if matches!(result, Ok(Ran::NotReached)) {
                    ended.fetch_add(1, Ordering::Relaxed);
                }
                (number, kind, result)
            }
        })
        .buffer_unordered(AT_ONCE);
    let (mut outcomes, mut failures) = (BTreeMap::<(&str, String), u64>::new(), Vec::new());
    let mut struck = 0;
    while let Some((number, kind, result)) = runs.next().await {
        match result {
            Ok(Ran::Struck(outcome)) => {
                struck += 1;
                *outcomes.entry((kind, outcome)).or_default() += 1;
            }
            Ok(Ran::NotReached) => {}
            Err(failure) => failures.push(format!("request {number}, {kind}: {failure}")),
        }
    }
    report(what, struck, started.elapsed(), &outcomes);
    assert!(struck > 0, "nothing was struck");
    assert!(failures.is_empty(), "{} runs failed:\n{}", failures.len(), failures.join("\n"));
}

#[expect(clippy::print_stdout, reason = "what a run found is read by people")]
fn report(what: &str, struck: u64, took: Duration, outcomes: &BTreeMap<(&str, String), u64>) {
    println!("{what}: {struck} runs in {:.1} s", took.as_secs_f64());
    for ((kind, outcome), count) in outcomes {
        println!("  {kind}: {count} × {outcome}");
    }
}

fn said(panic: tokio::task::JoinError) -> String {
    match panic.try_into_panic() {
        Ok(said) => match said.downcast::<String>() {
            Ok(text) => *text,
            Err(said) => said.downcast_ref::<&str>().map_or("a panic", |text| text).to_owned(),
        },
        Err(error) => error.to_string(),
    }
}
