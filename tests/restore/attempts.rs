//! Attempts to make a restore lose something, or say what is not so.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use azure_files_backup::cycle::report::CycleReport;
use azurite::Azurite;
use faults::{Fault, Seen};
use serde_json::json;

use crate::support::*;

/// A pair with these files at its first recovery point; directories are made on the way.
async fn with_files(
    more: serde_json::Value,
    files: &[(&str, &str)],
) -> (Stage, azure_storage_file_share::ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", more).await;
    for (path, body) in files {
        if let Some((directory, _)) = path.rsplit_once('/')
            && source.directory_client(directory).get_properties().await.is_err()
        {
            put_directories(&source, directory).await;
        }
        put(&source, path, body).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, handler)
}

const MIB: u64 = 1 << 20;

/// Forty mebibytes, all of them written.
async fn put_large(share: &azure_storage_file_share::ShareClient, path: &str) {
    let options = azure_storage_file_share::CreateFile { size: 40 * MIB, ..Default::default() };
    let file = share.file_client(path);
    file.create(&options).await.expect("made");
    for at in (0..40 * MIB).step_by(4 << 20) {
        let data = bytes::Bytes::from(vec![b'x'; 4 << 20]);
        file.put_range(at, data, azure_storage_file_share::LastWrite::Now).await.expect("put");
    }
}

/// Bytes of a large file that are what they were.
async fn intact(share: &azure_storage_file_share::ShareClient, path: &str) -> usize {
    let mut count = 0;
    for at in (0..40 * MIB).step_by(4 << 20) {
        let bytes = share.file_client(path).get(Some(at..at + (4 << 20))).await.expect("readable").bytes;
        count += bytes.iter().filter(|byte| **byte == b'x').count();
    }
    count
}

