//! Exchanges whose answers depend on what a missing exchange did, where no answer tells what that was.

use crate::change::CONTENT;
use crate::describe::ranges_named;
use crate::exchange::Exchange;
use crate::rules::Rule;
use crate::stage::{Stage, ends_of};
use crate::target::{Place, Target};

const DIGESTS_OF_SOURCE: [&str; 4] = [
    "x-ms-source-content-crc64",
    "x-ms-source-content-md5",
    "x-ms-source-if-match-crc64",
    "x-ms-source-if-none-match-crc64",
];

impl Stage<'_> {
    pub(crate) fn rule_of_gap(&self, index: usize, exchange: &Exchange) -> Option<Rule> {
        let rules = [
            (Rule::ContentNotKept, self.names_lost_content(index, exchange)),
            (Rule::StateNotKept, self.compares_lost_ranges(index, exchange)),
        ];
        rules.into_iter().find(|(_, applies)| *applies).map(|(rule, _)| rule)
    }

    /// It names a digest of bytes that no replayed request has written.
    fn names_lost_content(&self, index: usize, exchange: &Exchange) -> bool {
        let digests: Vec<&str> = DIGESTS_OF_SOURCE.iter().filter_map(|name| exchange.header(name)).collect();
        let source = exchange.header("x-ms-copy-source").and_then(Target::of_url);
        let Some(source) = source.filter(|_| !digests.is_empty()).map(|source| source.place()) else {
            return false;
        };
        let last = self.decided.get(&(source.clone(), CONTENT));
        self.is_open(last, index)
            || self.unwritten.contains(&source)
            || self.unknown.contains(&source) && digests.iter().any(|digest| !self.names.knows(digest))
    }

    /// It compares ranges with those of a share snapshot, and shows what no recorded request did to the file, or the
    /// file was not made by one.
    fn compares_lost_ranges(&self, index: usize, exchange: &Exchange) -> bool {
        let Some(snapshot) = exchange.request.target.parameter("prevsharesnapshot") else { return false };
        if !self.names.knows(snapshot) {
            return exchange.succeeded();
        }
        let Some(writes) = self.writes(&exchange.request.target.place(), index) else { return true };
        let taken = self.steps[..index]
            .iter()
            .position(|step| step.exchange.response.header("x-ms-snapshot") == Some(snapshot));
        let Some(taken) = taken else { return true };
        let last = |range| last_of(&writes, range).filter(|write| write.at > taken);
        let is_written = |range| last(range).is_some_and(|write| !write.clears);
        let is_cleared = |range| {
            let Some(clear) = last(range).filter(|write| write.clears) else { return false };
            let before = &writes[..writes.partition_point(|write| write.at < clear.at)];
            last_of(before, range).is_some_and(|write| !write.clears)
        };
        let shown = &exchange.response;
        !(ranges_named(shown, "Range").into_iter().all(is_written)
            && ranges_named(shown, "ClearRange").into_iter().all(is_cleared))
    }

    /// What recorded requests did to the ranges of a file, also under earlier names; nothing if none made the file.
    fn writes(&self, place: &Place, index: usize) -> Option<Vec<Write>> {
        let mut place = place.clone();
        let mut writes = Vec::new();
        for at in (0..index).rev().filter(|at| !self.skipped.contains(at)) {
            let exchange = &self.steps[at].exchange;
            let target = &exchange.request.target;
            if !exchange.succeeded() || exchange.request.method != "PUT" || target.place() != place {
                continue;
            }
            match target.parameter("comp") {
                None => {
                    writes.reverse();
                    return Some(writes);
                }
                Some("rename") => {
                    let source = self.renamed_from.get(&at).cloned();
                    place = source?;
                }
                Some("range") => {
                    let clears =
                        exchange.header("x-ms-write").is_some_and(|kind| kind.eq_ignore_ascii_case("clear"));
                    let (start, end) = exchange.header("x-ms-range").and_then(ends_of)?;
                    writes.push(Write { at, range: (start, end.saturating_add(1)), clears });
                }
                Some(_) => {}
            }
        }
        None
    }
}

struct Write {
    at: usize,
    range: (u64, u64),
    clears: bool,
}

/// The last one of a range, if it is about all of it.
fn last_of(writes: &[Write], (start, end): (u64, u64)) -> Option<&Write> {
    let last = writes.iter().rev().find(|write| write.range.0 < end && start < write.range.1)?;
    (last.range.0 <= start && end <= last.range.1).then_some(last)
}
