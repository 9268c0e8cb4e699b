//! How a pair stands: one word, its cause, and what a person can do. Pure: what is stored and the time in, words out.
//!
//! It never flatters. What failed stays failing until a cycle succeeds or a person ends one; what is too old is late,
//! whatever is being done about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::remedy::remedy_of;
use super::report::Phase;
use super::snapshots::moment;
use crate::state::{CycleError, CycleRecord, LastPoint, Outcome, PairRecord, State, Status};

/// One word for a pair, the same in HTTP answers, on the dashboard and in telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// The last cycle made no recovery point, or the one under way cannot go on.
    Failing,
    /// The newest recovery point is older than it may be, or there is none after that time.
    Late,
    /// People work with its target, and nothing of it is backed up.
    FailedOver,
    /// It waits for a person.
    Held,
    /// A cycle is under way, and nothing is wrong.
    Running,
    /// There is no recovery point yet, and it is not late.
    New,
    Protected,
}

impl Standing {
    pub const ALL: [Self; 7] =
        [Self::Failing, Self::FailedOver, Self::Late, Self::Held, Self::Running, Self::New, Self::Protected];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "Failing",
            Self::FailedOver => "FailedOver",
            Self::Late => "Late",
            Self::Held => "Held",
            Self::Running => "Running",
            Self::New => "New",
            Self::Protected => "Protected",
        }
    }

    /// Whether the pair is without the protection that its settings promise, or soon will be.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failing | Self::FailedOver | Self::Late)
    }
}

/// A standing with its reasons. Public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    pub standing: Standing,
    pub cause: String,
    /// What a person can do; nothing where none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// How old the newest recovery point may get.
    pub rpo_seconds: u64,
    /// How old its data is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point_age_seconds: Option<u64>,
}

/// What is known of a pair.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub name: &'a str,
    pub rpo: Duration,
    pub row: &'a PairRecord,
    pub point: Option<&'a LastPoint>,
    /// Under way.
    pub cycle: Option<&'a CycleRecord>,
    /// Somebody works on it at this moment.
    pub is_owned: bool,
    /// What is stored and cannot be read.
    pub error: Option<&'a CycleError>,
}

/// Since when the data of a recovery point is that old.
pub fn age(point: &LastPoint, now: OffsetDateTime) -> Option<Duration> {
    let taken = moment(&point.source).or_else(|| OffsetDateTime::parse(&point.at, &Rfc3339).ok())?;
    Some((now - taken).try_into().unwrap_or(Duration::ZERO))
}

pub fn judge(known: &Known<'_>, now: OffsetDateTime) -> Judgement {
    let age = known.point.and_then(|point| age(point, now));
    let lateness = known.lateness(age, now);
    let (standing, cause, remedy) = if let Some((cause, remedy)) = known.failed_over() {
        (Standing::FailedOver, cause, Some(remedy))
    } else if let Some((cause, remedy)) = known.failure() {
        let cause = [Some(cause), lateness].into_iter().flatten().collect::<Vec<_>>().join(". ");
        (Standing::Failing, cause, Some(remedy))
    } else if let Some(lateness) = lateness {
        let (cause, remedy) = known.delay();
        (Standing::Late, format!("{lateness}. {cause}"), Some(remedy))
    } else if let Some((cause, remedy)) = known.waiting() {
        (Standing::Held, cause, Some(remedy))
    } else {
        let point = age.map(|age| format!("The newest recovery point is {} old", in_words(age)));
        match (known.under_way(), point) {
            (Some(cycle), point) => {
                let point = point.unwrap_or_else(|| "There is no recovery point yet".to_owned());
                (Standing::Running, format!("{cycle}. {point}"), None)
            }
            (None, Some(point)) => (Standing::Protected, point, None),
            (None, None) => (Standing::New, "No cycle of this pair has ended yet".to_owned(), None),
        }
    };
    let (rpo_seconds, recovery_point_age_seconds) = (known.rpo.as_secs(), age.map(|age| age.as_secs()));
    Judgement { standing, cause, remedy, rpo_seconds, recovery_point_age_seconds }
}

