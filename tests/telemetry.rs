//! What the handler tells of itself, at an endpoint that keeps what it takes and refuses what is bad.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_files_backup::telemetry::names::{self, EVENTS, FIELDS, LOG_FIELDS, METRICS, SPANS};
use faults::{Fault, Seen};
use file_share_emulator::{Config, Identity};
use ingestion::{Behaviour, Envelope, Kind};
use reqwest::Method;
use serde_json::json;

use crate::support::*;

const OPERATION: &str = "0af7651916cd43dd8448eb211c80319c";
/// The host has not sampled it, as far as it knows by now.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// A directory that nobody could make longer.
fn long_directory() -> String {
    [(); 7].map(|()| "🗄".repeat(127)).join("/")
}

/// A pair with files of every way to travel, one of them failing, and a service that has to be asked twice.
async fn troubled() -> Watched {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "small", "data").await;
    put(&source, "large", &"data".repeat(100_000)).await;
    let directory = long_directory();
    put_directories(&source, &directory).await;
    put(&source, &format!("{directory}/fails"), "data").await;
    let is_first = AtomicBool::new(true);
    let script = move |seen: &Seen<'_>| match seen.operation {
        "Create File" if seen.path.ends_with("/fails") => {
            Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
        }
        "List Directories and Files" if is_first.swap(false, Ordering::SeqCst) => {
            Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None }
        }
        _ => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(script)));
    Watched::of(stage).await
}

/// After a cycle in such a world, and the death of the process right after its answer.
async fn told_of_a_troubled_cycle() -> Watched {
    let watched = troubled().await;
    let handler = watched.handler().await;
    let answer = handler.fire_within("backup-timer", Some(TRACEPARENT)).await;
    handler.console().await;
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert_eq!(answer.body["cycles"][0]["status"], "CompletedWithErrors", "{}", answer.body);
    assert_eq!(watched.ingestion.refusals(), [""; 0]);
    watched
}

