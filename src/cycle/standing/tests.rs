use std::time::Duration;

use azure_storage_file_share::ShareSnapshotId;
use time::macros::datetime;

use super::*;
use crate::state::{Exceeded, Held, Stopped};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A pair that was met a week ago, and may be two days behind.
#[derive(Clone, Default)]
struct Pair {
    row: PairRecord,
    cycle: Option<CycleRecord>,
    is_owned: bool,
    error: Option<CycleError>,
}

fn pair() -> Pair {
    let since = Some("2026-11-14T12:00:00Z".to_owned());
    Pair { row: PairRecord { since, ..PairRecord::new("docs", "id") }, ..Pair::default() }
}

impl Pair {
    /// Its newest recovery point was begun at this time, and complete two hours later.
    fn backed_up(mut self, at: &str) -> Self {
        let snapshot = |hour| ShareSnapshotId::from(format!("2026-11-{at}T{hour}:00:00.0000000Z").as_str());
        self.row.recovery_point = Some(LastPoint {
            cycle: "c1".to_owned(),
            source: snapshot("10"),
            target: snapshot("12"),
            at: format!("2026-11-{at}T12:00:00Z"),
            plain: false,
        });
        self.ended(Status::Succeeded, 0, None)
    }

    fn ended(mut self, status: Status, failed: u64, error: Option<CycleError>) -> Self {
        self.row.last_cycle = Some("c1".to_owned());
        self.row.outcome =
            Some(Outcome { status, at: "2026-11-21T11:00:00Z".to_owned(), error, failed, unverified: 0 });
        self
    }

    fn under_way(mut self, state: State) -> Self {
        let started_at = "2026-11-21T10:00:00Z".to_owned();
        self.cycle = Some(CycleRecord { state, ..CycleRecord::new("docs", "c2".to_owned(), started_at) });
        self
    }

    fn met(mut self, since: &str) -> Self {
        self.row.since = Some(since.to_owned());
        self
    }

    fn owned(self) -> Self {
        Self { is_owned: true, ..self }
    }

    fn stuck(mut self, code: &str) -> Self {
        let error = CycleError::new(code, "Listing x");
        self.cycle.as_mut().expect("a cycle is under way").error = Some(error);
        self
    }

    fn held(mut self) -> Self {
        self.row.held = Some(Held { since: "2026-11-21T09:00:00Z".to_owned() });
        self
    }

    /// It stands so, for this cause, and a person can do this.
    #[track_caller]
    fn stands(&self, standing: Standing, cause: &str, remedy: Option<&str>) {
        let known = Known {
            name: "docs",
            rpo: DAY * 2,
            row: &self.row,
            point: self.row.recovery_point.as_ref(),
            cycle: self.cycle.as_ref(),
            is_owned: self.is_owned,
            error: self.error.as_ref(),
        };
        let judged = judge(&known, NOW);
        assert_eq!(judged.standing, standing, "{judged:?}");
        assert!(judged.cause.contains(cause), "{judged:?}");
        assert_eq!(judged.remedy.is_some(), remedy.is_some(), "{judged:?}");
        let told = judged.remedy.as_deref().unwrap_or_default();
        assert!(told.contains(remedy.unwrap_or_default()), "{judged:?}");
    }
}

fn waiting() -> State {
    State::AwaitingApproval
}

fn copying() -> State {
    State::Planning { cursor: None }
}

#[test]
fn a_pair_is_new_until_its_first_cycle_begins_and_late_when_none_ends_in_time() {
    pair().met("2026-11-21T11:00:00Z").stands(Standing::New, "No cycle", None);
    Pair::default().stands(Standing::New, "No cycle", None);
    let first = pair().met("2026-11-21T10:00:00Z").under_way(copying());
    first.stands(Standing::Running, "Cycle c2 is under way since 2026-11-21T10:00:00Z (Planning)", None);
    pair().stands(
        Standing::Late,
        "no recovery point after 7 days, and 2 days are allowed",
        Some("backup-timer"),
    );
}

#[test]
fn a_recovery_point_that_does_not_prove_right_is_a_failure_however_new_it_is() {
    let mut pair = pair().backed_up("20").ended(Status::CompletedWithErrors, 2, None);
    pair.row.outcome.as_mut().expect("it ended").unverified = 2;
    pair.stands(Standing::Failing, "2 entries in it are not what", Some("names what differs"));
}

