//! What a run cost, and what several runs say together.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::control::Counters;
use super::field::SOURCE;
use super::usage::Usage;

const LIST: &str = "List Directories and Files";

/// One run of either side; counts are the emulator's and the proxy's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    pub(super) requests: u64,
    pub(super) lists: u64,
    pub(super) operations: BTreeMap<String, u64>,
    /// File data written, by whomever.
    pub(super) bytes: u64,
    /// File data that passed the program which copies: what it read, and what it sent.
    pub(super) bytes_through: u64,
    /// File data read in the source account, by whomever.
    pub(super) source_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table_requests: Option<u64>,
    pub(super) wall_ms: f64,
    pub(super) cpu_ms: f64,
    pub(super) peak_rss_mib: f64,
    pub(super) emulator_cpu_ms: f64,
}

impl Figures {
    pub(super) fn new(counters: &Counters, wall: Duration, usage: Usage, emulator: Duration) -> Self {
        let mut operations = BTreeMap::<String, u64>::new();
        for (operation, count) in counters.requests.values().flatten() {
            *operations.entry(operation.clone()).or_default() += count;
        }
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let moved = |by: &[&str]| -> u64 {
            let all = counters.bytes.values().flatten();
            all.filter(|(operation, _)| by.contains(&operation.as_str())).map(|(_, bytes)| bytes).sum()
        };
        Self {
            requests: operations.values().sum(),
            lists: operations.get(LIST).copied().unwrap_or_default(),
            operations,
            bytes: moved(&["Create File", "Put Range", "Put Range From URL"]),
            bytes_through: moved(&["Create File", "Put Range", "Get File"]),
            source_bytes: read(counters, SOURCE),
            table_requests: None,
            wall_ms: ms(wall),
            cpu_ms: ms(usage.cpu),
            peak_rss_mib: usage.peak_rss_kib as f64 / 1024.0,
            emulator_cpu_ms: ms(emulator),
        }
    }

    pub(super) fn of(&self, operation: &str) -> u64 {
        self.operations.get(operation).copied().unwrap_or_default()
    }

    /// Counts of the run that sent most, so that no request is averaged away; medians of what the machine has a part in.
    pub(super) fn together(runs: &[Self]) -> Option<Self> {
        let most = runs.iter().max_by_key(|run| run.requests)?;
        let middle = |of: fn(&Self) -> f64| median(runs.iter().map(of));
        Some(Self {
            table_requests: runs.iter().filter_map(|run| run.table_requests).max(),
            wall_ms: middle(|run| run.wall_ms),
            cpu_ms: middle(|run| run.cpu_ms),
            peak_rss_mib: middle(|run| run.peak_rss_mib),
            emulator_cpu_ms: middle(|run| run.emulator_cpu_ms),
            ..most.clone()
        })
    }
}

fn read(counters: &Counters, account: &str) -> u64 {
    let got = counters.bytes.get(account).and_then(|operations| operations.get("Get File"));
    got.copied().unwrap_or_default() + counters.fetched.get(account).copied().unwrap_or_default()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, lists, wall_ms, cpu_ms, peak_rss_mib, .. } = self;
        write!(f, "{requests} requests, {lists} of them lists, in {wall_ms:.0} ms; ")?;
        write!(f, "{cpu_ms:.0} ms of processor, {peak_rss_mib:.0} MiB")
    }
}

/// Of an even number the upper of the two in the middle.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How far a run is from what was promised: at least 1 is good.
#[derive(Clone, Debug, Default)]
pub(super) struct Ratios(BTreeMap<&'static str, f64>);

impl Ratios {
    pub(super) fn at_most(&mut self, name: &'static str, value: f64, most: f64) {
        // Nothing at all is good, also where nothing is allowed.
        self.0.insert(name, if value <= 0.0 { 1.0 } else { most / value });
    }

    pub(super) fn at_least(&mut self, name: &'static str, value: f64, least: f64) {
        self.0.insert(name, value / least);
    }

    pub(super) fn into_map(self) -> BTreeMap<&'static str, f64> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(requests: u64, wall_ms: f64) -> Figures {
        let requests = BTreeMap::from([("one".to_owned(), BTreeMap::from([(LIST.to_owned(), requests)]))]);
        let wall = Duration::from_secs_f64(wall_ms / 1e3);
        Figures::new(&Counters { requests, ..Counters::default() }, wall, Usage::default(), Duration::ZERO)
    }

    #[test]
    fn several_runs_say_their_most_requests_and_their_median_time() {
        let runs = [run(7, 30.0), run(9, 10.0), run(8, 20.0)];
        let together = Figures::together(&runs).expect("three runs");
        assert_eq!((together.requests, together.lists, together.wall_ms), (9, 9, 20.0));
        assert!(Figures::together(&[]).is_none());
    }

    #[test]
    fn what_is_read_in_the_source_is_counted_whoever_reads_it() {
        let of = |operation: &str, bytes| BTreeMap::from([(operation.to_owned(), bytes)]);
        let bytes = [(SOURCE.to_owned(), of("Get File", 3)), ("other".to_owned(), of("Get File", 5))];
        let fetched = BTreeMap::from([(SOURCE.to_owned(), 7), ("other".to_owned(), 11)]);
        let counters = Counters { bytes: bytes.into(), fetched, ..Counters::default() };
        let figures = Figures::new(&counters, Duration::ZERO, Usage::default(), Duration::ZERO);
        assert_eq!(figures.source_bytes, 10);
    }

    #[test]
    fn a_ratio_is_one_where_the_limit_is_just_kept() {
        let mut ratios = Ratios::default();
        ratios.at_most("requests", 10.0, 10.0);
        ratios.at_most("bytes", 0.0, 0.0);
        ratios.at_most("more bytes", 1.0, 0.0);
        ratios.at_least("wall", 50.0, 25.0);
        let expected = [("bytes", 1.0), ("more bytes", 0.0), ("requests", 1.0), ("wall", 2.0)];
        assert_eq!(ratios.into_map().into_iter().collect::<Vec<_>>(), expected);
    }
}