impl Known<'_> {
    /// Whatever else is the matter with it matters to nobody until it is over.
    fn failed_over(&self) -> Option<(String, String)> {
        let (name, failed_over) = (self.name, self.row.failed_over.as_ref()?);
        if failed_over.stopping {
            let cause = format!("The pair fails over since {}, and its cycle still stops", failed_over.since);
            return Some((
                cause,
                format!("POST /api/pairs/{name}/failover again, before anybody writes to the target"),
            ));
        }
        let cause = format!(
            "The pair is failed over since {}: people work with its target, and nothing of it is backed up",
            failed_over.since
        );
        let remedy = format!(
            "When the source is there again, POST /api/pairs/{name}/failback; GET there tells how far that is"
        );
        Some((cause, remedy))
    }

    fn failure(&self) -> Option<(String, String)> {
        if let Some(error) = self.error {
            return Some((error.to_string(), remedy_of(&error.code)));
        }
        // while somebody works on it, an error is of something that is tried again
        if let Some(cycle) = self.cycle.filter(|_| !self.is_owned)
            && let Some(error) = &cycle.error
        {
            let cause = format!("Cycle {} could not go on. {}", cycle.id, error);
            return Some((cause, remedy_of(&error.code)));
        }
        let last = self.row.last_cycle.as_deref().unwrap_or_default();
        match self.row.outcome.as_ref()? {
            Outcome { status: Status::Failed, error, .. } => {
                let why = error.as_ref().map(CycleError::to_string).unwrap_or_default();
                let remedy = remedy_of(error.as_ref().map_or("", |error| &error.code));
                Some((format!("Cycle {last} failed. {why}"), remedy))
            }
            Outcome { status: Status::CompletedWithErrors, unverified, .. } if *unverified > 0 => {
                let entries = if *unverified == 1 { "entry" } else { "entries" };
                let cause = format!(
                    "The recovery point of cycle {last} does not prove right: {unverified} {entries} in it are not what the \
                     source's share snapshot holds, or could not be read"
                );
                let remedy = format!(
                    "GET /api/pairs/{}/cycles/{last} names what differs. {}",
                    self.name,
                    remedy_of("VerifyFailed")
                );
                Some((cause, remedy))
            }
            Outcome { status: Status::CompletedWithErrors, failed, .. } => {
                let entries = if *failed == 1 { "entry" } else { "entries" };
                let cause = format!(
                    "{failed} {entries} could not be backed up, so cycle {last} made no recovery point"
                );
                let remedy = format!(
                    "GET /api/pairs/{}/cycles/{last} names what failed, and why. Mend that, exclude it, or decide \"acknowledge\"",
                    self.name
                );
                Some((cause, remedy))
            }
            _ => self.bad_point(),
        }
    }

    /// No cycle since made a better recovery point than one that does not prove right.
    fn bad_point(&self) -> Option<(String, String)> {
        let cycle = &self.point?.cycle;
        self.row.verification.failed.iter().find(|failed| failed.cycle == *cycle)?;
        let cause = format!("The newest recovery point, of cycle {cycle}, does not prove right");
        let remedy = format!(
            "GET /api/pairs/{}/cycles/{cycle} names what differs. {}",
            self.name,
            remedy_of("VerifyFailed")
        );
        Some((cause, remedy))
    }

    /// What is too old, if anything is.
    fn lateness(&self, age: Option<Duration>, now: OffsetDateTime) -> Option<String> {
        let allowed = in_words(self.rpo);
        if let Some(age) = age {
            let late =
                || format!("The newest recovery point is {} old, and {allowed} are allowed", in_words(age));
            return (age > self.rpo).then(late);
        }
        let since = OffsetDateTime::parse(self.row.since.as_deref()?, &Rfc3339).ok()?;
        let waited: Duration = (now - since).try_into().ok()?;
        let late =
            || format!("There is no recovery point after {}, and {allowed} are allowed", in_words(waited));
        (waited > self.rpo).then(late)
    }

    /// Why a late pair is late, when nothing failed.
    fn delay(&self) -> (String, String) {
        if let Some(waiting) = self.waiting() {
            return waiting;
        }
        let name = self.name;
        match self.under_way() {
            Some(cycle) if self.is_owned => {
                let remedy = format!(
                    "Nothing, as long as its progress at /api/pairs/{name} goes on. Where cycles always take this long, \
                     start them more often or raise rpoHours"
                );
                (cycle, remedy)
            }
            Some(cycle) => {
                let remedy = format!(
                    "Nobody works on it. See whether resume-timer is invoked, and whether that succeeds; POST \
                     /api/pairs/{name}/cycles goes on at once"
                );
                (cycle, remedy)
            }
            None => {
                let remedy = format!(
                    "See whether backup-timer is invoked, and whether that succeeds; POST /api/pairs/{name}/cycles \
                     starts a cycle at once"
                );
                ("No cycle is under way".to_owned(), remedy)
            }
        }
    }

    /// For a person.
    fn waiting(&self) -> Option<(String, String)> {
        let decisions = format!("POST /api/pairs/{}/decisions", self.name);
        if let Some(held) = &self.row.held {
            let remedy = format!("{decisions} with {{\"action\": \"release\"}}, once it may go on");
            return Some((format!("A person holds the pair since {}", held.since), remedy));
        }
        let cycle = self.cycle.filter(|cycle| cycle.state == State::AwaitingApproval)?;
        let stopped = cycle.stopped.as_ref();
        let (deletes, overwrites) = stopped.map_or((0, 0), |stopped| (stopped.deletes, stopped.overwrites));
        let why: String =
            stopped.iter().flat_map(|stopped| &stopped.exceeded).map(|why| format!(". {why}")).collect();
        let cause = format!(
            "The plan of cycle {} waits for approval: it deletes {deletes} and overwrites {overwrites} of {} entries in \
             the target{why}",
            cycle.id, cycle.target_entries
        );
        let remedy = format!(
            "Look at /api/pairs/{}/cycles/{}/plan, then {decisions} with action \"approve\" and its digest, or \"reject\"",
            self.name, cycle.id
        );
        Some((cause, remedy))
    }

    fn under_way(&self) -> Option<String> {
        match self.cycle {
            Some(cycle) => Some(format!(
                "Cycle {} is under way since {} ({:?})",
                cycle.id,
                cycle.started_at,
                Phase::from(&cycle.state)
            )),
            None => self.is_owned.then(|| "A cycle begins".to_owned()),
        }
    }
}

/// How long ago that was; `iso` is in ISO 8601.
pub fn since(iso: &str) -> Option<Duration> {
    let at = OffsetDateTime::parse(iso, &Rfc3339).ok()?;
    Some((OffsetDateTime::now_utc() - at).try_into().unwrap_or(Duration::ZERO))
}

/// As people say it, rounded down.
pub fn in_words(time: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / MINUTE, "minute"),
        7_200..172_800 => (seconds / HOUR, "hour"),
        _ => (seconds / (24 * HOUR), "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests;
