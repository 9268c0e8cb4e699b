//! The first cycle of a pair that is seeded is disturbed at every single request, from the first look at its shares on.

use std::sync::Arc;

use azurite::Azurite;

use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::{answers, kills, random_kills, runs};

async fn disturbed_at(azurite: &Azurite, number: u64, way: Way, kind: (&str, answers::Kind)) -> Ran {
    Box::pin(answers::disturbed_at(azurite, number, Size::Small, way, kind)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_seeding_3_two_thousand_files_survive_a_hundred_random_kills_while_they_are_seeded() {
    random_kills::killed_a_hundred_times(Way::SEEDED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_seeding_3_a_handler_killed_at_any_request_of_a_seeded_cycle_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    let once = kills::undisturbed(&azurite, Size::Small, Way::SEEDED).await;
    runs::sweep("Kills, seeded", 1, &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { kills::killed_at(&azurite, number, moment, once, Way::SEEDED).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_seeding_3_a_handler_killed_is_survived_however_data_comes_from_staging() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    for way in Way::SEEDED_OTHERS {
        let once = kills::undisturbed(&azurite, Size::Small, way.by_ranges()).await;
        let azurite = azurite.clone();
        runs::sweep(&format!("Kills, {}", way.name()), 25, &kills::MOMENTS, move |number, _, moment| {
            let azurite = azurite.clone();
            async move { kills::killed_at(&azurite, number, moment, once, way).await }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_seeding_3_an_answer_lost_at_any_request_of_a_seeded_cycle_makes_no_difference() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    runs::sweep("Lost, seeded", 1, &answers::LOST, move |number, name, kind| {
        let azurite = azurite.clone();
        async move {
            let ran = disturbed_at(&azurite, number, Way::SEEDED, (name, kind)).await;
            if let Ran::Struck(outcome) = &ran {
                assert_eq!(outcome, "Succeeded");
            }
            ran
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_seeding_3_a_disturbed_request_of_a_seeded_cycle_costs_a_cycle_at_most() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    for way in [Way::SEEDED].into_iter().chain(Way::SEEDED_OTHERS) {
        let azurite = azurite.clone();
        runs::sweep(&format!("Answers, {}", way.name()), 60, &answers::KINDS, move |number, name, kind| {
            let azurite = azurite.clone();
            async move { disturbed_at(&azurite, number, way, (name, kind)).await }
        })
        .await;
    }
}
