//! The preflight: what is broken is named as what it is, what is well is not, and nothing stays behind.

mod beside;
mod network;
mod remains;
mod rights;
mod shares;

use azure_files_backup::cycle::doctor::{Check, CheckName, CheckStatus, Examination, Remedy};
use azure_files_backup::state::Side;
use file_share_emulator::{Config, Identity, Role};
use reqwest::Method;
use serde_json::Value;

use crate::support::*;

/// What nobody can find out by the file service.
const REGIONS: (CheckName, Option<Side>) = (CheckName::Regions, None);
const SIDES: [Option<Side>; 2] = [Some(Side::Source), Some(Side::Target)];

/// A source with a file in a directory, and an app with exactly its roles.
async fn healthy() -> Keyless {
    with(with_the_roles_of_the_app(Identity::system_assigned())).await
}

async fn with(app: Identity) -> Keyless {
    stage(Config { identities: vec![app], ..Config::default() }).await
}

async fn stage(config: Config) -> Keyless {
    let stage = Keyless::with(config).await;
    let (source, _) = stage.shares().await;
    source.directory_client("d").create(&Default::default()).await.expect("made");
    put(&source, "d/a", "data").await;
    stage
}

/// What the program says, and whether its exit code agrees.
async fn examine(variables: &Variables) -> Examination {
    let output = run(&["doctor", "--json"], variables).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let found: Examination = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{stderr}"));
    assert_eq!(output.status.code(), Some(if found.passed { 0 } else { 1 }));
    found
}

type Named = (CheckName, Option<Side>);

fn named(found: &Examination, status: CheckStatus) -> Vec<Named> {
    let mut named: Vec<Named> = found
        .checks
        .iter()
        .filter(|check| check.status == status)
        .map(|check| (check.check, check.side))
        .collect();
    named.sort();
    named
}

/// Exactly these fail.
fn assert_failed(found: &Examination, expected: &[Named]) {
    let mut expected = expected.to_vec();
    expected.sort();
    let failed: Vec<_> = found.checks.iter().filter(|check| check.status == CheckStatus::Failed).collect();
    assert_eq!(named(found, CheckStatus::Failed), expected, "{failed:#?}");
}

fn check(found: &Examination, name: CheckName, side: Option<Side>) -> &Check {
    let checks: Vec<_> =
        found.checks.iter().filter(|check| check.check == name && check.side == side).collect();
    assert_eq!(checks.len(), 1, "{name:?} of {side:?}: {:#?}", found.checks);
    checks[0]
}

fn remedy(found: &Examination, name: CheckName, side: Option<Side>) -> &Remedy {
    check(found, name, side).remedy.as_ref().expect("a remedy")
}

/// Shares and share snapshots are as before, and nothing of a preflight is among them.
async fn assert_clean(stage: &Keyless) {
    let (source, target) = (stage.share(SOURCE, "files"), stage.share(TARGET, "files"));
    assert_eq!(snapshots(&source).await, []);
    assert_eq!(target.get_properties().await.expect_err("no cycle ran").status, Some(404));
    assert_eq!(scratch_shares(stage).await, [""; 0]);
}

async fn scratch_shares(stage: &Keyless) -> Vec<String> {
    let page = stage.service(TARGET).list_shares(&Default::default()).await.expect("a list");
    page.shares
        .into_iter()
        .map(|share| share.name)
        .filter(|name| name.starts_with("backup-doctor-"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_where_all_is_well_nothing_is_named_and_nothing_stays() {
    let stage = healthy().await;
    stage.emulator.log().reset();
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[]);
    assert!(found.passed);
    assert_eq!(named(&found, CheckStatus::Excessive), []);
    // of a target that is not there yet
    let target = Some(Side::Target);
    let untried = [REGIONS, (CheckName::Protocol, target), (CheckName::ReadFiles, target)];
    assert_eq!(named(&found, CheckStatus::NotTried), untried);
    let copied = check(&found, CheckName::ServerSideCopy, None);
    assert_eq!(
        (copied.status, copied.detail.as_str()),
        (CheckStatus::Ok, "The service copied a byte from account to account")
    );
    for account in [SOURCE, TARGET] {
        let sent =
            stage.emulator.log().snapshot().recent.iter().filter(|sent| sent.account == account).count();
        assert!(sent <= 14, "{sent} requests to {account}");
    }
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_pair_with_recovery_points_is_well_too() {
    let stage = healthy().await;
    let handler = Handler::start(free_port(), &stage.variables()).await;
    assert_succeeded(&handler.cycle("files").await);
    let before = snapshots(&stage.share(SOURCE, "files")).await;
    let answer = handler.tell(Method::POST, "doctor?pair=files", "").await;
    assert_eq!(answer.status, 200);
    let found: Examination = serde_json::from_value(answer.body).expect("an examination");
    assert!(found.passed, "{:#?}", found.checks);
    assert_eq!(named(&found, CheckStatus::NotTried), [REGIONS]);
    assert_eq!(snapshots(&stage.share(SOURCE, "files")).await, before);
    assert_eq!(scratch_shares(&stage).await, [""; 0]);
    // the next cycle stands on the same base as if nothing had been
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(report.done.copied.files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_person_reads_what_is_wrong_first_with_its_remedy() {
    let app = Identity::system_assigned().with(Role::share_operator());
    let stage = with(app.with_on(TARGET, Role::privileged_contributor())).await;
    let output = run(&["doctor"], &stage.variables()).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines = text.lines();
    let first = lines.next().expect("a line");
    assert!(first.starts_with("FAILED    ReadFiles (files, source): The identity may not "), "{text}");
    assert!(lines.next().expect("a remedy").contains("Storage File Data Privileged Reader"), "{text}");
    assert!(lines.next().expect("a command").trim().starts_with("$ az role assignment create "), "{text}");
    assert!(text.trim_end().ends_with("not tried"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_mistaken_settings_and_questions_are_refused_as_such() {
    let stage = healthy().await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "never".to_owned());
    let output = run(&["doctor"], &variables).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("BACKUP_LEASE_SECONDS"));

    let handler = Handler::start(free_port(), &stage.variables()).await;
    handler.tell(Method::POST, "doctor?pair=none", "").await.problem(404, "PairNotFound");
    handler.tell(Method::POST, "doctor?share=files", "").await.problem(400, "RequestMistaken");
}

/// Every name has a row in the document, and every row is a name.
#[test]
fn the_document_tells_every_check() {
    let text = include_str!("../../docs/doctor.md");
    let section =
        text.split("\n## ").find(|section| section.starts_with("What is looked at")).expect("a section");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut rows: Vec<String> = rows.map(str::to_owned).collect();
    rows.sort();
    let mut names = CheckName::ALL.map(|name| Value::from(format!("{name:?}")));
    names.sort_by_key(ToString::to_string);
    assert_eq!(rows, names.map(|name| name.as_str().expect("a text").to_owned()));
}