fn of_kind(envelopes: &[Envelope], kind: Kind) -> impl Iterator<Item = &Envelope> {
    envelopes.iter().filter(move |envelope| envelope.kind == kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_3_nothing_told_before_the_answer_is_lost_by_a_kill_right_after_it() {
    let watched = told_of_a_troubled_cycle().await;
    let all = watched.ingestion.envelopes();
    let kinds: BTreeSet<Kind> = all.iter().map(|envelope| envelope.kind).collect();
    let expected = [Kind::Dependency, Kind::Message, Kind::Exception, Kind::Event, Kind::Metric];
    assert_eq!(kinds, expected.into(), "the request row is the host's");

    let states: Vec<String> = watched.events("cycle.state_changed").iter().map(state_of).collect();
    let expected = ["SourceSnapshot", "Planning", "Guarding", "Applying", "Verifying", "Finished"];
    assert_eq!(states, expected);
    let events = ["cycle.started", "share_snapshot.taken", "cycle.finished", "pair.heartbeat"];
    for name in events {
        let [event] = &watched.events(name)[..] else { panic!("{name}: {:?}", watched.events(name)) };
        assert_eq!(event.property("pair.name"), Some("files"));
    }
    let finished = &watched.events("cycle.finished")[0];
    assert_eq!(finished.property("cycle.status"), Some("CompletedWithErrors"));
    assert_eq!(finished.property("entries.failed"), Some("1"));

    let steps = of_kind(&all, Kind::Dependency).filter(|span| span.name() == "cycle.step");
    assert_eq!(steps.map(|step| step.data()["success"].clone()).collect::<Vec<_>>(), [json!(false)]);
    assert!(of_kind(&all, Kind::Dependency).any(|span| span.name() == "cycle.chunk"));
    let fails = format!("{}/fails", long_directory());
    let failure = of_kind(&all, Kind::Exception).find(|line| line.property("entry.path") == Some(&fails));
    let failure = failure.expect("the failure of the entry");
    assert_eq!(failure.data()["exceptions"][0]["typeName"], "AuthorizationFailure");
    // the last line before the answer
    assert!(of_kind(&all, Kind::Exception).any(|line| line.name().contains("CompletedWithErrors")));
    for name in ["entries", "bytes", "requests", "throttled", "failures", "cycle.duration", "plan.bytes"] {
        assert!(of_kind(&all, Kind::Metric).any(|metric| metric.name() == name), "{name}");
    }
}

fn state_of(event: &Envelope) -> String {
    event.property("cycle.state").expect("a state").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_3_all_spans_share_the_operation_of_the_host() {
    let watched = told_of_a_troubled_cycle().await;
    let all = watched.ingestion.envelopes();
    for kind in [Kind::Dependency, Kind::Event, Kind::Exception] {
        for envelope in of_kind(&all, kind) {
            assert_eq!(envelope.tag("ai.operation.id"), Some(OPERATION), "{envelope:?}");
        }
    }
    // lines before the first invocation belong to none
    let lines = of_kind(&all, Kind::Message).filter(|line| !line.name().starts_with("Ready"));
    for line in lines.filter(|line| line.tag("ai.operation.id").is_some()) {
        assert_eq!(line.tag("ai.operation.id"), Some(OPERATION), "{line:?}");
        assert_eq!(line.property("invocation.id"), Some(INVOCATION), "{line:?}");
    }
    let step = of_kind(&all, Kind::Dependency).find(|span| span.name() == "cycle.step").expect("a step");
    assert_eq!(step.tag("ai.operation.parentId"), Some("b7ad6b7169203331"));
    assert_eq!(step.data()["type"], "InProc");
    assert_eq!(step.property("invocation.id"), Some(INVOCATION));
    let id = step.data()["id"].as_str();
    let is_within = |span: &&Envelope| span.tag("ai.operation.parentId") == id;
    assert!(of_kind(&all, Kind::Dependency).filter(is_within).any(|span| span.name() == "cycle.chunk"));
    let requests: Vec<_> =
        of_kind(&all, Kind::Dependency).filter(|span| span.property("operation").is_some()).collect();
    assert!(requests.iter().all(|span| span.data()["type"] == "HTTP"), "{requests:#?}");
    let refused =
        requests.iter().find(|span| span.data()["resultCode"] == "503").expect("the attempt that failed");
    assert_eq!(refused.data()["success"], false);
    assert!(requests.iter().any(|span| span.name() == refused.name() && span.data()["success"] == true));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_3_names_and_fields_are_those_of_the_document_and_no_secret_is_among_them() {
    let watched = told_of_a_troubled_cycle().await;
    let service = [names::SERVICE_NAME, names::SERVICE_VERSION, names::SERVICE_INSTANCE];
    let document = include_str!("../docs/telemetry.md");
    for envelope in watched.ingestion.envelopes() {
        let name = envelope.name();
        let fields: Vec<&str> = match envelope.kind {
            Kind::Event => EVENTS.iter().find(|event| event.name == name).expect(name).fields.to_vec(),
            Kind::Metric => METRICS.iter().find(|metric| metric.name == name).expect(name).fields.to_vec(),
            Kind::Dependency if envelope.property("operation").is_some() => {
                names::STORAGE_REQUEST.fields.to_vec()
            }
            Kind::Dependency => match SPANS.iter().find(|span| span.name == name) {
                Some(span) => span.fields.to_vec(),
                // an event's own
                None => {
                    assert!(EVENTS.iter().any(|event| event.name == name), "{name}");
                    Vec::new()
                }
            },
            _ => FIELDS.iter().chain(LOG_FIELDS).map(|(name, _)| *name).collect(),
        };
        for field in envelope.properties() {
            assert!(fields.contains(&field) || service.contains(&field), "{field} of {envelope:?}");
            assert!(document.contains(&format!("`{field}`")), "{field}");
        }
        let text = envelope.json.to_string();
        for secret in [KEY, "sig=", "eyJ", "Bearer", "SharedKey"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

/// A pair with one file, and its handler.
async fn simple() -> (Watched, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    (watched, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_3_an_endpoint_that_is_down_slow_or_overrun_fails_no_cycle() {
    for behaviour in
        [Behaviour::Answer(429), Behaviour::Answer(500), Behaviour::Hang(Duration::from_secs(600))]
    {
        let (watched, handler) = simple().await;
        watched.ingestion.behave(behaviour);
        assert_succeeded(&handler.cycle("files").await);
        drop(watched.ingestion);
        assert_succeeded(&handler.cycle("files").await);
        let console = handler.console().await;
        assert!(console.stderr.contains("Telemetry is not taken at 127.0.0.1"), "{behaviour:?}: {console:?}");
        assert!(console.stdout.contains("Succeeded"), "lines that nobody took are shown: {console:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_told_to_end_does_not_wait_for_an_endpoint_that_hangs() {
    let (watched, handler) = simple().await;
    watched.ingestion.behave(Behaviour::Hang(Duration::from_secs(600)));
    assert_succeeded(&handler.cycle("files").await);
    // the platform kills what has not ended a few seconds later
    let ended = tokio::time::timeout(Duration::from_secs(60), handler.end_with("TERM")).await;
    assert_eq!(ended.expect("it ends").code(), Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_were_taken_are_not_on_the_console_as_well() {
    let (watched, handler) = simple().await;
    assert_succeeded(&handler.cycle("files").await);
    assert_succeeded(&handler.cycle("files").await);
    let console = handler.console().await;
    let lines = |text: &str| text.lines().filter(|line| line.contains("Succeeded")).count();
    let taken = watched.ingestion.envelopes();
    let taken = of_kind(&taken, Kind::Message).filter(|line| line.name().contains("Succeeded")).count();
    assert_eq!(taken, 2);
    assert!(lines(&console.stdout) <= 1, "the first cycle's may come before the first answer: {console:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_long_invocation_arrive_before_its_end() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    let slow = |seen: &Seen<'_>| match seen.operation {
        "Create File" => Fault::Delay { by: Duration::from_secs(20) },
        _ => Fault::None,
    };
    watched.stage.emulator.set_faults(Some(Arc::new(slow)));
    let early = tokio::select! {
        _ = handler.fire() => panic!("the answer came first"),
        early = watched.event("share_snapshot.taken") => early,
    };
    assert_eq!(early.property("share.role"), Some("source"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_has_a_heartbeat_at_every_tick_whatever_became_of_the_tick() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let (gone, _) = stage.pair("gone", json!({})).await;
    remove_share(&gone).await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    assert_eq!(handler.timer().await, 500);
    assert!(handler.fire_timer("resume-timer").await.status.is_success());
    let beats = watched.events("pair.heartbeat");
    let of = |pair: &str| {
        let beats = beats.iter().filter(|beat| beat.property("pair.name") == Some(pair));
        beats.map(|beat| beat.property("recovery_point.age_seconds").is_some()).collect::<Vec<_>>()
    };
    assert_eq!((of("files"), of("gone")), (vec![true; 2], vec![false; 2]));
    let standings = |pair: &str| {
        let beats = beats.iter().filter(|beat| beat.property("pair.name") == Some(pair));
        beats.map(|beat| beat.property("pair.standing").expect("one")).collect::<Vec<_>>()
    };
    assert_eq!((standings("files"), standings("gone")), (vec!["Protected"; 2], vec!["Failing"; 2]));
    assert!(beats.iter().all(|beat| beat.property("rpo.seconds").is_some()));
    let counted = beats.iter().find_map(|beat| beat.property("share_snapshots.target"));
    assert_eq!(counted, Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guard_stops_what_people_decide_and_what_is_deleted_are_events() {
    let mut stage = Stage::set().await;
    let guard = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100, "maxDeletes": 1});
    let (source, _) = stage.pair("files", json!({"guard": guard})).await;
    put_many(&source, 4).await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for name in ["0000", "0001", "0002"] {
        remove(&source, name).await;
    }
    let report = handler.cycle("files").await;
    let held = watched.event("cycle.held").await;
    assert_eq!(held.property("cycle.id"), Some(report.id.as_str()));
    assert_eq!(held.property("reason"), Some("MaxDeletes { limit: 1 }"));
    assert_eq!(held.property("plan.deletes"), Some("3"));
    let digest = held.property("plan.digest").expect("the plan has a name");
    let decision = json!({"action": "approve", "digest": digest}).to_string();
    assert_eq!(handler.tell(Method::POST, "pairs/files/decisions", &decision).await.status, 200);
    assert_eq!(watched.events("decision.made")[0].property("decision"), Some("approve"));
    assert_succeeded(&handler.cycle("files").await);
    let deleted = watched.events("entries.deleted");
    let count =
        |event: &Envelope| event.property("entries.deleted").and_then(|count| count.parse::<u64>().ok());
    assert_eq!(deleted.iter().filter_map(count).sum::<u64>(), 3);
    assert!(deleted.iter().all(|event| event.property("chunk.number").is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn share_snapshots_that_go_and_those_that_stand_in_the_way_are_events() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", small()).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    while watched.events("share_snapshot.deleted").is_empty() {
        assert_succeeded(&handler.cycle("files").await);
    }
    let gone = &watched.events("share_snapshot.deleted")[0];
    let started = &watched.events("cycle.started")[0];
    assert_eq!(gone.property("share.snapshot_cycle"), started.property("cycle.id"));
    assert!(watched.events("prune.blocked").is_empty());
    for _ in 0..8 {
        source.create_snapshot(&Default::default()).await.expect("somebody else's");
    }
    handler.timer().await;
    let blocked = watched.event("prune.blocked").await;
    assert_eq!(blocked.property("share.role"), Some("source"));
    assert_eq!(blocked.property("share_snapshots.limit"), Some("10"));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_seeding_are_events() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put(&source, "a", "data").await;
    put_staged(&source, &staging, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let taken = watched.events("share_snapshot.taken");
    assert!(taken.iter().any(|event| event.property("share.role") == Some("staging")), "{taken:?}");
    let changes = watched.events("seeding.changed");
    let statuses: Vec<_> = changes.iter().filter_map(|event| event.property("seeding.status")).collect();
    assert_eq!(statuses, ["InProgress", "Complete"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_telemetry_in_where_the_settings_ask_for_one() {
    let identities = vec![Identity::system_assigned()];
    let mut stage = Stage::with(Config { identities, ..Config::default() }).await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let platform = watched.stage.emulator.identity_endpoint().expect("there is an identity");
    let mut variables = watched.variables();
    let more = [
        ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=AAD".to_owned()),
        ("IDENTITY_ENDPOINT", platform.url.to_string()),
        ("IDENTITY_HEADER", platform.header.clone()),
    ];
    variables.extend(more.map(|(name, value)| (name.to_owned(), value)));
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    let headers = watched.ingestion.authorizations();
    assert!(!headers.is_empty());
    for header in headers {
        assert!(header.is_some_and(|header| header.starts_with("Bearer ")), "each body has a token");
    }
    for envelope in watched.ingestion.envelopes() {
        assert!(!envelope.json.to_string().contains("eyJ"), "{envelope:?}");
    }
}
