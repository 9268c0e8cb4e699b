//! Timers that fire by themselves: no overlap, one catch-up run, status written after the run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, bail};
use time::OffsetDateTime;

use crate::expand::expand;
use crate::function_json::TimerTrigger;
use crate::host::Host;
use crate::invocation::Invocation;
use crate::launch::setting;
use crate::retry::RetryPolicy;
use crate::schedule::Schedule;
use crate::status::{Record, Status};
use crate::timer::{Retry, ScheduleStatus, TimerVariant};

/// What the host knows about one timer function.
#[derive(Debug)]
pub(crate) struct TimerState {
    /// The indexing error of the function when there is none.
    pub(crate) schedule: Result<Schedule, String>,
    record: Record,
    listener: tokio::sync::Mutex<()>,
}

/// A run to come.
#[derive(Debug, PartialEq)]
struct Due {
    at: OffsetDateTime,
    is_past_due: bool,
}

impl TimerState {
    /// `file` is where the status outlives the host.
    pub(crate) fn index(
        trigger: &TimerTrigger,
        settings: &BTreeMap<String, String>,
        file: Option<PathBuf>,
        now: OffsetDateTime,
    ) -> TimerState {
        let text = expand(&trigger.schedule, |name| setting(settings, name));
        let schedule = Schedule::parse(&text)
            .and_then(|schedule| Ok((schedule.is_faster_than_a_minute(now)?, schedule)));
        let is_monitored = trigger.uses_monitor && schedule.as_ref().is_ok_and(|(is_fast, _)| !is_fast);
        let record = match file {
            _ if !is_monitored => Record::Nowhere,
            None => Record::Memory(Mutex::default()),
            Some(file) => Record::File(file),
        };
        TimerState {
            schedule: schedule.map(|(_, schedule)| schedule).map_err(|error| format!("{error:#}")),
            record,
            listener: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn schedule(&self) -> anyhow::Result<&Schedule> {
        self.schedule.as_ref().map_err(|mistake| anyhow::Error::msg(mistake.clone()))
    }

    pub(crate) fn status(&self) -> anyhow::Result<Option<ScheduleStatus>> {
        Ok(self.record.load()?.map(|status| status.shown()))
    }

    /// A missed tick comes first, then `runOnStartup`, then the schedule.
    fn first(&self, runs_on_startup: bool, now: OffsetDateTime) -> anyhow::Result<Due> {
        let schedule = self.schedule()?;
        if let Record::Nowhere = self.record {
            let at = if runs_on_startup { now } else { schedule.next_after(now)? };
            return Ok(Due { at, is_past_due: false });
        }
        let status = Status::at_start(self.record.load()?, schedule, now)?;
        self.record.save(&status)?;
        let is_past_due = status.is_past_due(now);
        Ok(Due { at: if is_past_due || runs_on_startup { now } else { status.next }, is_past_due })
    }

    /// What follows a run, also a failed one. A tick that has passed already is caught up at once; of several
    /// only the first is, because the catch-up run starts after all of them.
    fn following(&self, due: &Due, started: OffsetDateTime) -> anyhow::Result<Due> {
        // A run that began a moment before its tick would otherwise meet the same tick again.
        let started = started.max(due.at);
        let next = self.schedule()?.next_after(started)?;
        self.record.save(&Status::after_run(started, next))?;
        Ok(Due { at: next, is_past_due: false })
    }
}

impl Host {
    /// Listens to the schedule of a timer function and reports every attempt at a run, until the future is
    /// dropped or the host is down. What was missed while nobody listened is run first, once.
    pub async fn run_schedule(
        &self,
        function: &str,
        mut report: impl FnMut(Invocation),
    ) -> anyhow::Result<Infallible> {
        let (trigger, timer) = self.deliveries.timer(function).map_err(anyhow::Error::msg)?;
        let _singleton =
            timer.listener.try_lock().with_context(|| format!("Schedule of {function} runs already"))?;
        let clock = &self.deliveries.clock;
        let mut due = timer.first(trigger.runs_on_startup, clock.now())?;
        loop {
            clock.sleep_until(due.at).await;
            let started = clock.now();
            let last = self.attempts(function, due.is_past_due, trigger.retry.as_ref(), &mut report).await;
            due = timer.following(&due, started)?;
            report(last);
            if self.deliveries.is_down() {
                bail!("Host is down; schedule of {function} has ended");
            }
        }
    }

    /// One run with its retries. All attempts but the last are reported here.
    async fn attempts(
        &self,
        function: &str,
        is_past_due: bool,
        policy: Option<&RetryPolicy>,
        report: &mut impl FnMut(Invocation),
    ) -> Invocation {
        let mut count = 0;
        loop {
            let retry = policy.map(|policy| Retry { count, maximum: policy.maximum });
            let variant = TimerVariant { is_past_due, retry, ..TimerVariant::default() };
            let invocation = self.deliveries.fire_timer(function, &variant).await;
            let pause = policy.and_then(|policy| policy.pause(count));
            match pause.filter(|_| !invocation.outcome.is_success() && !self.deliveries.is_down()) {
                Some(pause) => {
                    report(invocation);
                    self.deliveries.clock.sleep(pause).await;
                    count += 1;
                }
                None => return invocation,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const THREE: OffsetDateTime = datetime!(2026-03-01 03:00 UTC);
    const FIVE_PAST: OffsetDateTime = datetime!(2026-03-01 03:05 UTC);

    fn timer(schedule: &str, file: Option<PathBuf>) -> TimerState {
        let trigger = TimerTrigger {
            binding: "timer".to_string(),
            schedule: schedule.to_string(),
            runs_on_startup: false,
            uses_monitor: true,
            retry: None,
        };
        let settings = BTreeMap::from([("EVERY".to_string(), "0 */5 * * * *".to_string())]);
        TimerState::index(&trigger, &settings, file, THREE)
    }

    fn due(at: OffsetDateTime) -> Due {
        Due { at, is_past_due: false }
    }

    fn check(tick: OffsetDateTime, started: OffsetDateTime, expected: OffsetDateTime) {
        let following = timer("%EVERY%", None).following(&due(tick), started);
        assert_eq!(following.expect("schedule fires"), due(expected));
    }

    #[test]
    fn a_run_is_followed_by_the_next_tick_even_if_the_clock_was_early() {
        let next = datetime!(2026-03-01 03:10 UTC);
        check(FIVE_PAST, datetime!(2026-03-01 03:05:00.1 UTC), next);
        check(FIVE_PAST, datetime!(2026-03-01 03:04:59.9 UTC), next);
    }

    #[test]
    fn after_a_catch_up_run_the_other_missed_ticks_are_dropped() {
        let (missed, caught_up) = (datetime!(2026-03-01 03:10 UTC), datetime!(2026-03-01 03:27 UTC));
        check(missed, caught_up, datetime!(2026-03-01 03:30 UTC));
    }

    #[test]
    fn a_status_is_kept_only_for_monitored_timers() {
        let slow = timer("%EVERY%", None);
        slow.following(&due(THREE), datetime!(2026-03-01 03:00:00.25 UTC)).expect("schedule fires");
        let status = slow.status().expect("it is readable").expect("it is monitored");
        assert_eq!(
            (status.last.as_str(), status.next.as_str()),
            ("2026-03-01T03:00:00.25+00:00", "2026-03-01T03:05:00+00:00")
        );
        let fast = timer("* * * * * *", None);
        fast.following(&due(THREE), THREE).expect("schedule fires");
        assert_eq!(fast.status().expect("nothing to read"), None);
    }

    #[test]
    fn what_is_missed_comes_before_a_run_on_startup() {
        let slow = timer("%EVERY%", None);
        assert_eq!(slow.first(false, THREE).expect("fires"), due(FIVE_PAST));
        assert_eq!(slow.first(true, THREE).expect("fires"), due(THREE));
        let late = FIVE_PAST + time::Duration::SECOND;
        assert_eq!(slow.first(true, late).expect("fires"), Due { at: late, is_past_due: true });
        let fast = timer("* * * * * *", None);
        assert!(!fast.first(false, late).expect("fires").is_past_due);
    }
}
