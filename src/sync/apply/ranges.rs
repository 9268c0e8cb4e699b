//! The ranges of one file: which are put or cleared, in what order, and how the bytes of one travel.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_storage_file_share::{
    CopySource, LastWrite, MAX_RANGE_BYTES, RangeChange, RangeWritten, SasPermissions, ShareFileClient,
};
use futures::{StreamExt, stream};
use time::{Duration, OffsetDateTime};

use super::CopyMode;
use super::create::Begun;
use super::pass::Pass;
use super::sight::changed;
use crate::sync::compare::sentinel;
use crate::sync::failure::{CopyRefusal, Result, SyncError, copy_refusal};

/// What one request copies.
const RANGE: u64 = MAX_RANGE_BYTES;
/// Ranges of one file at once, as far as the service keeps up.
const RANGES_OF_A_FILE: usize = 64;
/// Files of more than this many ranges have a cursor.
const WITHOUT_CURSOR: u64 = 4;
/// How long the source's SAS is good: longer than the last of all that wait for their turn can wait under the least limit
/// that a person may set.
const SAS_HOURS: i64 = 12;

impl Pass<'_> {
    /// Copies the allocated ranges; a file of one range is not asked for them. A file of many has a cursor, and
    /// stops between two of them.
    pub(super) async fn copy_ranges(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        size: u64,
        begun: Begun,
    ) -> Result<()> {
        let whole = std::iter::once(0..size);
        let allocated: Vec<_> =
            if size <= RANGE { whole.collect() } else { from.list_ranges().await?.ranges };
        let has_cursor = size > WITHOUT_CURSOR * RANGE;
        let reached = |end| {
            if has_cursor {
                self.progress.reached(from.path(), begun.id, end);
            }
        };
        let rest = without(&allocated, std::slice::from_ref(&(0..begun.start)));
        self.put_ranges(from, to, written(rest), has_cursor, reached).await?;
        if begun.is_doubtful {
            self.settled().await;
            let there = to.list_ranges().await?.ranges;
            let rest = without(&allocated, &there);
            self.put_ranges(from, to, written(rest), has_cursor, |_| {}).await?;
        }
        Ok(())
    }

    /// Puts and clears ranges side by side; `reached` is told up to where all of them are there. After a failure those that
    /// run are finished: none is dropped on its way.
    pub(super) async fn put_ranges(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        changes: impl IntoIterator<Item = RangeChange>,
        stops: bool,
        reached: impl Fn(u64),
    ) -> Result<()> {
        let front = &Front::default();
        let failed = AtomicBool::new(false);
        let begin = |change: RangeChange| {
            front.begin(change.range());
            async move {
                let _turn = self.turn().await;
                if stops && !self.goes_on() {
                    return Err(SyncError::Stopped);
                }
                match &change {
                    RangeChange::Written(range) => self.copy_range(from, to, range.clone()).await?,
                    RangeChange::Cleared(range) => clear(to, range).await?,
                }
                Ok(front.land(change.range()))
            }
        };
        let pieces = changes.into_iter().flat_map(pieces).take_while(|_| !failed.load(Ordering::Relaxed));
        let mut running = stream::iter(pieces).map(begin).buffer_unordered(RANGES_OF_A_FILE);
        let mut first = None;
        while let Some(landed) = running.next().await {
            match landed {
                Ok(end) => reached(end),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    first.get_or_insert(error);
                }
            }
        }
        first.map_or(Ok(()), Err)
    }

    async fn copy_range(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        range: Range<u64>,
    ) -> Result<()> {
        if self.mode == CopyMode::Streamed || self.mode == CopyMode::Auto && self.copy_is_refused(from) {
            return self.stream_range(from, to, range).await;
        }
        let (mut fresh, mut patient) = (true, true);
        loop {
            let (source, expires_on) = self.copy_source(from);
            if self.mode == CopyMode::Auto && !source.is_usable() {
                return self.stream_range(from, to, range).await;
            }
            let length = range.end - range.start;
            let put = to.put_range_from_url(&source, range.start, range.start, length, LastWrite::Preserve);
            let error = match put.await {
                Ok(written) => return untouched(written),
                Err(error) => error,
            };
            match copy_refusal(&error) {
                Some(CopyRefusal::Credential) if fresh => fresh = false,
                // it waited for so long that it tells nothing of the two accounts
                Some(CopyRefusal::Credential) if OffsetDateTime::now_utc() >= expires_on => {}
                Some(refusal) if self.mode == CopyMode::Auto => {
                    if refusal != CopyRefusal::Busy {
                        self.remember_refusal(from, &error);
                    }
                    return self.stream_range(from, to, range).await;
                }
                // a share that has no time for us either ends the pass
                Some(CopyRefusal::Busy) if patient => {
                    patient = false;
                    from.get_properties().await?;
                }
                _ => return Err(error.into()),
            }
        }
    }

    async fn stream_range(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        range: Range<u64>,
    ) -> Result<()> {
        let _room = self.room(range.end - range.start).await;
        let downloaded = from.get(Some(range.clone())).await?;
        untouched(to.put_range(range.start, downloaded.bytes, LastWrite::Preserve).await?)
    }

    /// Where the target's service reads the file, and how long it is good for that.
    fn copy_source(&self, from: &ShareFileClient) -> (CopySource, OffsetDateTime) {
        let expires_on = OffsetDateTime::now_utc() + Duration::hours(SAS_HOURS);
        let sas = from.generate_sas(SasPermissions::READ, expires_on);
        (from.copy_source(sas.as_ref()), expires_on)
    }

    fn copy_is_refused(&self, from: &ShareFileClient) -> bool {
        self.refused(from).0.load(Ordering::Relaxed)
    }

    fn remember_refusal(&self, from: &ShareFileClient, error: &azure_storage::Error) {
        let (is_refused, side) = self.refused(from);
        if !is_refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                share.name = self.shares.target.name(),
                error = %error,
                "The service refuses server-side copies from the {side}; bytes now pass through this app"
            );
        }
    }

    /// Whether copies from a file's share were refused: what holds of one share tells nothing of the other.
    fn refused(&self, from: &ShareFileClient) -> (&AtomicBool, &'static str) {
        match &self.shares.staging {
            Some(staging) if staging.has(from) => (&staging.copy_refused, "staging share"),
            _ => (&self.shares.copy_refused, "source account"),
        }
    }
}

