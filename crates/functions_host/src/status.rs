//! What the host remembers of a timer between its runs, and what that means at the next start.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::schedule::Schedule;
use crate::timer::{ScheduleStatus, stamp};

/// How older and newer hosts write "never".
const NEVER: &str = "0001-01-01T00:00:00+00:00";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Status {
    /// The start of the last run.
    last: Option<OffsetDateTime>,
    /// The tick that is due after it.
    pub(crate) next: OffsetDateTime,
    last_updated: OffsetDateTime,
}

impl Status {
    pub(crate) fn after_run(started: OffsetDateTime, next: OffsetDateTime) -> Status {
        Status { last: Some(started), next, last_updated: started }
    }

    /// What holds when a host begins to listen. Without a record the first tick is noted at once: a first run
    /// that dies with its host is missed like any other. A record of another schedule is never past due.
    pub(crate) fn at_start(
        recorded: Option<Status>,
        schedule: &Schedule,
        now: OffsetDateTime,
    ) -> anyhow::Result<Status> {
        let Some(recorded) = recorded else {
            return Ok(Status { last: None, next: schedule.next_after(now)?, last_updated: now });
        };
        let since = recorded.last.unwrap_or(recorded.last_updated);
        let expected = schedule.next_after(since)?;
        if recorded.next == expected {
            return Ok(recorded);
        }
        let next = if now > expected { schedule.next_after(now)? } else { expected };
        Ok(Status { last: None, next, last_updated: since })
    }

    pub(crate) fn is_past_due(&self, now: OffsetDateTime) -> bool {
        now > self.next
    }

    /// As an envelope shows it.
    pub(crate) fn shown(&self) -> ScheduleStatus {
        ScheduleStatus {
            last: self.last.map_or_else(|| NEVER.to_string(), stamp),
            next: stamp(self.next),
            last_updated: stamp(self.last_updated),
        }
    }
}

/// Where the status of one timer is kept.
#[derive(Debug)]
pub(crate) enum Record {
    /// `useMonitor` is off.
    Nowhere,
    /// As long as the host lives.
    Memory(Mutex<Option<Status>>),
    /// In the host's storage, where the next host finds it.
    File(PathBuf),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    last: String,
    next: String,
    last_updated: String,
}

impl Record {
    pub(crate) fn load(&self) -> anyhow::Result<Option<Status>> {
        match self {
            Record::Nowhere => Ok(None),
            Record::Memory(status) => {
                Ok(status.lock().expect("nobody panics while holding a status").clone())
            }
            Record::File(path) => match fs::read(path) {
                Ok(bytes) => read(&bytes)
                    .with_context(|| format!("Reading the timer status {}", path.display()))
                    .map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => {
                    Err(error).with_context(|| format!("Reading the timer status {}", path.display()))
                }
            },
        }
    }

    pub(crate) fn save(&self, status: &Status) -> anyhow::Result<()> {
        match self {
            Record::Nowhere => Ok(()),
            Record::Memory(kept) => {
                *kept.lock().expect("nobody panics while holding a status") = Some(status.clone());
                Ok(())
            }
            Record::File(path) => {
                write(path, status).with_context(|| format!("Writing the timer status {}", path.display()))
            }
        }
    }
}

fn read(bytes: &[u8]) -> anyhow::Result<Status> {
    let written: Written = serde_json::from_slice(bytes)?;
    let instant = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
    let last = if written.last == NEVER { None } else { Some(instant(&written.last)?) };
    Ok(Status { last, next: instant(&written.next)?, last_updated: instant(&written.last_updated)? })
}

/// At once or not at all: a host can be killed while it writes.
fn write(path: &PathBuf, status: &Status) -> anyhow::Result<()> {
    let ScheduleStatus { last, next, last_updated } = status.shown();
    let text = serde_json::to_string(&Written { last, next, last_updated })?;
    let folder = path.parent().context("A status lies in a folder")?;
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, text)?;
    Ok(fs::rename(&unfinished, path)?)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const LAST: OffsetDateTime = datetime!(2026-03-01 03:00:00.0123456 UTC);
    const NEXT: OffsetDateTime = datetime!(2026-03-01 04:00 UTC);
    const LATER: OffsetDateTime = datetime!(2026-03-01 06:30 UTC);

    fn at_start(recorded: Option<Status>, schedule: &str, now: OffsetDateTime) -> Status {
        let schedule = Schedule::parse(schedule).expect("schedule is legal");
        Status::at_start(recorded, &schedule, now).expect("schedule fires")
    }

    #[test]
    fn a_tick_that_passed_without_a_run_is_past_due() {
        let recorded = Status::after_run(LAST, NEXT);
        let status = at_start(Some(recorded.clone()), "0 0 * * * *", LATER);
        assert_eq!(status, recorded);
        assert!(status.is_past_due(LATER));
        assert!(!status.is_past_due(NEXT), "the tick itself is on time");
    }

    #[test]
    fn the_first_tick_is_noted_before_any_run() {
        let first = at_start(None, "0 0 * * * *", LAST);
        assert_eq!((first.last, first.next), (None, NEXT));
        assert!(at_start(Some(first), "0 0 * * * *", LATER).is_past_due(LATER));
    }

    #[test]
    fn a_changed_schedule_begins_anew() {
        let status = at_start(Some(Status::after_run(LAST, NEXT)), "0 15 * * * *", LATER);
        assert_eq!((status.last, status.next), (None, datetime!(2026-03-01 07:15 UTC)));
        assert!(!status.is_past_due(LATER));
        let soon = datetime!(2026-03-01 03:05 UTC);
        let status = at_start(Some(Status::after_run(LAST, NEXT)), "0 15 * * * *", soon);
        assert_eq!(status.next, datetime!(2026-03-01 03:15 UTC), "counted from the last run");
        assert_eq!(at_start(Some(status.clone()), "0 15 * * * *", LATER), status, "and then it stands");
    }

    #[test]
    fn a_status_outlives_its_host() {
        let folder = tempfile::tempdir().expect("folder");
        let record = || Record::File(folder.path().join("timers/backup-timer/status"));
        assert_eq!(record().load().expect("nothing is there"), None);
        for status in [at_start(None, "0 0 * * * *", LAST), Status::after_run(LAST, NEXT)] {
            record().save(&status).expect("written");
            assert_eq!(record().load().expect("read"), Some(status));
        }
    }

    #[test]
    fn a_broken_status_is_an_error() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("status");
        for text in ["", "{}", r#"{"Last":"a","Next":"b","LastUpdated":"c"}"#] {
            fs::write(&path, text).expect("written");
            assert!(Record::File(path.clone()).load().is_err(), "{text}");
        }
    }
}