#[test]
fn the_age_of_a_recovery_point_is_that_of_its_data() {
    pair().backed_up("20").stands(Standing::Protected, "26 hours old", None);
    pair().backed_up("19").stands(Standing::Late, "2 days old, and 2 days are allowed", Some("backup-timer"));
    // the source share snapshot has this very age
    let point = pair().backed_up("20").row.recovery_point.expect("it was made");
    assert_eq!(age(&point, NOW), Some(Duration::from_secs(26 * 60 * 60)));
    assert_eq!(age(&point, datetime!(2026-11-19 12:00 UTC)), Some(Duration::ZERO));
}

#[test]
fn a_cycle_under_way_hides_neither_lateness_nor_failure() {
    let good = pair().backed_up("20").under_way(copying());
    good.stands(Standing::Running, "The newest recovery point is 26 hours old", None);
    let late = pair().backed_up("18").under_way(copying());
    late.clone().owned().stands(Standing::Late, "Cycle c2 is under way", Some("progress"));
    late.stands(Standing::Late, "Cycle c2 is under way", Some("resume-timer"));
    let error = CycleError::new("TargetTooSmall", "It needs 2 TiB");
    let failed = pair().backed_up("20").ended(Status::Failed, 0, Some(error)).under_way(copying());
    failed.stands(Standing::Failing, "Cycle c1 failed. TargetTooSmall: It needs 2 TiB", Some("quota"));
}

#[test]
fn what_failed_is_failing_until_a_cycle_succeeds_or_a_person_ends_one() {
    let failed = pair().backed_up("20").ended(Status::CompletedWithErrors, 3, None);
    failed.stands(Standing::Failing, "3 entries could not be backed up", Some("acknowledge"));
    let one = pair().backed_up("18").ended(Status::CompletedWithErrors, 1, None);
    one.stands(
        Standing::Failing,
        "1 entry could not be backed up, so cycle c1 made no recovery point. The",
        Some("docs/cycles/c1"),
    );
    for status in [Status::Succeeded, Status::Rejected, Status::Cancelled] {
        failed.clone().ended(status, 3, None).stands(Standing::Protected, "26 hours", None);
    }
}

#[test]
fn an_error_under_way_counts_once_nobody_tries_any_more() {
    let stuck = pair().backed_up("20").under_way(copying()).stuck("ShareNotFound");
    stuck.stands(Standing::Failing, "Cycle c2 could not go on. ShareNotFound: Listing x", Some("undelete"));
    stuck.owned().stands(Standing::Running, "under way", None);
    let unknown = pair().backed_up("20").under_way(copying()).stuck("Strange");
    unknown.stands(Standing::Failing, "Strange", Some("docs/operations.md"));
}

#[test]
fn whatever_waits_for_a_person_says_how_to_decide() {
    let held = pair().backed_up("20").held();
    held.stands(Standing::Held, "A person holds the pair since 2026-11-21T09:00:00Z", Some("release"));
    let mut waits = pair().backed_up("20").under_way(waiting());
    let cycle = waits.cycle.as_mut().expect("it is under way");
    cycle.target_entries = 1_000;
    cycle.stopped = Some(Stopped {
        digest: "d".to_owned(),
        exceeded: Vec::new(),
        deletes: 900,
        overwrites: 7,
        target_entries: 1_000,
        samples: Default::default(),
    });
    waits.stands(Standing::Held, "deletes 900 and overwrites 7 of 1000 entries", Some("approve"));
    let why =
        [Exceeded::MaxDeletes { limit: 8 }, Exceeded::TargetWasWritten { path: "b".to_owned(), cycle: None }];
    let stopped = waits.cycle.as_mut().and_then(|cycle| cycle.stopped.as_mut()).expect("it waits");
    stopped.exceeded = why.to_vec();
    waits.stands(Standing::Held, ". MaxDeletes: 8. TargetWasWritten (b): somebody wrote", Some("approve"));
    let late = pair().backed_up("18").under_way(waiting());
    late.stands(Standing::Late, "The plan of cycle c2 waits for approval", Some("approve"));
}

#[test]
fn what_cannot_be_read_is_a_failure() {
    let error = Some(CycleError::new(CycleError::UNREADABLE, "Row x has format 9"));
    Pair { error, ..pair().backed_up("20") }.stands(Standing::Failing, "format 9", Some("newer version"));
}

#[test]
fn every_standing_has_one_spelling() {
    for standing in Standing::ALL {
        assert_eq!(serde_json::json!(standing), standing.as_str());
    }
}

#[test]
fn times_are_told_as_people_tell_them() {
    let check = |seconds, expected: &str| assert_eq!(in_words(Duration::from_secs(seconds)), expected);
    check(0, "0 seconds");
    check(1, "1 second");
    check(119, "119 seconds");
    check(120, "2 minutes");
    check(3_600, "60 minutes");
    check(7_200, "2 hours");
    check(172_799, "47 hours");
    check(172_800, "2 days");
}