/// Up to where everything is put, while ranges end in another order than they began.
#[derive(Debug, Default)]
struct Front(Mutex<(BTreeSet<u64>, u64)>);

impl Front {
    fn begin(&self, range: &Range<u64>) {
        let mut front = self.0.lock().expect("no panic while the front is held");
        front.0.insert(range.start);
        front.1 = range.end;
    }

    /// The end of what is put without a gap.
    fn land(&self, range: &Range<u64>) -> u64 {
        let mut front = self.0.lock().expect("no panic while the front is held");
        front.0.remove(&range.start);
        front.0.first().copied().unwrap_or(front.1)
    }
}

async fn clear(to: &ShareFileClient, range: &Range<u64>) -> Result<()> {
    untouched(to.clear_range(range.start, range.end - range.start, LastWrite::Preserve).await?)
}

/// A file that is being filled has the sentinel. Whoever else writes to it moves its time, unless he sets it back.
fn untouched(written: RangeWritten) -> Result<()> {
    if written.last_write_time.is_none_or(|time| time == sentinel()) { Ok(()) } else { Err(changed()) }
}

pub(super) fn written(ranges: Vec<Range<u64>>) -> impl Iterator<Item = RangeChange> {
    ranges.into_iter().map(RangeChange::Written)
}

/// What one request takes. A cleared range may be as long as the file.
fn pieces(change: RangeChange) -> impl Iterator<Item = RangeChange> {
    let (range, step) = match &change {
        RangeChange::Written(range) => (range.clone(), RANGE),
        RangeChange::Cleared(range) => (range.clone(), range.end - range.start),
    };
    range.clone().step_by(step.max(1) as usize).map(move |start| {
        let piece = start..range.end.min(start + step);
        match change {
            RangeChange::Written(_) => RangeChange::Written(piece),
            RangeChange::Cleared(_) => RangeChange::Cleared(piece),
        }
    })
}

/// What of `wanted` is not in `there`; both ascend.
pub(super) fn without(wanted: &[Range<u64>], there: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut missing = Vec::new();
    for range in wanted {
        let mut start = range.start;
        let first = there.partition_point(|there| there.end <= start);
        for there in there[first..].iter().take_while(|there| there.start < range.end) {
            if start < there.start {
                missing.push(start..there.start);
            }
            start = start.max(there.end);
        }
        if start < range.end {
            missing.push(start..range.end);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::super::{ENTRIES, TURNS};
    use super::*;
    use crate::config::LEAST_BYTES;
    use crate::sync::item::SMALL;

    #[test]
    fn ranges_are_cut_into_what_one_request_takes() {
        let long = 512..512 + 2 * RANGE + 1;
        let cut = [512..512 + RANGE, 512 + RANGE..512 + 2 * RANGE, 512 + 2 * RANGE..513 + 2 * RANGE];
        assert!(pieces(RangeChange::Written(long.clone())).eq(written(cut.into())));
        let cleared = RangeChange::Cleared(long);
        assert!(pieces(cleared.clone()).eq([cleared]));
        assert_eq!(pieces(RangeChange::Written(7..7)).count(), 0);
    }

    #[test]
    fn what_is_missing_is_what_was_wanted_and_is_not_there() {
        let check = |wanted: &[(u64, u64)], there: &[(u64, u64)], missing: &[(u64, u64)]| {
            let ranges =
                |pairs: &[(u64, u64)]| pairs.iter().map(|(start, end)| *start..*end).collect::<Vec<_>>();
            assert_eq!(without(&ranges(wanted), &ranges(there)), ranges(missing));
        };
        check(&[(0, 10), (20, 30)], &[], &[(0, 10), (20, 30)]);
        check(&[(0, 10), (20, 30)], &[(0, 40)], &[]);
        check(&[(0, 10), (20, 30)], &[(0, 5), (7, 8), (9, 25)], &[(5, 7), (8, 9), (25, 30)]);
        check(&[(4, 6)], &[(0, 1), (8, 9)], &[(4, 6)]);
        check(&[(0, 10)], &[(0, 0)], &[(0, 10)]);
    }

    #[test]
    fn a_sas_outlives_every_wait_for_a_turn() {
        let before_it = (TURNS as u64 + ENTRIES as u64 * SMALL / RANGE) * RANGE;
        let hours = before_it / LEAST_BYTES / 3_600;
        assert!((hours as i64) < SAS_HOURS / 2, "{hours} hours");
    }

    #[test]
    fn the_front_moves_only_over_what_is_put() {
        let front = Front::default();
        let ranges = [0..4, 4..8, 100..104];
        ranges.iter().for_each(|range| front.begin(range));
        assert_eq!(front.land(&ranges[1]), 0);
        assert_eq!(front.land(&ranges[0]), 100);
        assert_eq!(front.land(&ranges[2]), 104);
    }
}
