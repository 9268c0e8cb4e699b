//! Cycles without any key: shares and tables opened by the tokens of the platform, got by the real identity library.

use std::sync::Arc;
use std::time::Duration;

use faults::{Fault, Seen};
use file_share_emulator::{Config, Identity};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

const APP: &str = "a9900000-0000-4000-8000-000000000001";

fn system_assigned() -> Config {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    Config { identities: vec![app], ..Config::default() }
}

async fn start(variables: &Variables) -> Handler {
    Handler::start(free_port(), variables).await
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_emulator_4_a_cycle_and_its_state_need_no_key() {
    let stage = Keyless::with(system_assigned()).await;
    let (source, target) = stage.shares().await;
    put(&source, "a", "one").await;
    let variables = stage.variables();
    assert!(!variables.keys().any(|name| name.starts_with("BACKUP_KEY")));
    let first = start(&variables).await;
    let report = first.start_cycle("files").await.report();
    assert_succeeded(&report);
    first.console().await;

    // What the next process knows comes from the tables.
    let second = start(&variables).await;
    assert_eq!(second.newest("files").await.id, report.id);
    put(&source, "a", "two").await;
    assert_succeeded(&second.start_cycle("files").await.report());
    assert_eq!(read(&target, "a").await, "two");
    assert_eq!(stage.refusals(), [0_u16; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_is_seeded_without_any_key() {
    let stage = Keyless::with(system_assigned()).await;
    let (source, target) = stage.shares().await;
    let staging = stage.share(TARGET, STAGING);
    staging.create(&Default::default()).await.expect("the staging share is new");
    put(&source, "a", "data").await;
    put_staged(&source, &staging, "a", "data").await;
    let mut variables = stage.variables();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0]["seed"] = json!({"share": STAGING});
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let handler = start(&variables).await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 1);
    assert_eq!(read(&target, "a").await, "data");
    let off = r#"{"offlineDataTransfer":"off"}"#;
    assert_eq!(handler.tell(Method::POST, "pairs/files/seeding", off).await.status, 200);
    assert_eq!(snapshots(&staging).await, []);
    assert_eq!(stage.refusals(), [0_u16; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_emulator_4_a_user_assigned_identity_is_asked_for_by_its_client_id() {
    let app = with_the_roles_of_the_app(Identity::user_assigned(APP));
    let identities = vec![Identity::system_assigned(), app];
    let stage = Keyless::with(Config { identities, ..Config::default() }).await;
    let (source, target) = stage.shares().await;
    put(&source, "a", "one").await;
    let mut variables = stage.variables();
    let own = start(&variables).await;
    let error = own.start_cycle("files").await.report().error.expect("it has no role");
    assert_eq!(error.code, "AuthorizationPermissionMismatch");
    own.console().await;

    variables.insert("AZURE_CLIENT_ID".to_owned(), APP.to_owned());
    assert_succeeded(&start(&variables).await.backup_after_others("files").await.report());
    assert_eq!(read(&target, "a").await, "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_emulator_4_a_token_that_expires_within_a_cycle_is_replaced() {
    let life = Duration::from_secs(2);
    let stage = Keyless::with(Config { token_life: life, ..system_assigned() }).await;
    let (source, target) = stage.shares().await;
    put(&source, "a", "one").await;
    let handler = start(&stage.variables()).await;
    stage.emulator.log().reset();
    // The cycle's own token is over when the file has been written.
    let slow = |seen: &Seen<'_>| match seen.operation {
        "Create File" => Fault::Delay { by: Duration::from_secs(3) },
        _ => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(slow)));
    assert_succeeded(&handler.start_cycle("files").await.report());
    assert!(stage.tokens() >= 2, "{}", stage.tokens());
    assert_eq!(stage.refusals(), [0_u16; 0]);
    assert_eq!(read(&target, "a").await, "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_emulator_4_without_a_good_token_nothing_is_opened_and_none_is_shown() {
    let stage = Keyless::with(Config { token_life: Duration::ZERO, ..system_assigned() }).await;
    let handler = start(&stage.variables()).await;
    let detail = handler.start_cycle("files").await.problem(502, "StateUnavailable");
    assert!(detail.contains("AuthenticationFailed (403)"), "{detail}");
    let console = handler.console().await;

    let mut stranger = stage.variables();
    stranger.insert("IDENTITY_HEADER".to_owned(), "guess".to_owned());
    let handler = start(&stranger).await;
    let detail = handler.start_cycle("files").await.problem(502, "StateUnavailable");
    assert!(detail.contains("token"), "{detail}");
    let strange = handler.console().await;
    for text in [console.stdout, console.stderr, strange.stdout, strange.stderr] {
        assert!(!text.contains("eyJ"), "a token: {text}");
    }
}
