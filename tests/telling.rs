//! What is told of pairs costs few requests to the state, however many cycles there were, and none to the shares where
//! only a word is asked for.

use azure_files_backup::cycle::report::{Beside, CycleReport, Kind, PairStatus, Phase, Status};
use reqwest::Method;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_beside_the_cycles_of_a_pair_is_told_with_it() {
    let tables = Tables::new().await;
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(handler.pair("files").await.beside, []);

    let asked = json!({"recoveryPoint": "latest",
                       "destination": {"at": "share", "share": "rescue", "create": true}});
    let restores = "pairs/files/restores";
    let waiting: CycleReport = handler.tell(Method::POST, restores, &asked.to_string()).await.ok();
    handler.tell(Method::POST, "pairs/files/drills", "").await.ok::<CycleReport>();
    let beside: [Beside; 2] = handler.pair("files").await.beside.try_into().expect("a restore and a drill");
    assert_eq!(beside.each_ref().map(|beside| beside.kind), [Kind::Restore, Kind::Drill]);
    let [restore, drill] = beside;
    assert_eq!((restore.id.as_ref(), restore.state), (Some(&waiting.id), Some(Phase::AwaitingApproval)));
    assert!(
        restore.remedy.is_some_and(|remedy| remedy.contains(&format!("/restores/{}/decisions", waiting.id)))
    );
    assert_eq!((drill.status, drill.remedy), (Some(Status::Succeeded), None));
    // the row of the drill comes with those of the pairs; the restore under way is read
    let (state, shares) = cost(&tables, &stage, &handler, "pairs").await;
    assert!(state <= 1 + 2 + 1, "{state} requests to the tables");
    assert_eq!(shares, 0);

    let digest = waiting.guard.expect("it shows its plan").digest;
    let decision = json!({"action": "approve", "digest": digest}).to_string();
    let route = format!("{restores}/{}/decisions", waiting.id);
    handler.tell(Method::POST, &route, &decision).await.ok::<CycleReport>();
    handler.send("resume-timer").await;
    let pair = handler.pair("files").await;
    assert_eq!(pair.beside[0].status, Some(Status::Succeeded), "{:?}", pair.beside);
    let page = reqwest::get(format!("{}/api/dashboard/files", handler.url())).await.expect("an answer");
    let page = page.text().await.expect("a page");
    for told in ["Last restores, drills and failbacks", "<td>Restore</td>", "<td>Drill</td>", "Last drill"] {
        assert!(page.contains(told), "{told}: {page}");
    }
}
