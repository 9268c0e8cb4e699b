use super::*;
use crate::fake::{FakeHttp, Script};
use crate::{Answer, ErrorKind, Repeat, Result, RetryOptions};
use Repeat::{OnlyIfNotSent, Safe};
use Script::{LostAnswer, NoConnection, Silence};
use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

const DONE: Script = Script::Answer(201, &[]);
const LIMIT: Duration = Duration::from_secs(5);
const HOUR: Duration = Duration::from_secs(3600);

/// Lets each one in after a while, to leave within some time, or not at all; then nobody.
#[derive(Debug, Default)]
struct Turnstile {
    waits: Mutex<VecDeque<Duration>>,
    leave: Option<Duration>,
    seen: Arc<Seen>,
}

/// What happened, in its order.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<&'static str>>);

impl Seen {
    fn push(&self, what: &'static str) {
        self.0.lock().expect("no test panics with it").push(what);
    }
}

#[async_trait]
impl Gate for Turnstile {
    async fn enter(&self) -> std::result::Result<Deadline, GateClosed> {
        self.seen.push("gate");
        let wait = self.waits.lock().expect("no test panics with it").pop_front();
        sleep(wait.ok_or(GateClosed)?).await;
        Ok(Deadline::after(self.leave.unwrap_or(HOUR)))
    }
}

/// Stands right before the signature.
#[derive(Debug)]
struct BeforeSigning(Arc<Seen>);

#[async_trait]
impl Policy for BeforeSigning {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        self.0.push("sign");
        let result = next[0].send(ctx, request, &next[1..]).await;
        self.0.push("answer");
        result
    }
}

fn limited() -> WriteRules {
    WriteRules { request_limit: Some(LIMIT), ..Default::default() }
}

fn gated(waits: impl IntoIterator<Item = Duration>) -> WriteRules {
    let gate = Turnstile { waits: Mutex::new(waits.into_iter().collect()), ..Default::default() };
    WriteRules { gate: Some(Arc::new(gate)), ..limited() }
}

async fn send(http: &Arc<FakeHttp>, rules: &WriteRules, repeat: Repeat) -> Result<Answer> {
    http.send_in(Context::new().with_value(rules.clone()), repeat, Vec::new()).await
}

#[tokio::test(start_paused = true)]
async fn every_attempt_passes_the_gate_before_it_is_signed() {
    let http = FakeHttp::new([LostAnswer, DONE]);
    let gate = Turnstile { waits: Mutex::new([Duration::ZERO; 2].into()), ..Default::default() };
    let seen = gate.seen.clone();
    let rules = WriteRules { gate: Some(Arc::new(gate)), ..limited() };
    let context = Context::new().with_value(rules);
    let per_try: Vec<Arc<dyn Policy>> = vec![Arc::new(BeforeSigning(seen.clone()))];
    http.send_in(context, Safe, per_try).await.expect("the second attempt");
    let seen = seen.0.lock().expect("no test panics with it").clone();
    assert_eq!(seen, ["gate", "sign", "answer", "gate", "sign", "answer"]);
}

