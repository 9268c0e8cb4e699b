//! A cycle is disturbed at every single request, in every way: the process killed, the answer lost, refused, cut, late.
//!
//! Requests are counted over both accounts and the tables, by one counter. At every one the process is killed, and the
//! answer lost; of the other troubles each fifth request has its share, and all have with `SWEEP_EVERY=1`. `SWEEP_AT=17`
//! runs one number alone; `cargo xtask test --full` sets `TESTS_FULL=1` for all of it on larger trees.

mod answers;
mod commits;
mod counter;
mod drilled;
mod failed_over;
mod kills;
mod random_kills;
mod rescued;
mod restored;
pub mod runs;
mod seeded;
mod staged;
mod tree;
mod way;
mod world;

use std::sync::Arc;

use azurite::Azurite;

use self::runs::Ran;
pub use self::runs::numbers;
use self::tree::Size;
use self::way::Way;

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_1_a_handler_killed_at_any_request_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    let once = kills::undisturbed(&azurite, Size::Small, Way::USUAL).await;
    runs::sweep("Kills", 1, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { kills::killed_at(&azurite, number, moment, once, Way::USUAL).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_a_handler_killed_is_survived_in_every_copy_mode_with_and_without_a_base() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    for way in Way::OTHERS {
        let once = kills::undisturbed(&azurite, Size::Small, way).await;
        let azurite = azurite.clone();
        let what = format!("Kills, {way:?}");
        runs::sweep(&what, 50, &kills::MOMENTS, move |number, _, moment| {
            let azurite = azurite.clone();
            async move { kills::killed_at(&azurite, number, moment, once, way).await }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_a_disturbed_request_is_survived_in_every_copy_mode_with_and_without_a_base() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    for way in Way::OTHERS {
        let azurite = azurite.clone();
        let what = format!("Answers, {way:?}");
        runs::sweep(&what, 60, &answers::KINDS, move |number, name, kind| {
            let azurite = azurite.clone();
            async move {
                Box::pin(answers::disturbed_at(&azurite, number, Size::Smaller, way, (name, kind))).await
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_handler_killed_at_any_request_of_a_restore_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Kills, restored", 1, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { restored::killed_at(&azurite, number, moment).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_handler_killed_at_a_request_of_a_restore_beside_elsewhere_or_in_part_is_survived()
{
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Kills, rescued", 10, &rescued::KINDS, move |number, _, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(rescued::killed_at(&azurite, number, kind)).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_lost_answer_at_any_request_of_a_restore_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Lost answers, restored", 1, &answers::LOST, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(restored::disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_disturbed_request_of_a_restore_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Answers, restored", 20, &answers::KINDS, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(restored::disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_handler_killed_at_any_request_of_a_drill_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Kills, drilled", 12, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { drilled::killed_at(&azurite, number, moment).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_lost_answer_at_any_request_of_a_drill_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Lost answers, drilled", 12, &answers::LOST, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(drilled::disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_killed_at_a_request_of_a_failover_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Kills, failed over", 9, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { Box::pin(failed_over::stopping_killed_at(&azurite, number, moment)).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disturbed_request_of_a_failover_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Answers, failed over", 30, &answers::KINDS, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(failed_over::stopping_disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_killed_at_a_request_of_a_failback_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Kills, failed back", 25, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { Box::pin(failed_over::killed_at(&azurite, number, moment)).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_at_a_request_of_a_failback_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Lost answers, failed back", 16, &answers::LOST, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(failed_over::disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disturbed_request_of_a_failback_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Answers, failed back", 150, &answers::KINDS, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(failed_over::disturbed_at(&azurite, number, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_1_two_thousand_files_survive_a_hundred_random_kills() {
    random_kills::killed_a_hundred_times(Way::USUAL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_1_two_kills_in_one_cycle_are_survived() {
    if !runs::is_full() {
        return;
    }
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    for size in [Size::Smaller, Size::Small] {
        let azurite = azurite.clone();
        runs::sweep("Two kills", 1, &kills::MOMENTS, move |number, _, moment| {
            let azurite = azurite.clone();
            async move { kills::killed_twice(&azurite, number, moment, size).await }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_2_a_disturbed_request_costs_a_cycle_at_most_and_never_a_recovery_point() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    let size = if runs::is_full() { Size::Small } else { Size::Smaller };
    // eleven kinds of trouble: a run of every request takes longer than a test should
    runs::sweep("Answers", 5, &answers::KINDS, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { Box::pin(answers::disturbed_at(&azurite, number, size, Way::USUAL, (name, kind))).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_an_answer_lost_at_any_request_makes_no_difference() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Lost", 1, &answers::LOST, move |number, name, kind| {
        let azurite = azurite.clone();
        async move {
            let ran =
                Box::pin(answers::disturbed_at(&azurite, number, Size::Smaller, Way::USUAL, (name, kind)))
                    .await;
            if let Ran::Struck(outcome) = &ran {
                assert_eq!(outcome, "Succeeded");
            }
            ran
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_whose_end_cannot_be_stored_does_not_say_that_it_ended() {
    let azurite = Azurite::start().await.expect("Azurite");
    answers::end_that_is_not_stored(&azurite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_refused_leaves_no_hole_in_the_plan() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Commits", 1, &[("refused", ())], move |number, _, ()| {
        let azurite = azurite.clone();
        async move { Box::pin(commits::refused_at(&azurite, number)).await }
    })
    .await;
}
