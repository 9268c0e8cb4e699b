//! Retry that knows the request: what may have taken effect is repeated only where a repeat does no harm.
//!
//! What is refused for load together with others is repeated until the deadline; all else has a number of attempts.
//! Waits grow exponentially with jitter, follow `Retry-After`, and end with the deadline of the whole operation.
//! The tables are at <https://learn.microsoft.com/rest/api/storageservices/file-service-error-codes>.

use crate::bearer::is_refusal;
use crate::headers::{COPY_SOURCE_ERROR_CODE, ERROR_CODE, RETRY_AFTER, text};
use crate::outcome::Ambiguity;
use crate::pace::{Lesson, Load};
use crate::pipeline::{Moves, Name};
use crate::watch::{Watch, Watched};
use crate::{Deadline, Pace, WriteRules};
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The service asks for seconds. Whoever asks for more than some minutes is mistaken, and one such answer would stop a whole
/// share: so much later it is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

#[derive(Clone, Debug)]
pub struct RetryOptions {
    /// Attempts in all, the first one included; without those that were refused for load as others were.
    pub attempts: u32,
    pub base: Duration,
    pub cap: Duration,
    /// For the whole operation, waits included.
    pub deadline: Duration,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(20),
            deadline: Duration::from_secs(120),
        }
    }
}

/// What an operation says of itself, in the `Context` of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is as good as doing it once.
    Safe,
    /// Repeated only if it certainly did not happen: never sent, or refused for load.
    OnlyIfNotSent,
}

#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) options: RetryOptions,
    /// That of the share; every attempt keeps it.
    pub(crate) pace: Option<Pace>,
    pub(crate) watch: Watch,
}

/// What one attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Final,
    /// It did not happen, and may go better next time.
    NotDone,
    /// The same, but a second refusal is final: the date or the token may have aged on the way.
    NotAuthorized,
    MayHaveHappened,
}

#[async_trait]
impl Policy for Retry {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let repeat = ctx.value::<Repeat>().copied().unwrap_or(Repeat::OnlyIfNotSent);
        let rules = ctx.value::<WriteRules>();
        let mut deadline = Instant::now() + self.options.deadline;
        let (mut attempt, mut authorized_anew) = (1, false);
        let mut others = self.pace.as_ref().map(Others::of);
        let mut attempts_that_count = 0;
        loop {
            let asked = Instant::now();
            let mut place = None;
            if let Some(pace) = &self.pace {
                place = Some(pace.enter(asks(ctx, request), deadline).await?);
            }
            let mut leave = None;
            if let Some(rules) = rules {
                leave = rules.enter().await.map_err(|closed| Error::new(ErrorKind::Other, closed))?;
            }
            // However long the gate was shut, or others were before it, it takes nothing from the time to write.
            deadline += asked.elapsed();
            let until =
                Limits { deadline, patience: rules.and_then(WriteRules::patience).map(Deadline::after) };
            let under_way = rules.map(WriteRules::begin);
            let result = if leave.is_some_and(|leave| leave.left().is_zero()) {
                Err(Error::with_message(ErrorKind::Connection, "Too late to be sent"))
            } else {
                place.iter_mut().for_each(|place| place.send(attempt > 1));
                let watched = Watched::begin(ctx, request);
                let result = until.within(next[0].send(ctx, request, &next[1..])).await;
                if let Some(watched) = watched {
                    watched.end(&result, &self.watch);
                }
                result
            };
            let lesson = Lesson::of(&result);
            if let Some(place) = place {
                place.end(lesson);
            }
            // where all are refused for load, a request that is among them has done nothing wrong
            let is_one_of_many = others.as_mut().is_some_and(|others| others.are_refused_too(lesson));
            attempts_that_count += u32::from(!is_one_of_many);
            let verdict = verdict(&result);
            match under_way {
                Some(write) if verdict != Verdict::MayHaveHappened => write.settle(),
                unsettled => drop(unsettled),
            }
            if verdict == Verdict::MayHaveHappened
                && let Some(ambiguity) = ctx.value::<Ambiguity>()
            {
                ambiguity.note();
            }
            let again = match verdict {
                Verdict::Final => false,
                Verdict::NotDone => true,
                Verdict::NotAuthorized => !std::mem::replace(&mut authorized_anew, true),
                Verdict::MayHaveHappened => repeat == Repeat::Safe,
            };
            if let Some(pace) = self.pace.as_ref().filter(|_| again && is_one_of_many) {
                pace.may_wait()?;
            }
            let wait = self.options.wait(attempt.min(self.options.attempts)).max(retry_after(&result));
            let is_last = attempts_that_count >= self.options.attempts;
            if !again || is_last || Instant::now() + wait >= deadline {
                return result;
            }
            tracing::debug!(attempt, wait_ms = wait.as_millis(), "Repeating a storage request");
            sleep(wait).await;
            if let Some(pace) = &self.pace
                && !pace.may_repeat(deadline).await?
            {
                return result;
            }
            request.body_mut().reset().await?;
            attempt += 1;
        }
    }
}

