//! Timers that fire by themselves: no overlap, one catch-up run, status written after the run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, bail};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::expand::expand;
use crate::function_json::TimerTrigger;
use crate::host::Host;
use crate::invocation::Invocation;
use crate::launch::setting;
use crate::schedule::Schedule;
use crate::timer::{ScheduleStatus, TimerVariant, stamp};

/// What the host knows about one timer function, in memory only.
#[derive(Debug)]
pub(crate) struct TimerState {
    /// The indexing error of the function when there is none.
    pub(crate) schedule: Result<Schedule, String>,
    is_monitored: bool,
    status: Mutex<Option<ScheduleStatus>>,
    listener: tokio::sync::Mutex<()>,
}

impl TimerState {
    pub(crate) fn index(trigger: &TimerTrigger, settings: &BTreeMap<String, String>) -> TimerState {
        let text = expand(&trigger.schedule, |name| setting(settings, name));
        let schedule = Schedule::parse(&text).and_then(|schedule| {
            let is_fast = schedule.is_faster_than_a_minute(OffsetDateTime::now_utc())?;
            Ok((schedule, is_fast))
        });
        let is_monitored = trigger.uses_monitor && schedule.as_ref().is_ok_and(|(_, is_fast)| !is_fast);
        TimerState {
            schedule: schedule.map(|(schedule, _)| schedule).map_err(|error| format!("{error:#}")),
            is_monitored,
            status: Mutex::default(),
            listener: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn schedule(&self) -> anyhow::Result<&Schedule> {
        self.schedule.as_ref().map_err(|mistake| anyhow::Error::msg(mistake.clone()))
    }

    pub(crate) fn status(&self) -> Option<ScheduleStatus> {
        self.status.lock().expect("nobody panics while holding a status").clone()
    }

    fn record(&self, started: OffsetDateTime, next: OffsetDateTime) {
        let last = stamp(started);
        let status = ScheduleStatus { last: last.clone(), next: stamp(next), last_updated: last };
        if self.is_monitored {
            *self.status.lock().expect("nobody panics while holding a status") = Some(status);
        }
    }
}

impl Host {
    /// Fires a timer function at its ticks and reports every run, until the future is dropped or the host
    /// is down. Past-due runs are not reproduced: the status does not outlive the host.
    pub async fn run_schedule(
        &self,
        function: &str,
        mut report: impl FnMut(Invocation),
    ) -> anyhow::Result<Infallible> {
        let (trigger, timer) = self.deliveries.timer(function).map_err(anyhow::Error::msg)?;
        let schedule = timer.schedule()?;
        let _singleton =
            timer.listener.try_lock().with_context(|| format!("Schedule of {function} runs already"))?;
        let mut tick = if trigger.runs_on_startup {
            OffsetDateTime::now_utc()
        } else {
            schedule.next_after(OffsetDateTime::now_utc())?
        };
        loop {
            sleep_until(tick).await;
            let started = OffsetDateTime::now_utc();
            let invocation = self.deliveries.fire_timer(function, &TimerVariant::default()).await;
            tick = following(schedule, tick, started)?;
            timer.record(started, tick);
            report(invocation);
            if self.deliveries.is_down() {
                bail!("Host is down; schedule of {function} has ended");
            }
        }
    }
}

/// The tick after a run. When it has passed already it is caught up at once; of several passed ticks only
/// the first is, because the catch-up run starts after all of them.
fn following(
    schedule: &Schedule,
    tick: OffsetDateTime,
    started: OffsetDateTime,
) -> anyhow::Result<OffsetDateTime> {
    schedule.next_after(tick.max(started))
}

/// Looks at the wall clock once a minute, because that is what the tick is told in.
async fn sleep_until(tick: OffsetDateTime) {
    loop {
        match Duration::try_from(tick - OffsetDateTime::now_utc()) {
            Ok(left) if !left.is_zero() => sleep(left.min(Duration::from_secs(60))).await,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn check(tick: OffsetDateTime, started: OffsetDateTime, expected: OffsetDateTime) {
        let schedule = Schedule::parse("0 */5 * * * *").expect("schedule is legal");
        assert_eq!(following(&schedule, tick, started).expect("schedule fires"), expected);
    }

    #[test]
    fn a_run_is_followed_by_the_next_tick_even_if_the_clock_was_early() {
        let (tick, next) = (datetime!(2026-03-01 03:05 UTC), datetime!(2026-03-01 03:10 UTC));
        check(tick, datetime!(2026-03-01 03:05:00.1 UTC), next);
        check(tick, datetime!(2026-03-01 03:04:59.9 UTC), next);
    }

    #[test]
    fn after_a_catch_up_run_the_other_missed_ticks_are_dropped() {
        let (missed, caught_up) = (datetime!(2026-03-01 03:10 UTC), datetime!(2026-03-01 03:27 UTC));
        check(missed, caught_up, datetime!(2026-03-01 03:30 UTC));
    }

    #[test]
    fn a_status_is_kept_only_for_monitored_timers() {
        let timer = |schedule: &str| TimerTrigger {
            binding: "timer".to_string(),
            schedule: schedule.to_string(),
            runs_on_startup: false,
            uses_monitor: true,
        };
        let (started, next) = (datetime!(2026-03-01 03:00:00.25 UTC), datetime!(2026-03-01 03:05 UTC));
        let settings = BTreeMap::from([("EVERY".to_string(), "0 */5 * * * *".to_string())]);
        let slow = TimerState::index(&timer("%EVERY%"), &settings);
        slow.record(started, next);
        let status = slow.status().expect("it is monitored");
        assert_eq!(
            (status.last.as_str(), status.next.as_str()),
            ("2026-03-01T03:00:00.25+00:00", "2026-03-01T03:05:00+00:00")
        );
        let fast = TimerState::index(&timer("* * * * * *"), &settings);
        fast.record(started, next);
        assert_eq!(fast.status(), None);
    }
}
