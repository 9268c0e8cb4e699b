use super::*;
use crate::ErrorKind as Kind;
use crate::fake::{FakeHttp, Script};
use Repeat::{OnlyIfNotSent, Safe};
use Script::{Answer, LostAnswer, NoConnection, Silence};

const DONE: Script = Answer(201, &[]);

/// After `failure`, one success would follow: how many attempts are made?
async fn check(failure: Script, repeat: Repeat, expected_attempts: usize) {
    let http = FakeHttp::new([failure.clone(), DONE]);
    let result = http.send(repeat).await;
    assert_eq!(http.attempts(), expected_attempts, "{failure:?} with {repeat:?}");
    assert_eq!(result.is_ok(), expected_attempts == 2, "{failure:?} with {repeat:?}");
}

#[tokio::test(start_paused = true)]
async fn what_did_not_happen_is_repeated_whatever_it_was() {
    for repeat in [Safe, OnlyIfNotSent] {
        check(NoConnection, repeat, 2).await;
        check(Answer(429, &[]), repeat, 2).await;
        check(Answer(503, &[]), repeat, 2).await;
        check(Answer(503, &[("x-ms-error-code", "ServerBusy")]), repeat, 2).await;
        check(Answer(409, &[("x-ms-error-code", "ShareSnapshotInProgress")]), repeat, 2).await;
        for code in ["OperationTimedOut", "InternalError", "ServerBusy"] {
            let code: &'static [_] = Box::leak(Box::new([("x-ms-copy-source-error-code", code)]));
            check(Answer(400, code), repeat, 2).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_happened_is_repeated_only_where_that_is_safe() {
    for failure in [
        LostAnswer,
        Answer(408, &[]),
        Answer(500, &[("x-ms-error-code", "OperationTimedOut")]),
        Answer(502, &[]),
        Answer(503, &[("x-ms-error-code", "OperationTimedOut")]),
        Answer(504, &[]),
    ] {
        check(failure.clone(), Safe, 2).await;
        check(failure, OnlyIfNotSent, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final() {
    for failure in [
        Answer(400, &[]),
        Answer(403, &[("x-ms-error-code", "AuthorizationFailure")]),
        Answer(404, &[]),
        Answer(409, &[("x-ms-error-code", "SharingViolation")]),
        Answer(409, &[("x-ms-copy-source-error-code", "ResourceNotFound")]),
        Answer(412, &[]),
        Answer(416, &[]),
        Answer(501, &[]),
    ] {
        check(failure, Safe, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_signature_gets_one_second_chance() {
    let refused = Answer(403, &[("x-ms-error-code", "AuthenticationFailed")]);
    let http = FakeHttp::new([refused.clone(), refused, DONE]);
    let error = http.send(OnlyIfNotSent).await.expect_err("refused twice");
    assert_eq!((http.attempts(), error.kind), (2, Kind::Unauthorized));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted() {
    let http = FakeHttp::new(vec![Answer(503, &[]); 6]);
    let error = http.send(Safe).await.expect_err("always busy");
    assert_eq!((http.attempts(), error.kind), (5, Kind::Throttled));
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_given_up_at_the_deadline() {
    let http = FakeHttp::new([Silence]);
    let began = Instant::now();
    let error = http.send(Safe).await.expect_err("silence");
    assert_eq!(error.kind, Kind::Unknown);
    assert_eq!(began.elapsed(), RetryOptions::default().deadline);
}

/// Sends when it is connected, as HTTP clients do.
#[derive(Debug, Default)]
struct Connecting {
    connected: tokio::sync::Notify,
    sent: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Policy for Connecting {
    async fn send(&self, _: &Context, _: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
        self.connected.notified().await;
        self.sent.store(true, std::sync::atomic::Ordering::Relaxed);
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_slept_while_it_was_connecting_does_not_send_when_it_wakes() {
    let connecting = Arc::new(Connecting::default());
    let policies: [Arc<dyn Policy>; 1] = [connecting.clone()];
    let sending = async move {
        let url = "http://127.0.0.1/".parse().expect("a URL");
        let mut request = Request::new(url, azure_core::http::Method::Put);
        Retry { options: RetryOptions::default(), pace: None, watch: Watch::default() }
            .send(&Context::new(), &mut request, &policies)
            .await
    };
    let sending = tokio::spawn(sending);
    tokio::task::yield_now().await;
    // for the process, both happen at one moment
    connecting.connected.notify_one();
    tokio::time::advance(RetryOptions::default().deadline).await;
    let error = sending.await.expect("no panic").expect_err("the time is over");
    assert_eq!(*error.kind(), ErrorKind::Io);
    assert!(!connecting.sent.load(std::sync::atomic::Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn the_service_says_how_long_to_wait() {
    let http = FakeHttp::new([Answer(503, &[("retry-after", "30")]), DONE]);
    let began = Instant::now();
    http.send(OnlyIfNotSent).await.expect("the second attempt");
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let http = FakeHttp::new([Answer(503, &[("retry-after", "121")])]);
    let began = Instant::now();
    let error = http.send(Safe).await.expect_err("too long a wait");
    assert_eq!((error.kind, began.elapsed()), (Kind::Throttled, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_not_forgotten_over_a_later_refusal() {
    let mut script = vec![LostAnswer];
    script.extend(vec![NoConnection; 4]);
    let error = FakeHttp::new(script).send(Safe).await.expect_err("no connection in the end");
    assert_eq!(error.kind, Kind::Unknown);
    assert!(error.may_have_happened());

    let error = FakeHttp::new(vec![NoConnection; 5]).send(Safe).await.expect_err("no connection");
    assert_eq!(error.kind, Kind::NotSent);
}

#[test]
fn waits_grow_to_the_cap_and_never_to_nothing() {
    let options = RetryOptions::default();
    for (attempt, ceiling) in [(1, 200), (2, 400), (3, 800), (8, 20_000), (40, 20_000)] {
        let ceiling = Duration::from_millis(ceiling);
        let wait = options.wait(attempt);
        assert!(wait <= ceiling && wait >= ceiling / 2, "{wait:?} of {ceiling:?}");
    }
}

#[test]
fn a_wait_may_be_asked_for_as_a_date() {
    let mut headers = Headers::new();
    headers.insert(RETRY_AFTER, "Wed, 18 Nov 2020 21:00:00 GMT");
    assert_eq!(wait_asked_for(&headers), None, "a date in the past asks for nothing");
    let date = azure_core::time::to_rfc7231(&(OffsetDateTime::now_utc() + Duration::from_secs(60)));
    headers.insert(RETRY_AFTER, date);
    let wait = wait_asked_for(&headers).expect("a date to come");
    assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(50), "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_a_day_is_asked_again_after_some_minutes() {
    let tomorrow = OffsetDateTime::now_utc() + Duration::from_secs(86_400);
    let waits = ["86400".to_owned(), u64::MAX.to_string(), azure_core::time::to_rfc7231(&tomorrow)];
    for wait in waits {
        let refusal: &'static [_] = Box::leak(Box::new([("retry-after", &*wait.leak())]));
        let pace = Pace::new("share", crate::Limits::default());
        let http = FakeHttp::new([Answer(503, refusal)]);
        let error = http.send_at(&pace, Safe).await.expect_err("it is busy");
        assert_eq!(error.kind, Kind::Throttled, "{refusal:?}");
        let (began, load) = (Instant::now(), Load { operation: "Put Range", bytes: 0 });
        pace.enter(load, began + 2 * LONGEST_WAIT).await.expect("a place in time");
        assert_eq!(began.elapsed(), LONGEST_WAIT, "{refusal:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_passes_the_pace_of_its_share() {
    let pace = Pace::new("share", crate::Limits::default());
    let asked_to_wait = Answer(503, &[("retry-after", "30")]);
    let http = FakeHttp::new([asked_to_wait, DONE, DONE]);
    let began = Instant::now();
    let first = http.send_at(&pace, Safe);
    let second = async {
        tokio::task::yield_now().await;
        http.send_at(&pace, Safe).await
    };
    let (first, second) = tokio::join!(first, second);
    first.and(second).expect("success in the end");
    assert_eq!((http.attempts(), began.elapsed().as_secs()), (3, 30));
    assert_eq!(pace.throttled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_share_that_is_shut_for_too_long_is_not_asked() {
    let pace = Pace::new("share", crate::Limits::default());
    let http = FakeHttp::new([Answer(429, &[("retry-after", "500")])]);
    for kind in [Kind::Throttled, Kind::NotSent] {
        let error = http.send_at(&pace, OnlyIfNotSent).await.expect_err("too long a wait");
        assert_eq!((http.attempts(), error.kind), (1, kind));
        assert!(!error.may_have_happened());
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_others_were_served_is_nobodys() {
    let limits = crate::Limits::default();
    limits.set(Some(1), None);
    let pace = Pace::new("share", limits);
    let http = FakeHttp::new(vec![DONE; 200]);
    let answers = futures::future::join_all((0..200).map(|_| http.send_at(&pace, Safe))).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_what_is_allowed_once_the_work_is_to_stop() {
    let limits = crate::Limits::default();
    limits.set(Some(1), None);
    let (pace, http) = (Pace::new("share", limits.clone()), FakeHttp::new([DONE]));
    http.send_at(&pace, Safe).await.expect("the first one goes at once");
    limits.close(true);
    let error = http.send_at(&pace, Safe).await.expect_err("nobody waits");
    assert_eq!((http.attempts(), error.kind, error.may_have_happened()), (1, Kind::Stopped, false));
}

const BUSY: Script = Answer(503, &[("x-ms-error-code", "ServerBusy")]);

#[tokio::test(start_paused = true)]
async fn what_is_refused_together_with_others_has_as_many_attempts_as_it_takes() {
    let pace = Pace::new("share", crate::Limits::default());
    let mut script = vec![BUSY; 30];
    script.extend([DONE, DONE]);
    let http = FakeHttp::new(script);
    let (first, second) =
        tokio::join!(http.send_at(&pace, OnlyIfNotSent), http.send_at(&pace, OnlyIfNotSent));
    first.and(second).expect("success in the end");
    assert_eq!((http.attempts(), pace.throttled()), (32, 30));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_alone_has_its_attempts_and_no_more() {
    let pace = Pace::new("share", crate::Limits::default());
    let http = FakeHttp::new(vec![BUSY; 6]);
    let error = http.send_at(&pace, Safe).await.expect_err("always busy");
    assert_eq!((http.attempts(), error.kind, error.is_of_load()), (5, Kind::Throttled, true));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_busy_share_once_the_work_is_to_stop() {
    let limits = crate::Limits::default();
    let (pace, http) = (Pace::new("share", limits.clone()), FakeHttp::new(vec![BUSY; 1_000]));
    let stop = async {
        sleep(Duration::from_secs(60)).await;
        limits.close(true);
    };
    let (first, second, ()) = tokio::join!(http.send_at(&pace, Safe), http.send_at(&pace, Safe), stop);
    for result in [first, second] {
        assert_eq!(result.expect_err("stopped").kind, Kind::Stopped);
    }
}