/// Whether others are refused as well, since a request began.
struct Others<'a> {
    pace: &'a Pace,
    refused_before: u64,
    own: u64,
}

impl<'a> Others<'a> {
    fn of(pace: &'a Pace) -> Self {
        Self { pace, refused_before: pace.throttled(), own: 0 }
    }

    fn are_refused_too(&mut self, lesson: Lesson) -> bool {
        let is_refused = matches!(lesson, Lesson::Refused { .. });
        self.own += u64::from(is_refused);
        is_refused && self.pace.throttled() - self.refused_before > self.own
    }
}

fn asks(ctx: &Context, request: &Request) -> Load {
    let Moves(moved) = ctx.value().copied().unwrap_or_default();
    let operation = ctx.value().map_or("", |Name(operation)| *operation);
    Load { operation, bytes: moved + request.body().len().unwrap_or(0) }
}

/// How long one attempt may go on.
struct Limits {
    deadline: Instant,
    patience: Option<Deadline>,
}

impl Limits {
    /// Looks at the clocks before the answer: a process that slept while it was connecting must not send when it wakes.
    async fn within(self, sending: impl Future<Output = PolicyResult>) -> PolicyResult {
        let mut sending = pin!(sending);
        let mut time_is_up = pin!(sleep(self.left()));
        poll_fn(|context| {
            if self.left().is_zero() || time_is_up.as_mut().poll(context).is_ready() {
                let error = Error::with_message(ErrorKind::Io, "No answer within the time limit");
                return Poll::Ready(Err(error));
            }
            sending.as_mut().poll(context)
        })
        .await
    }

    fn left(&self) -> Duration {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.patience.map_or(left, |patience| patience.left().min(left))
    }
}

impl RetryOptions {
    fn wait(&self, attempt: u32) -> Duration {
        let ceiling = self.cap.min(self.base.saturating_mul(2u32.saturating_pow(attempt - 1)));
        ceiling.mul_f64(rand::random_range(0.5..=1.0))
    }
}

fn verdict(result: &PolicyResult) -> Verdict {
    let response = match result {
        Ok(response) => response,
        Err(error) => {
            return match error.kind() {
                ErrorKind::Connection => Verdict::NotDone,
                ErrorKind::Io => Verdict::MayHaveHappened,
                _ => Verdict::Final,
            };
        }
    };
    let status = u16::from(response.status());
    let code = text(response.headers(), &ERROR_CODE);
    let of_source = text(response.headers(), &COPY_SOURCE_ERROR_CODE);
    match (status, code) {
        (429, _) | (503, None | Some("ServerBusy")) => Verdict::NotDone,
        (501 | 505, _) => Verdict::Final,
        (408 | 500.., _) => Verdict::MayHaveHappened,
        (_, Some("ShareSnapshotInProgress")) => Verdict::NotDone,
        (_, code) if is_refusal(code) => Verdict::NotAuthorized,
        (400.., _) if of_source == Some("InvalidAuthenticationInfo") => Verdict::NotAuthorized,
        (400.., _) if matches!(of_source, Some("OperationTimedOut" | "InternalError" | "ServerBusy")) => {
            Verdict::NotDone
        }
        _ => Verdict::Final,
    }
}

fn retry_after(result: &PolicyResult) -> Duration {
    result.as_ref().ok().and_then(|response| wait_asked_for(response.headers())).unwrap_or_default()
}

/// Seconds or an HTTP date, believed up to [`LONGEST_WAIT`].
pub(crate) fn wait_asked_for(headers: &Headers) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?;
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (parse_rfc7231(value).ok()? - OffsetDateTime::now_utc()).try_into().ok()?,
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests;
