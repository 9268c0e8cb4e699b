use super::service::{Service, work};
use super::*;
use futures::StreamExt;
use futures::future::{BoxFuture, join_all};
use futures::stream::FuturesUnordered;

const SMALL: Load = Load { operation: "Set File Properties", bytes: 0 };
const DONE: Lesson = Lesson::Answered { bytes: Some(0) };
const MINUTE: Duration = Duration::from_secs(60);

fn pace(most: usize) -> Pace {
    Pace::with_most("share", Limits::default(), most)
}

async fn enter(pace: &Pace) -> Place {
    let mut place = pace.enter(SMALL, Instant::now() + MINUTE).await.expect("a place in time");
    place.send(false);
    place
}

/// Sends one that takes some time.
async fn request(pace: &Pace, after: Duration, lesson: Lesson) {
    let place = enter(pace).await;
    sleep(after).await;
    place.end(lesson);
}

#[tokio::test(start_paused = true)]
async fn nearly_all_that_a_service_gives_is_used_and_little_is_refused() {
    for (per_second, workers, seconds) in [(50.0, 128, 60), (500.0, 128, 30), (5_000.0, 1_024, 15)] {
        for latency in [1, 5, 20, 100] {
            let (pace, service) = (pace(1_024), Service::new(per_second, latency));
            work(&pace, &service, workers, seconds).await;
            let seen = service.seen(5..seconds);
            assert!(seen.used >= 0.95 && seen.refused <= 0.02, "{per_second}/s, {latency} ms: {seen:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_changes_is_found_again() {
    for (first, second, found) in
        [(500.0, 5_000.0, 20), (5_000.0, 500.0, 5), (50.0, 500.0, 20), (500.0, 400.0, 5)]
    {
        for latency in [5, 100] {
            let (pace, service) = (pace(1_024), Service::new(first, latency));
            let change = async {
                sleep(Duration::from_secs(10)).await;
                service.allow(second);
            };
            tokio::join!(work(&pace, &service, 640, 45), change);
            let seen = service.seen(10 + found..45);
            let case = format!("from {first}/s to {second}/s at {latency} ms: {seen:?}");
            assert!(seen.used >= 0.95 && seen.refused <= 0.02, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_saved_up_is_used_and_then_no_more_than_there_is() {
    let (pace, service) = (pace(MOST), Service::new(300.0, 5).with_burst(10_000.0));
    work(&pace, &service, 200, 30).await;
    assert!(service.seen(0..2).came >= 10_000, "{:?}", service.seen(0..2));
    let seen = service.seen(7..30);
    assert!(seen.used >= 0.95 && seen.refused <= 0.02, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_stops_everybody_until_then() {
    let (pace, service) = (pace(MOST), Service::new(100.0, 5));
    service.ask_to_wait(Some(Duration::from_secs(10)));
    work(&pace, &service, 64, 12).await;
    assert_eq!(service.seen(1..10).came, 0);
    assert!(service.seen(10..12).came > 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_patience_is_asked_for_less_until_it_does_not() {
    let (pace, service) = (pace(MOST), Service::new(100.0, 5));
    service.ask_to_wait(Some(Duration::from_secs(1)));
    work(&pace, &service, 64, 60).await;
    let seen = service.seen(30..60);
    assert!(seen.used >= 0.7 && seen.refused <= 0.02, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_and_too_long_is_not_begun() {
    let pace = pace(MOST);
    request(&pace, Duration::ZERO, Lesson::Refused { wait: Some(2 * MINUTE) }).await;
    let began = Instant::now();
    assert!(pace.enter(SMALL, began + MINUTE).await.is_err());
    assert!(began.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn one_share_does_not_slow_down_another() {
    let (narrow, wide) = (Service::new(20.0, 5), Service::new(1e9, 5));
    let (of_narrow, of_wide) = (pace(MOST), pace(MOST));
    tokio::join!(work(&of_narrow, &narrow, 128, 10), work(&of_wide, &wide, 128, 10));
    let in_time = 128.0 / 0.005;
    assert!(wide.seen(1..10).came as f64 >= 0.95 * 9.0 * in_time, "{:?}", wide.seen(1..10));
    assert!(of_narrow.throttled() > 0 && of_wide.throttled() == 0);
}

#[tokio::test(start_paused = true)]
async fn a_single_refusal_is_chance() {
    let (pace, service) = (pace(MOST), Service::new(1e9, 5));
    request(&pace, Duration::ZERO, Lesson::Refused { wait: None }).await;
    work(&pace, &service, MOST, 3).await;
    assert!(service.seen(1..2).came as f64 >= 0.95 * MOST as f64 / 0.005, "{:?}", service.seen(1..2));
}

#[tokio::test(start_paused = true)]
async fn all_that_is_useful_is_in_flight_at_once() {
    for (latency, ms) in [(5, 30), (20, 100), (100, 500)] {
        let (pace, service) = (pace(MOST), Service::new(1e9, latency));
        let look = async {
            sleep(Duration::from_millis(ms)).await;
            pace.state().flight.limit()
        };
        let ((), limit) = tokio::join!(work(&pace, &service, 200, 1), look);
        assert_eq!(limit, MOST, "after {ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_met_with_few_requests_and_forgotten_soon() {
    let (pace, service) = (pace(MOST), Service::new(2_000.0, 5));
    let outage = async {
        sleep(Duration::from_secs(10)).await;
        service.be_out(true);
        sleep(MINUTE).await;
        service.be_out(false);
    };
    tokio::join!(work(&pace, &service, 128, 90), outage);
    // all that were under way, and then two at a time, of which each takes five seconds
    let (came, after) = (service.seen(11..70).came, service.seen(80..90));
    assert!(came <= 128 + 2 * 12 + 30, "{came}");
    assert!(after.used >= 0.95 && after.refused <= 0.02, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_way_that_becomes_longer_is_not_taken_for_load() {
    let (pace, service) = (pace(MOST), Service::new(1e9, 5));
    let change = async {
        sleep(Duration::from_secs(5)).await;
        service.answer_after(100);
    };
    tokio::join!(work(&pace, &service, MOST, 30), change);
    let seen = service.seen(20..30);
    assert!(seen.came as f64 >= 0.9 * 10.0 * MOST as f64 / 0.1, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_gives_its_place_back() {
    let pace = pace(2);
    let lost = [enter(&pace).await, enter(&pace).await];
    let mut waiting = Box::pin(enter(&pace));
    assert!(futures::poll!(&mut waiting).is_pending());
    let dropped = enter(&pace);
    drop(lost);
    drop(dropped);
    let began = Instant::now();
    drop(waiting.await);
    assert!(began.elapsed().is_zero());
    assert_eq!(pace.state().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_are_served_in_their_order() {
    let (pace, order) = (pace(1), Mutex::new(Vec::new()));
    let work = |number| {
        let (pace, order) = (&pace, &order);
        async move {
            for _ in 0..3 {
                let place = enter(pace).await;
                order.lock().expect("no panic").push(number);
                sleep(Duration::from_millis(5)).await;
                place.end(DONE);
            }
        }
    };
    join_all([1, 2, 3].map(work)).await;
    assert_eq!(*order.lock().expect("no panic"), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn futures_that_nobody_polls_hold_nobody_up_for_long() {
    let pace = pace(4);
    // some in flight and some that wait, none of which is polled any more
    let mut others: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    for _ in 0..12 {
        others.push(Box::pin(request(&pace, Duration::from_millis(5), DONE)));
    }
    assert!(futures::poll!(others.next()).is_pending());
    let began = Instant::now();
    for _ in 0..3 {
        request(&pace, Duration::from_millis(5), DONE).await;
    }
    assert!(began.elapsed() <= Duration::from_secs(10), "{:?}", began.elapsed());
    // polled again, they go on
    assert_eq!(others.count().await, 12);
}

#[tokio::test(start_paused = true)]
async fn what_a_person_allows_is_kept_and_can_be_changed_at_any_time() {
    let limits = Limits::default();
    limits.set(Some(100), None);
    let paces = ["source", "target"].map(|share| Pace::with_most(share, limits.clone(), MOST));
    let services = [Service::new(1e9, 5), Service::new(1e9, 5)];
    let change = async {
        sleep(Duration::from_secs(10)).await;
        limits.set(Some(1_000), None);
        sleep(Duration::from_secs(10)).await;
        limits.set(None, None);
    };
    let [source, target] = [0, 1].map(|side| work(&paces[side], &services[side], 64, 30));
    tokio::join!(source, target, change);
    let came = |from, to| services.iter().map(|service| service.seen(from..to).came).sum::<usize>();
    assert!((950..=1_060).contains(&came(0, 10)), "{}", came(0, 10));
    assert!((8_500..=9_100).contains(&came(11, 20)), "{}", came(11, 20));
    assert!(came(21, 30) > 9 * 10_000, "{}", came(21, 30));
}

#[tokio::test(start_paused = true)]
async fn bytes_are_let_through_at_the_rate_that_a_person_allows() {
    let limits = Limits::default();
    limits.set(None, Some(1 << 20));
    let (pace, began) = (Pace::new("share", limits), Instant::now());
    let load = Load { operation: "Put Range", bytes: 4 << 20 };
    for _ in 0..4 {
        pace.enter(load, Instant::now() + MINUTE).await.expect("a place in time").end(DONE);
        // what moves nothing is not kept waiting by what does
        let asked = Instant::now();
        request(&pace, Duration::ZERO, DONE).await;
        assert!(asked.elapsed().is_zero());
    }
    assert!((11.9..12.1).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn repeats_in_vain_are_few() {
    let pace = pace(MOST);
    let mut granted = 0;
    for _ in 0..1_000 {
        request(&pace, Duration::ZERO, Lesson::Failed).await;
        granted += usize::from(pace.may_repeat(Instant::now()).await.expect("nothing is shut"));
    }
    assert!((100..=140).contains(&granted), "{granted} of 1,000");
    let began = Instant::now();
    let is_granted = pace.may_repeat(began + MINUTE).await.expect("nothing is shut");
    assert!(is_granted, "one a second, where nothing else is sent");
    assert!(began.elapsed() <= Duration::from_secs(1));
}
