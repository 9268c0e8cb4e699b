//! What is told of pairs costs few requests to the state, however many cycles there were, and none to the shares where
//! only a word is asked for.

use azure_files_backup::cycle::report::PairStatus;
use serde_json::{Value, json};

use crate::support::*;

const PAIRS: [&str; 3] = ["telling-a", "telling-b", "telling-c"];

/// Requests to the tables and to the shares for one answer.
async fn cost(tables: &Tables, stage: &Stage, handler: &Handler, route: &str) -> (u64, usize) {
    tables.proxy.set_faults(None);
    stage.emulator.log().reset();
    if route == "dashboard" {
        let url = format!("{}/api/{route}", handler.url());
        assert!(reqwest::get(url).await.expect("an answer").status().is_success());
    } else {
        handler.get::<Value>(route).await;
    }
    (tables.proxy.count(), stage.emulator.log().snapshot().recent.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_5_a_page_about_all_pairs_asks_the_state_for_little_and_the_shares_for_nothing() {
    let tables = Tables::new().await;
    let mut stage = Stage::set().await;
    for name in PAIRS {
        let (source, _) = stage.pair(name, json!({})).await;
        put(&source, "a", "data").await;
    }
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    for _ in 0..3 {
        handler.timer().await;
    }
    let pairs = PAIRS.len() as u64;
    let status: PairStatus = handler.get("pairs/telling-a").await;
    let next = status.next_run_at.expect("the schedule goes on");
    assert!(next.ends_with("T03:00:00Z") && next > status.cycle.expect("a cycle").started_at, "{next}");
    // the rows of all pairs come at once; each adds its newest cycle and its history
    for (route, most) in [("health", 1), ("pairs", 1 + 2 * pairs), ("dashboard", 1 + 2 * pairs)] {
        let (state, shares) = cost(&tables, &stage, &handler, route).await;
        assert!(state <= most, "{route}: {state} requests to the tables, {most} are enough");
        assert_eq!(shares, 0, "{route}");
    }
}
