//! A cycle is disturbed at every single request, in every way: the process killed, the answer lost, refused, cut, late.
//!
//! Requests are counted over both accounts and the tables, by one counter. `SWEEP_AT=17` runs one number alone,
//! `SWEEP_EVERY=10` every tenth; `cargo xtask test --full` sets `TESTS_FULL=1` for the larger sweeps.

mod answers;
mod counter;
mod kills;
mod runs;
mod tree;
mod world;

use std::sync::Arc;

use azurite::Azurite;

use self::tree::Size;

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_1_a_handler_killed_at_any_request_is_survived() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    let once = kills::undisturbed(&azurite, "undisturbed", Size::Small).await;
    runs::sweep("Kills", &kills::MOMENTS, move |number, _, moment| {
        let azurite = azurite.clone();
        async move { kills::killed_at(&azurite, number, moment, once).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_2_a_disturbed_request_costs_a_cycle_at_most_and_never_a_recovery_point() {
    let azurite = Arc::new(Azurite::start().await.expect("Azurite"));
    let size = if runs::is_full() { Size::Small } else { Size::Smaller };
    runs::sweep("Answers", &answers::KINDS, move |number, name, kind| {
        let azurite = azurite.clone();
        async move { answers::disturbed_at(&azurite, number, size, name, kind).await }
    })
    .await;
}