#[tokio::test(start_paused = true)]
async fn behind_a_closed_gate_nothing_is_sent() {
    let (http, rules) = (FakeHttp::new([]), gated([]));
    let error = send(&http, &rules, Safe).await.expect_err("closed");
    assert_eq!((error.kind, http.attempts()), (ErrorKind::Closed, 0));
    assert_eq!((error.may_have_happened(), rules.unsettled.count()), (false, 0));
    assert_eq!(error.to_string(), "Put Range of share/a: No longer allowed to write");
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_closes_meanwhile_stops_the_repeat() {
    for (failure, may_have_happened) in [(LostAnswer, true), (Silence, true), (NoConnection, false)] {
        let (http, rules) = (FakeHttp::new([failure.clone(), DONE]), gated([Duration::ZERO]));
        let error = send(&http, &rules, Safe).await.expect_err("closed");
        assert_eq!((error.kind, http.attempts()), (ErrorKind::Closed, 1), "{failure:?}");
        assert_eq!(error.may_have_happened(), may_have_happened, "{failure:?}");
        assert_eq!(rules.unsettled.count(), u64::from(may_have_happened), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_at_the_gate_is_nobodys() {
    let began = Instant::now();
    let rules = gated([HOUR, HOUR]);
    let http = FakeHttp::new([Silence, DONE]);
    send(&http, &rules, Safe).await.expect("the second attempt");
    let elapsed = began.elapsed();
    let patience = LIMIT + TRAVEL;
    assert!(elapsed > 2 * HOUR + patience && elapsed < 2 * HOUR + patience + LIMIT, "{elapsed:?}");

    let began = Instant::now();
    let rules = WriteRules { request_limit: None, ..gated([HOUR]) };
    send(&FakeHttp::new([Silence]), &rules, Safe).await.expect_err("silence");
    assert_eq!(began.elapsed(), HOUR + RetryOptions::default().deadline);
}

/// A process may sleep between the gate and its request.
#[tokio::test(start_paused = true)]
async fn what_has_not_left_in_time_leaves_no_more() {
    let gate = |leave| {
        let gate = Turnstile { waits: Mutex::new([Duration::ZERO].into()), leave, ..Default::default() };
        WriteRules { gate: Some(Arc::new(gate)), ..limited() }
    };
    let (http, late) = (FakeHttp::new([]), gate(Some(Duration::ZERO)));
    let error = send(&http, &late, OnlyIfNotSent).await.expect_err("too late, and then closed");
    assert_eq!((error.kind, http.attempts(), late.unsettled.count()), (ErrorKind::Closed, 0, 0));

    let (began, http) = (Instant::now(), FakeHttp::new([Silence]));
    send(&http, &gate(Some(LIMIT / 5)), OnlyIfNotSent).await.expect_err("silence");
    assert_eq!((http.attempts(), began.elapsed()), (1, LIMIT + TRAVEL));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_as_long_as_the_service_may_work_and_a_little_longer() {
    let began = Instant::now();
    let rules = limited();
    let error = send(&FakeHttp::new([Silence]), &rules, OnlyIfNotSent).await.expect_err("silence");
    assert_eq!((error.kind, error.may_have_happened()), (ErrorKind::Unknown, true));
    assert_eq!(began.elapsed(), LIMIT + TRAVEL);
    rules.unsettled.settled().await;
    assert_eq!(began.elapsed(), LIMIT + TRAVEL + LIMIT);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_unsettled_until_the_limit_has_passed() {
    for failure in [
        LostAnswer,
        Script::Answer(408, &[]),
        Script::Answer(500, &[("x-ms-error-code", "OperationTimedOut")]),
        Script::Answer(500, &[("x-ms-error-code", "InternalError")]),
        Script::Answer(502, &[]),
        Script::Answer(503, &[("x-ms-error-code", "OperationTimedOut")]),
        Script::Answer(504, &[]),
    ] {
        let began = Instant::now();
        let rules = limited();
        send(&FakeHttp::new([failure.clone()]), &rules, OnlyIfNotSent).await.expect_err("not repeated");
        assert_eq!((rules.unsettled.count(), rules.unsettled.is_settled()), (1, false), "{failure:?}");
        rules.unsettled.settled().await;
        assert_eq!(began.elapsed(), LIMIT, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_did_not_happen_or_did_leaves_nothing_unsettled() {
    for script in [
        vec![DONE],
        vec![NoConnection, DONE],
        vec![Script::Answer(429, &[]), DONE],
        vec![Script::Answer(503, &[("x-ms-error-code", "ServerBusy")]), DONE],
        vec![Script::Answer(404, &[])],
        vec![Script::Answer(409, &[("x-ms-error-code", "SharingViolation")])],
        vec![Script::Answer(412, &[])],
        vec![Script::Answer(403, &[("x-ms-error-code", "AuthenticationFailed")]), DONE],
    ] {
        let rules = limited();
        let result = send(&FakeHttp::new(script.clone()), &rules, OnlyIfNotSent).await;
        assert_eq!(rules.unsettled.count(), 0, "{script:?}: {result:?}");
    }
}

/// Its effect can come after that of the repeat, and undo what followed.
#[tokio::test(start_paused = true)]
async fn a_repeat_that_succeeds_does_not_settle_what_went_before() {
    let rules = limited();
    send(&FakeHttp::new([LostAnswer, Silence, DONE]), &rules, Safe).await.expect("the third attempt");
    assert_eq!((rules.unsettled.count(), rules.unsettled.is_settled()), (2, false));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_answer_may_be_the_echo_of_a_success() {
    let rules = limited();
    let http = FakeHttp::new([LostAnswer, Script::Answer(404, &[])]);
    let error = send(&http, &rules, Safe).await.expect_err("a 404");
    assert_eq!((error.kind, error.may_have_happened()), (ErrorKind::NotFound, true));
    let error = send(&FakeHttp::new([Script::Answer(404, &[])]), &rules, Safe).await.expect_err("a 404");
    assert!(!error.may_have_happened());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_dropped_may_have_happened() {
    let rules = gated([Duration::ZERO]);
    let http = FakeHttp::new([Silence]);
    timeout(LIMIT / 5, send(&http, &rules, Safe)).await.expect_err("dropped");
    assert_eq!((http.attempts(), rules.unsettled.count()), (1, 1));
    let dropped = Instant::now();
    rules.unsettled.settled().await;
    assert_eq!(dropped.elapsed(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_before_or_between_attempts_is_in_no_doubt() {
    let at_the_gate = gated([HOUR]);
    let http = FakeHttp::new([]);
    timeout(LIMIT, send(&http, &at_the_gate, Safe)).await.expect_err("dropped at the gate");
    assert_eq!((http.attempts(), at_the_gate.unsettled.count()), (0, 0));

    let waiting = limited();
    let http = FakeHttp::new([Script::Answer(503, &[("retry-after", "30")])]);
    timeout(LIMIT, send(&http, &waiting, Safe)).await.expect_err("dropped before the repeat");
    assert_eq!((http.attempts(), waiting.unsettled.count()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_the_service_takes_its_own() {
    let began = Instant::now();
    let rules = WriteRules::default();
    send(&FakeHttp::new([LostAnswer]), &rules, OnlyIfNotSent).await.expect_err("lost");
    rules.unsettled.settled().await;
    assert_eq!(began.elapsed(), SERVICE_LIMIT);
}

#[test]
fn the_service_is_told_no_more_than_the_limit_in_whole_seconds() {
    let told = |limit| WriteRules { request_limit: limit, ..Default::default() }.timeout_seconds();
    assert_eq!(told(None), None);
    for (milliseconds, seconds) in [(20_000, 20), (6_667, 6), (1_999, 1), (1_000, 1), (200, 1), (0, 1)] {
        assert_eq!(told(Some(Duration::from_millis(milliseconds))), Some(seconds), "{milliseconds} ms");
    }
}