fn mark(report: &CycleReport) -> String {
    format!(" (restored {})", report.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_named_comes_beside_a_file_with_what_is_in_it() {
    let (_stage, source, handler) = with_files(json!({}), &[("tree/below/b", "b"), ("tree/a", "a")]).await;
    for path in ["tree/below/b", "tree/a"] {
        remove(&source, path).await;
    }
    for path in ["tree/below", "tree"] {
        source.directory_client(path).delete().await.expect("empty");
    }
    put(&source, "tree", "a file now").await;
    let report: CycleReport = handler.restore(json!({"include": ["tree"], "conflict": "rename"})).await.ok();
    let beside = format!("tree{}", mark(&report));
    let found: Vec<String> = shown(&source).await.into_keys().collect();
    let is_there = found.contains(&format!("{beside}/a")) && found.contains(&format!("{beside}/below/b"));
    assert!(is_there, "{:?} {found:?} {:?}", report.status, report.failures);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_below_a_file_comes_beside_it() {
    let (_stage, source, handler) = with_files(json!({}), &[("tree/a", "a")]).await;
    remove(&source, "tree/a").await;
    source.directory_client("tree").delete().await.expect("empty");
    put(&source, "tree", "a file now").await;
    for conflict in ["skip", "overwrite", "rename"] {
        let report: CycleReport =
            handler.restore(json!({"include": ["tree/a"], "conflict": conflict})).await.ok();
        println!(
            "{conflict}: {:?} {:?} {:?} {:?}",
            report.status,
            report.failures,
            report.restore.map(|r| r.skipped),
            names(&source, "").await
        );
    }
    assert_eq!(read(&source, "tree").await, "a file now");
}

/// Restores slowly, and cancels when data is on its way.
async fn cancelled_midway(stage: &Stage, handler: &Handler, asked: serde_json::Value) -> CycleReport {
    let begun = Arc::new(tokio::sync::Notify::new());
    let (told, count) = (begun.clone(), std::sync::atomic::AtomicU32::new(0));
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.account == SOURCE && seen.operation.starts_with("Put Range") {
            told.notify_one();
            if count.fetch_add(1, Ordering::SeqCst) >= 3 {
                return Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None };
            }
        }
        Fault::None
    })));
    let cancel = async {
        begun.notified().await;
        let restores: Vec<CycleReport> = handler.get("pairs/files/restores").await;
        let route = format!("pairs/files/restores/{}/decisions", restores[0].id);
        handler.tell(reqwest::Method::POST, &route, r#"{"action":"cancel"}"#).await
    };
    let (report, _) = tokio::join!(handler.restore(asked), cancel);
    stage.emulator.set_faults(None);
    let begun: CycleReport = serde_json::from_value(report.body).expect("a report");
    for _ in 0..50 {
        let report: CycleReport = handler.get(&format!("pairs/files/restores/{}", begun.id)).await;
        if report.status.is_some() {
            return report;
        }
        handler.fire_timer("resume-timer").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it does not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_cancelled_is_in_the_way_of_no_later_cycle() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_large(&source, "large").await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "large", "spoilt").await;
    let asked = json!({"conflict": "overwrite", "include": ["large"]});
    let report = cancelled_midway(&stage, &handler, asked.clone()).await;
    println!("{:?} {:?}", report.status, names(&source, "").await);
    let next = handler.cycle("files").await;
    println!("next cycle: {:?} {:?}", next.status, reasons(&next.failures));
    // the person restores once more, as the documentation says
    let again = handler.restore(asked).await;
    println!("again: {} {}", again.status, again.body["status"]);
    println!("{:?}", names(&source, "").await);
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_of_a_restore_that_is_cancelled_is_no_garbage_in_the_next_recovery_point() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_large(&source, "large").await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    remove(&source, "large").await;
    let report = cancelled_midway(&stage, &handler, json!({"include": ["large"]})).await;
    println!("{:?} {:?} {:?}", report.status, report.failures, names(&source, "").await);
    let next = handler.cycle("files").await;
    println!("{:?}", next.status);
    if names(&target, "").await.contains(&"large".to_owned()) {
        let points = handler.recovery_points("files").await.len();
        let intact = intact(&target, "large").await as u64;
        assert_eq!(
            intact,
            40 * MIB,
            "half a file is in one of {points} recovery points, whose cycle {:?}",
            next.status
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_recovery_point_holds_comes_back_though_it_is_excluded_since() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    put(&source, "b", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    drop(handler);
    stage.change("files", json!({"exclude": ["b"]}));
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    remove(&source, "a").await;
    remove(&source, "b").await;
    let report: CycleReport = handler.restore(json!({})).await.ok();
    let named = handler.restore(json!({"include": ["b"]})).await;
    println!("named: {} {}", named.status, named.body["error"]);
    assert_eq!(names(&source, "").await, ["a", "b"], "{:?}", report.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_names_nothing_is_told_of_beside_one_that_names_something() {
    let (_stage, source, handler) = with_files(json!({}), &[("a", "a"), ("budget.xlsx", "b")]).await;
    remove(&source, "a").await;
    remove(&source, "budget.xlsx").await;
    let report: CycleReport = handler.restore(json!({"include": ["a", "buget.xlsx"]})).await.ok();
    let told = serde_json::to_string(&report.failures).expect("JSON")
        + &serde_json::to_string(&report.alerts).expect("JSON");
    assert!(told.contains("buget.xlsx"), "{:?}: {told}", report.status);
}

async fn leased(share: &azure_storage_file_share::ShareClient) -> usize {
    let all = share.list_snapshots().await.expect("a list");
    all.iter().filter(|item| item.snapshot.is_some() && item.lease_state.as_deref() == Some("leased")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_of_a_forgotten_restore_goes_with_the_next_restore_of_its_recovery_point() {
    let (stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    assert_waits(&waiting);
    assert_eq!(leased(&target).await, 1);
    // with the tables all is forgotten
    drop(handler);
    let handler = stage.handler().await;
    let there = json!({"at": "share", "share": "rescue", "create": true});
    handler.restored(json!({"destination": there})).await;
    assert_eq!(leased(&target).await, 0, "after a restore to another place");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_stays_held_after_a_restore() {
    let (_stage, source, target, handler) = backed_up().await;
    let point = handler.recovery_points("files").await.remove(0);
    let decision = json!({"action": "hold", "cycle": point.cycle});
    let told = handler.decide("files", &decision).await;
    println!("{} {:#}", told.status, told.body);
    remove(&source, "a").await;
    handler.restored(json!({})).await;
    assert_eq!(leased(&target).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_share_that_is_gone_can_be_made_and_filled() {
    let (_stage, source, _, handler) = backed_up().await;
    remove_share(&source).await;
    let report: CycleReport = handler.restore(json!({})).await.ok();
    println!("{:?}", report.error);
    let as_told = handler.restore(json!({"destination": {"at": "source", "create": true}})).await;
    println!("{} {:#}", as_told.status, as_told.body);
    let by_name = json!({"at": "share", "account": SOURCE, "share": "files", "create": true});
    let by_name = handler.restore(json!({"destination": by_name})).await;
    println!("{} {:#}", by_name.status, by_name.body);
    assert!(as_told.status == 200 || by_name.status == 200, "what the error tells to do is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_in_an_address_is_told() {
    let nothing = Variables::new();
    for url in [
        "http://127.0.0.1:9/?code=SECRETKEY",
        "https://user:SECRETKEY@127.0.0.1:9/",
        "127.0.0.1:9/?code=SECRETKEY",
    ] {
        for arguments in [&["pairs"][..], &["restore", "files", "latest", "--to", "source"]] {
            let output = run(&[arguments, &["--app", url]].concat(), &nothing).await;
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(!said.contains("SECRETKEY"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_brackets_is_that_name_alone() {
    let (_stage, source, handler) =
        with_files(json!({}), &[("report[1].txt", "r"), ("report1.txt", "old")]).await;
    remove(&source, "report[1].txt").await;
    put(&source, "report1.txt", "newer, and nobody asked for the old one").await;
    handler.restored(json!({"include": ["report[1].txt"], "conflict": "overwrite"})).await;
    assert_eq!(read(&source, "report1.txt").await, "newer, and nobody asked for the old one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_by_its_path_whatever_its_name() {
    let names = [
        "draft [new.txt",
        "{A1}.dat",
        "{open",
        "Übersicht[1].txt",
        "Größe [2].txt",
        "a]b",
        "trailing.",
        "#%&+ x",
    ];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, "data")).collect();
    let (_stage, source, handler) = with_files(json!({}), &files).await;
    let mut lost = Vec::new();
    for name in names {
        remove(&source, name).await;
        let told = handler.restore(json!({"include": [name]})).await;
        if source.file_client(name).get_properties().await.is_err() {
            lost.push(format!("{name}: {} {} {}", told.status, told.body["detail"], told.body["error"]));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_named_with_a_brace_costs_no_walk_of_the_share() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    for number in 0..60 {
        put_directory(&source, &format!("d{number}")).await;
    }
    put(&source, "d7/{A1}.dat", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    remove(&source, "d7/{A1}.dat").await;
    stage.emulator.log().reset();
    handler.restored(json!({"include": ["d7/{A1}.dat"]})).await;
    let counts = stage.emulator.log().snapshot().counts;
    let requests: u64 = counts.values().sum();
    assert!(requests < 40, "{requests}: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_paths_are_brought_back_in_bearable_time() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_many(&source, 2_000).await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    remove(&source, "0001").await;
    let mut include: Vec<String> = (0..25_000).map(|_| format!("projects/{}/{}", uuid(), uuid())).collect();
    include.push("0001".to_owned());
    let body = serde_json::to_string(&include).expect("JSON").len();
    let began = Instant::now();
    let told = handler.restore(json!({"include": include})).await;
    let took = began.elapsed();
    println!("{body} bytes: {} {} {} in {took:?}", told.status, told.body["code"], told.body["detail"]);
    println!("{} {}", told.body["status"], told.body["error"]);
    assert!(
        told.status == 400 || told.status == 413 || told.body["status"] == "Succeeded",
        "{:#}",
        told.body
    );
    assert!(took < Duration::from_secs(20), "{took:?}");
}

fn uuid() -> String {
    format!("{:016x}", rand::random::<u64>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_never_began_keeps_no_pair_held() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    handler.decide("files", &json!({"action": "hold"})).await.ok::<serde_json::Value>();
    // a row that no table takes
    let include: Vec<String> = (0..25_000).map(|_| format!("projects/{}/{}", uuid(), uuid())).collect();
    let told = handler.restore(json!({"include": include, "destination": {"at": "target"}})).await;
    println!("{} {}", told.status, told.body["detail"]);
    let restores: Vec<CycleReport> = handler.get("pairs/files/restores").await;
    println!("{restores:?}");
    handler.fire_timer("resume-timer").await;
    let told = handler.decide("files", &json!({"action": "release"})).await;
    assert_eq!(told.status, 200, "{:#}", told.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_in_another_case_is_found_where_a_directory_is_large() {
    let config = file_share_emulator::Config { page_size: 3, ..Default::default() };
    let mut stage = Stage::with(config).await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directory(&source, "d").await;
    put_directory(&source, "d/B1").await;
    put(&source, "d/B1/x", "x").await;
    for name in ["A", "b", "Ba", "b2", "c", "_", "Z", "b1.txt"] {
        put(&source, &format!("d/{name}"), name).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for name in ["b", "Ba"] {
        remove(&source, &format!("d/{name}")).await;
    }
    put(&source, "d/extra", "extra").await;
    put(&source, "d/b1/more", "more").await;
    let asked = json!({"include": ["D/B", "d/bA", "D/b1"], "conflict": "overwrite", "deleteExtra": true});
    handler.restored(asked).await;
    let found = names(&source, "d").await;
    assert_eq!(found, ["A", "B1", "Ba", "Z", "_", "b", "b1.txt", "b2", "c", "extra"]);
    assert_eq!(names(&source, "d/B1").await, ["x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_extra_is_one_that_the_pair_does_not_exclude_wherever_the_walk_begins() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"exclude": ["cache", "**/*.tmp"]})).await;
    put_directories(&source, "cache/x").await;
    put_directories(&source, "d/e").await;
    put(&source, "cache/x/kept", "kept").await;
    put(&source, "d/e/a", "a").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "d/e/b.tmp", "tmp").await;
    put(&source, "d/e/b", "b").await;
    let asked = json!({"include": ["cache/x/*", "d/e/*", "cache/x/kept"], "conflict": "overwrite", "deleteExtra": true});
    let told = handler.restore(asked).await;
    println!("{} {} {}", told.status, told.body["status"], told.body["error"]);
    let asked = json!({"include": ["cache/x/kept"], "conflict": "overwrite", "deleteExtra": true});
    handler.restore(asked).await;
    assert_eq!(names(&source, "cache/x").await, ["kept"]);
    assert_eq!(names(&source, "d/e").await, ["a", "b.tmp"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_directory_takes_the_place_of_is_in_the_safety_snapshot() {
    let (_stage, source, handler) = with_files(json!({}), &[("tree/a", "a"), ("long", "l")]).await;
    remove(&source, "tree/a").await;
    source.directory_client("tree").delete().await.expect("empty");
    put(&source, "tree", "a file now").await;
    let report: CycleReport =
        handler.restore(json!({"include": ["tree"], "conflict": "overwrite"})).await.ok();
    assert_succeeded(&report);
    let safety = report.restore.expect("it is one").safety_snapshot.expect("a file went");
    assert_eq!(read(&source.with_snapshot(&safety), "tree").await, "a file now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_file_is_brought_back_over_another_with_the_default_guard() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    stage.change("files", json!({"guard": {}}));
    put_many(&source, 100).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "0001", "spoilt").await;
    let report: CycleReport =
        handler.restore(json!({"include": ["0001"], "conflict": "overwrite"})).await.ok();
    assert_eq!(
        report.status,
        Some(azure_files_backup::cycle::report::Status::Succeeded),
        "{:?}",
        report.guard
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn acls_stay_where_a_directory_takes_the_place_of_a_file() {
    let (_stage, source, handler) = with_files(json!({}), &[("tree/a", "a")]).await;
    remove(&source, "tree/a").await;
    source.directory_client("tree").delete().await.expect("empty");
    put(&source, "tree", "a file now").await;
    let report: CycleReport = handler.restore(json!({"acl": "skip", "conflict": "overwrite"})).await.ok();
    println!("{:?} {:?}", report.status, report.failures);
    let report: CycleReport = handler.restore(json!({"acl": "skip", "conflict": "rename"})).await.ok();
    assert_succeeded(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_goes_on_after_it_was_broken_off_though_a_cycle_ran_in_between() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_large(&source, "large").await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    let last_write =
        async || source.file_client("large").get_properties().await.expect("there").written.last_write_time;
    let true_time = last_write().await;
    remove(&source, "large").await;
    let report = cancelled_midway(&stage, &handler, json!({"include": ["large"]})).await;
    println!("{:?}", report.status);
    // at night
    println!("{:?}", handler.cycle("files").await.status);
    let again: CycleReport =
        handler.restore(json!({"include": ["large"], "conflict": "overwrite"})).await.ok();
    let intact = intact(&source, "large").await as u64;
    println!(
        "{} restored, {} skipped",
        again.done.copied.files,
        again.restore.as_ref().map_or(0, |restore| restore.skipped)
    );
    assert_eq!((intact, last_write().await), (40 * MIB, true_time), "the restore {:?}", again.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_with_no_room_for_a_safety_snapshot_is_not_written_to() {
    let config = file_share_emulator::Config { snapshot_limit: 4, ..Default::default() };
    let mut stage = Stage::with(config).await;
    let (source, target) = stage
        .pair("files", json!({"retention": {"limit": 4, "headroomSource": 1, "headroomTarget": 1}}))
        .await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a", "spoilt").await;
    while source.create_snapshot(&Default::default()).await.is_ok() {}
    let report: CycleReport = handler.restore(json!({"conflict": "overwrite"})).await.ok();
    assert_eq!(
        report.error.as_ref().map(|error| error.code.as_str()),
        Some("NoRoomForSafetySnapshot"),
        "{report:#?}"
    );
    assert_eq!((read(&source, "a").await.as_str(), leased(&target).await), ("spoilt", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pairs_that_restore_to_one_share_leave_each_other_alone() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let (other, _) = stage.pair("other", json!({})).await;
    put_large(&source, "large").await;
    put(&other, "x", "x").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let rescue = stage.share(TARGET, "rescue");
    rescue.create(&Default::default()).await.expect("made");
    put(&rescue, "large", "spoilt").await;
    let begun = Arc::new(tokio::sync::Notify::new());
    let (told, count) = (begun.clone(), std::sync::atomic::AtomicU32::new(0));
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.operation.starts_with("Put Range") && count.fetch_add(1, Ordering::SeqCst) >= 3 {
            told.notify_one();
            return Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None };
        }
        Fault::None
    })));
    let there = json!({"at": "share", "share": "rescue"});
    let beside = async {
        begun.notified().await;
        let asked = json!({"recoveryPoint": "latest", "destination": there, "approve": true});
        let told = handler.tell(reqwest::Method::POST, "pairs/other/restores", &asked.to_string()).await;
        stage.emulator.set_faults(None);
        told
    };
    let (first, second) =
        tokio::join!(handler.restore(json!({"destination": there, "conflict": "overwrite"})), beside);
    println!("{} {} {}", second.status, second.body["status"], second.body["failures"]);
    let mut report: CycleReport = serde_json::from_value(first.body).expect("a report");
    for _ in 0..20 {
        if report.status.is_some() {
            break;
        }
        handler.fire_timer("resume-timer").await;
        report = handler.get(&format!("pairs/files/restores/{}", report.id)).await;
    }
    assert_succeeded(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_does_not_say_that_all_came_back_where_a_path_named_nothing() {
    let (stage, source, _, handler) = backed_up().await;
    drop(handler);
    remove(&source, "a").await;
    let output = run(
        &["restore", "files", "latest", "--to", "source", "--include", "a", "--include", "typo", "--yes"],
        &stage.variables(),
    )
    .await;
    assert_ne!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_of_a_walk_that_is_a_file_here_is_told_of() {
    let (_stage, source, handler) = with_files(json!({}), &[("a/b/x", "x"), ("a/b/y", "y")]).await;
    let report: CycleReport = handler
        .restore(json!({"include": ["a/b/x", "a/b/y"], "destination": {"at": "source", "folder": "a/b/x"}}))
        .await
        .ok();
    assert_failed(&report, "FileInTheWay");
    for folder in [
        "trailing.",
        "a:b",
        "x/..",
        "con",
        " ",
        &"n".repeat(300),
        "a/b/",
        "//",
        "a\u{0}b",
        ".backup-scratch-x",
    ] {
        let told = handler.restore(json!({"destination": {"at": "source", "folder": folder}})).await;
        println!(
            "{folder:?}: {} {} {} {}",
            told.status, told.body["status"], told.body["detail"], told.body["error"]["code"]
        );
    }
    println!("{:?}", names(&source, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_no_share_can_have_ends_the_restore() {
    let (_stage, _source, _, handler) = backed_up().await;
    let asked = json!({"destination": {"at": "source", "folder": "a:b"}});
    let told = handler.restore(asked).await;
    println!("{} {} {}", told.status, told.body["state"], told.body["error"]);
    for _ in 0..3 {
        handler.fire_timer("resume-timer").await;
    }
    let restores: Vec<CycleReport> = handler.get("pairs/files/restores").await;
    let status = restores.first().map(|restore| (restore.status, restore.state, restore.invocations));
    assert!(told.status == 400 || restores[0].status.is_some(), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backslash_is_no_slash_and_is_told_of() {
    let (_stage, source, handler) = with_files(json!({}), &[("d/a", "a"), ("b", "b")]).await;
    remove(&source, "d/a").await;
    let told = handler.restore(json!({"include": ["d\\a", "b"]})).await;
    assert_eq!(told.status, 400, "{}", told.body["status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_aside_is_not_lost_by_a_cancel_and_the_next_restore() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directory(&source, "flip").await;
    put_large(&source, "flip/large").await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    remove(&source, "flip/large").await;
    source.directory_client("flip").delete().await.expect("empty");
    put(&source, "flip", "what a person wrote since").await;
    let report = cancelled_midway(&stage, &handler, json!({"conflict": "overwrite"})).await;
    println!("{:?} {:?}", report.status, names(&source, "").await);
    // now with care
    let again: CycleReport = handler.restore(json!({"conflict": "skip"})).await.ok();
    println!(
        "{:?} {:?} {:?}",
        again.status,
        names(&source, "").await,
        again.restore.as_ref().map(|r| r.safety_snapshot.clone())
    );
    let mut found = Vec::new();
    for name in names(&source, "").await {
        if source.file_client(&name).get_properties().await.is_ok() {
            found.push(read(&source, &name).await);
        }
    }
    assert_eq!(found, ["what a person wrote since"]);
}

/// Other data behind the same size and last-write time, as a malicious program or a careful tool leaves it.
async fn encrypt(share: &azure_storage_file_share::ShareClient, path: &str, data: &str) {
    let data = bytes::Bytes::from(data.to_owned());
    share
        .file_client(path)
        .put_range(0, data, azure_storage_file_share::LastWrite::Preserve)
        .await
        .expect("put");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_spoilt_behind_equal_times_comes_back() {
    let (_stage, source, target, handler) = backed_up().await;
    let before = source.file_client("a").get_properties().await.expect("there").written;
    tokio::time::sleep(Duration::from_millis(50)).await;
    encrypt(&source, "a", "EVIL").await;
    let after = source.file_client("a").get_properties().await.expect("there").written;
    assert_eq!(before.last_write_time, after.last_write_time);
    println!("the change time moved: {}", before.change_time != after.change_time);
    let report: CycleReport = handler.restore(json!({"conflict": "overwrite"})).await.ok();
    println!(
        "{:?}, {} copied, {} metadata, safety {:?}",
        report.status,
        report.done.copied.files,
        report.done.metadata,
        report.restore.clone().map(|r| r.safety_snapshot)
    );
    let next = handler.cycle("files").await;
    println!(
        "next cycle {:?}, {:?}; the target says {}",
        next.status,
        next.planned.copied,
        read(&target, "a").await
    );
    assert_eq!(read(&source, "a").await, "data", "{:?}", report.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_spoilt_behind_equal_times_comes_back_beside() {
    let (_stage, source, _, handler) = backed_up().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    encrypt(&source, "a", "EVIL").await;
    let report: CycleReport = handler.restore(json!({"conflict": "rename"})).await.ok();
    assert_eq!(read(&source, &format!("a{}", mark(&report))).await, "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_globs_are_read_in_bearable_time() {
    let (_stage, _, _, handler) = backed_up().await;
    let include: Vec<String> = (0..20_000).map(|number| format!("**/{number}*x[ab]/*.d?c")).collect();
    let began = Instant::now();
    let told = handler.restore_as("?plan=only", json!({"include": include})).await;
    println!("{} {} in {:?}", told.status, told.body["detail"], began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_whatever_its_type() {
    let (_stage, _, _, handler) = backed_up().await;
    let dest = r#""destination":{"at":"source"}"#;
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        &format!(r#"{{"recoveryPoint":1,{dest}}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":"a"}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":[1]}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"deleteExtra":"yes"}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},{dest}}}"#),
        r#"{"recoveryPoint":"latest","destination":{"at":"Source"}}"#,
        r#"{"recoveryPoint":"latest","destination":{"at":"source","folder":"..\\x"}}"#,
        r#"{"recoveryPoint":"latest","destination":{"at":"source","folder":"a/./b"}}"#,
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":["{}"]}}"#, "x".repeat(3_000_000)),
        &"[".repeat(100_000),
    ] {
        let told = handler.tell(reqwest::Method::POST, "pairs/files/restores", body).await;
        assert_eq!(told.status, 400, "{:.80} {:.300}", body, told.body.to_string());
    }
    let empty = handler.restore(json!({"include": []})).await;
    println!("an empty include: {} {}", empty.status, empty.body["status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_include_brings_not_everything() {
    let (_stage, source, handler) = with_files(json!({}), &[("a", "a"), ("b", "b")]).await;
    put(&source, "a", "newer").await;
    // a script whose list came out empty
    let told = handler.restore(json!({"include": [], "conflict": "overwrite"})).await;
    assert_eq!((told.status, read(&source, "a").await.as_str()), (400, "newer"), "{}", told.body["status"]);
}

/// Works on a restore for moments at a time, each time from what is stored.
async fn in_pieces(
    stage: &Stage,
    backup: &azure_files_backup::cycle::Backup,
    asked: serde_json::Value,
    moment: Duration,
) -> CycleReport {
    let asked = serde_json::from_value(asked).expect("what the interface says");
    stage.emulator.set_faults(Some(Arc::new(|_: &Seen<'_>| Fault::Delay { by: Duration::from_millis(4) })));
    let soon = || tokio::time::Instant::now() + moment;
    let mut report = Box::pin(backup.restore("files", asked, soon())).await.expect("begun");
    for _ in 0..2_000 {
        if report.status.is_some() {
            stage.emulator.set_faults(None);
            return report;
        }
        report = Box::pin(backup.go_on_restoring("files", soon())).await.expect("gone on");
    }
    panic!("it does not end: {report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_large_directory_comes_back_in_pieces() {
    // each with each held as well
    for (include, whole, conflict) in [
        (json!(["d/big/f*", "D/other", "d/big/one"]), false, "rename"),
        (json!(["d/big", "d/other/x"]), true, "overwrite"),
        (json!(["**/f*", "d/other/x", "d/big/one"]), false, "skip"),
    ] {
        {
            let config = file_share_emulator::Config { page_size: 3, ..Default::default() };
            let mut stage = Stage::with(config).await;
            let (source, _) = stage.pair("files", json!({})).await;
            put_directories(&source, "d/big/sub").await;
            put_directory(&source, "d/other").await;
            for number in 0..40 {
                put(&source, &format!("d/big/f{number:03}"), "data").await;
                put(&source, &format!("d/big/g{number:03}"), "data").await;
            }
            for path in ["d/big/one", "d/big/sub/f", "d/other/x", "d/x"] {
                put(&source, path, path).await;
            }
            let backup = app(&stage.variables());
            let deadline = backup.deadline(azure_files_backup::cycle::Trigger::Timer);
            let cycle = Box::pin(backup.run("files", azure_files_backup::cycle::Start::New, deadline))
                .await
                .expect("a cycle");
            assert_succeeded(&cycle);
            for number in (0..40).step_by(3) {
                remove(&source, &format!("d/big/f{number:03}")).await;
                remove(&source, &format!("d/big/g{number:03}")).await;
            }
            for number in (1..40).step_by(3) {
                put(&source, &format!("d/big/f{number:03}"), "spoilt").await;
                put(&source, &format!("d/big/g{number:03}"), "spoilt").await;
                put(&source, &format!("d/big/f{number:03}x"), "extra").await;
            }
            let deletes = conflict == "overwrite";
            let asked = json!({"recoveryPoint": "latest", "destination": {"at": "source"}, "include": include,
                "conflict": conflict, "deleteExtra": deletes, "approve": true});
            let report = in_pieces(&stage, &backup, asked, Duration::from_millis(15)).await;
            assert_eq!(report.failures.len(), 0, "{include} {conflict} {:?}", report.failures);
            assert_succeeded(&report);
            let mark = mark(&report);
            for number in 0..40 {
                for kind in ["f", "g"] {
                    let path = format!("d/big/{kind}{number:03}");
                    let is_wanted = kind == "f" || whole;
                    let told = format!("{include} {conflict} {path}, {} invocations", report.invocations);
                    let is_there = source.file_client(&path).get_properties().await.is_ok();
                    let beside = source.file_client(&format!("{path}{mark}")).get_properties().await.is_ok();
                    match number % 3 {
                        0 => assert_eq!(is_there, is_wanted, "{told}"),
                        1 if is_wanted && deletes => assert_eq!(read(&source, &path).await, "data", "{told}"),
                        1 => assert_eq!(read(&source, &path).await, "spoilt", "{told}"),
                        _ => assert_eq!(read(&source, &path).await, "data", "{told}"),
                    }
                    assert_eq!(beside, number % 3 == 1 && is_wanted && conflict == "rename", "{told}");
                    if number % 3 == 1 && kind == "f" {
                        let extra = source.file_client(&format!("{path}x")).get_properties().await.is_ok();
                        assert_eq!(extra, !deletes, "{told}");
                    }
                }
            }
            println!("{include} {conflict}: {} invocations", report.invocations);
        }
    }
}
