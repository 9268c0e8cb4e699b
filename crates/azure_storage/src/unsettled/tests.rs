use super::*;
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn what_was_never_in_doubt_is_settled_at_once() {
    let unsettled = Unsettled::default();
    assert!(unsettled.is_settled());
    timeout(Duration::ZERO, unsettled.settled()).await.expect("at once");
    assert_eq!(unsettled.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_longest_one_decides_whatever_came_last() {
    let unsettled = Unsettled::default();
    let began = Instant::now();
    unsettled.note(began + 5 * SECOND);
    unsettled.note(began + SECOND);
    unsettled.settled().await;
    assert_eq!((began.elapsed(), unsettled.count()), (5 * SECOND, 2));
    assert!(unsettled.is_settled());
}

#[tokio::test(start_paused = true)]
async fn what_is_noted_while_somebody_waits_is_waited_for() {
    let unsettled = Unsettled::default();
    let began = Instant::now();
    unsettled.note(began + SECOND);
    let clone = unsettled.clone();
    let later = async {
        tokio::time::sleep(SECOND / 2).await;
        clone.note(began + 3 * SECOND);
    };
    tokio::join!(unsettled.settled(), later);
    assert_eq!(began.elapsed(), 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_nobody_told_of_may_have_happened() {
    let unsettled = Unsettled::default();
    unsettled.begin(SECOND).settle();
    assert_eq!(unsettled.count(), 0);
    drop(unsettled.begin(SECOND));
    assert_eq!((unsettled.count(), unsettled.is_settled()), (1, false));
}

/// A runtime that ends drops what still runs in it.
#[test]
fn an_attempt_can_be_dropped_outside_of_a_runtime() {
    let unsettled = Unsettled::default();
    drop(unsettled.begin(SECOND));
    assert_eq!(unsettled.count(), 1);
}
