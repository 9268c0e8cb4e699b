//! Pairs to which everything has happened that can happen to pairs, by real cycles of the handler under the stand-in
//! host. Only one thing is made up: the emulator's clock begins days ago, so that a recovery point can be old.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{
    ClientOptions, CreateDirectory, CreateFile, CreateShareOptions, ShareClient, ShareServiceClient,
};
use faults::Planned;
use file_share_emulator::{AccountConfig, Config, Emulator};
use functions_host::{Host, Package};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::repository;
use crate::stage::random_key;

const SOURCE: &str = "contosowest";
const TARGET: &str = "contosonorth";
const DAYS_AGO: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// Cycles of every pair that is well.
const ROUNDS: usize = 4;
const AT_ONCE: usize = 8;
/// Pairs to which something happens, in the scene of many.
const SPECIAL: [&str; 6] = ["archive", "projects", "legal", "people", "media", "design"];

pub(super) struct Scene {
    emulator: Emulator,
    host: Arc<Host>,
    /// The cycle that goes on while somebody looks.
    running: Option<JoinHandle<()>>,
}

impl Scene {
    pub(super) async fn of_one_pair(handler: &Path, folder: &Path) -> Result<Self> {
        let scene = Self::set(handler, folder, vec![pair("finance", json!({}))]).await?;
        scene.emulator.advance_clock(DAYS_AGO);
        scene.work_well(&["finance".to_owned()]).await?;
        scene.ask("POST", "pairs/finance/drills", "").await?;
        scene.restore("finance", true).await?;
        Ok(scene)
    }

    pub(super) async fn of_fifty_pairs(handler: &Path, folder: &Path) -> Result<Self> {
        let mut settings = vec![
            pair("archive", json!({"rpoHours": 24})),
            pair("projects", json!({})),
            pair("legal", json!({})),
            pair("people", json!({"guard": {"maxDeletePercent": 50}})),
            // slow enough to be seen at work
            pair("media", json!({"limits": {"bytesPerSecond": 65_536}})),
            pair("design", json!({"seed": {"share": "design-staging"}})),
        ];
        let well: Vec<String> =
            (1..=50 - SPECIAL.len()).map(|number| format!("department-{number:02}")).collect();
        settings.extend(well.iter().map(|name| pair(name, json!({}))));
        let mut scene = Self::set(handler, folder, settings).await?;
        scene.be_late().await?;
        scene.work_well(&well).await?;
        scene.fail_in_part().await?;
        scene.fail().await?;
        scene.be_held().await?;
        scene.be_seeded().await?;
        scene.ask("POST", "pairs/design/drills", "").await?;
        // it waits for somebody to look at its plan
        scene.restore(&well[0], false).await?;
        scene.be_at_work().await?;
        Ok(scene)
    }

    pub(super) fn host(&self) -> Arc<Host> {
        self.host.clone()
    }

    pub(super) async fn strike(self) {
        if let Some(running) = self.running {
            running.abort();
        }
        // the handler is killed with the last who asks the host
        drop(self.host);
        self.emulator.stop().await;
    }

    async fn set(handler: &Path, folder: &Path, pairs: Vec<Value>) -> Result<Self> {
        let accounts = [SOURCE, TARGET].map(|name| AccountConfig::new(name, random_key())).to_vec();
        let config = Config { accounts, clock_behind: DAYS_AGO, ..Config::default() };
        let emulator = Emulator::start(config).await.context("Starting the emulator")?;
        let package = Package::assemble(repository::root(), handler, &folder.join("package"))?;
        let host = Host::start(&package, settings(&emulator, pairs)).await.context("Starting the host")?;
        Ok(Self { emulator, host: Arc::new(host), running: None })
    }

    /// One recovery point, three days ago.
    async fn be_late(&self) -> Result<()> {
        self.source_with("archive", &["ledger.pdf", "minutes.docx"]).await?;
        self.cycle("archive", "Succeeded").await?;
        self.emulator.advance_clock(DAYS_AGO);
        Ok(())
    }

    async fn work_well(&self, names: &[String]) -> Result<()> {
        stream::iter(names)
            .map(|name| async move {
                let source = self.source_with(name, &["plan.xlsx", "notes.txt"]).await?;
                for round in 0..ROUNDS {
                    put(&source, &format!("report-{round}.pdf"), 200_000 * (round + 1)).await?;
                    self.cycle(name, "Succeeded").await?;
                }
                anyhow::Ok(())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Good cycles, and then one in which two files cannot be read.
    async fn fail_in_part(&self) -> Result<()> {
        let source = self.source_with("projects", &["bridge.dwg", "tunnel.dwg"]).await?;
        self.cycle("projects", "Succeeded").await?;
        for file in ["harbour.dwg", "tower.dwg"] {
            put(&source, file, 4_000).await?;
        }
        let refusal = json!({"Refuse": {"status": 403, "code": "AuthorizationFailure"}});
        let rule =
            |path: &str| json!({"account": SOURCE, "path": format!("/projects/{path}"), "then": refusal});
        let plan = json!({"rules": [rule("harbour.dwg"), rule("tower.dwg")]});
        self.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string())?)));
        self.cycle("projects", "CompletedWithErrors").await?;
        self.emulator.set_faults(None);
        Ok(())
    }

    /// Its source share is not there.
    async fn fail(&self) -> Result<()> {
        self.cycle("legal", "Failed").await
    }

    /// Its source was emptied, which nobody approved.
    async fn be_held(&self) -> Result<()> {
        let files = ["contracts.zip", "payroll.csv"];
        let source = self.source_with("people", &files).await?;
        self.cycle("people", "Succeeded").await?;
        for file in files {
            source.file_client(file).delete().await?;
        }
        let report = self.begin("people").await?;
        ensure!(report["state"] == "AwaitingApproval", "Nothing waits: {report}");
        Ok(())
    }

    async fn be_seeded(&self) -> Result<()> {
        let staging = self.share(TARGET, "design-staging")?;
        staging.create(&CreateShareOptions::default()).await?;
        self.source_with("design", &["logo.svg", "poster.psd"]).await?;
        put(&staging, "logo.svg", 50).await?;
        self.cycle("design", "Succeeded").await
    }

    /// Begins a cycle that takes minutes.
    async fn be_at_work(&mut self) -> Result<()> {
        let source = self.source_with("media", &["clip.txt"]).await?;
        self.cycle("media", "Succeeded").await?;
        for number in 0..60 {
            put(&source, &format!("film-{number:02}.mp4"), 250_000).await?;
        }
        let host = self.host.clone();
        self.running = Some(tokio::spawn(async move {
            host.http("POST", "/api/pairs/media/cycles", &[], "").await;
        }));
        for _ in 0..600 {
            let pair = self.ask("GET", "pairs/media", "").await?;
            if pair["cycle"]["progress"]["remainingMs"].is_u64() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("The cycle that is to be watched does not begin")
    }

    /// A source share with these files, and a directory.
    async fn source_with(&self, name: &str, files: &[&str]) -> Result<ShareClient> {
        let source = self.share(SOURCE, name)?;
        source.create(&CreateShareOptions::default()).await?;
        source.directory_client("2026").create(&CreateDirectory::default()).await?;
        for file in files {
            put(&source, file, 1_000).await?;
        }
        Ok(source)
    }

    /// A whole cycle, which ends like this.
    async fn cycle(&self, pair: &str, status: &str) -> Result<()> {
        let report = self.begin(pair).await?;
        ensure!(report["status"] == status, "Pair {pair} did not end as {status}: {report}");
        Ok(())
    }

    async fn begin(&self, pair: &str) -> Result<Value> {
        self.ask("POST", &format!("pairs/{pair}/cycles"), "").await
    }

    /// Everything, into a new share.
    async fn restore(&self, pair: &str, approve: bool) -> Result<Value> {
        let destination = json!({"at": "share", "share": format!("{pair}-rescue"), "create": true});
        let body = json!({"recoveryPoint": "latest", "destination": destination, "approve": approve});
        self.ask("POST", &format!("pairs/{pair}/restores"), body.to_string()).await
    }

    async fn ask(&self, method: &str, route: &str, body: impl Into<String>) -> Result<Value> {
        let answer = self.host.http(method, &format!("/api/{route}"), &[], body.into()).await;
        let body = String::from_utf8_lossy(&answer.body);
        ensure!([200, 202].contains(&answer.status), "{method} {route} answered {}: {body}", answer.status);
        serde_json::from_str(&body).with_context(|| format!("{method} {route} answered {body}"))
    }

    fn share(&self, account: &str, share: &str) -> Result<ShareClient> {
        let known = self.emulator.account(account);
        let key = Credential::SharedKey(SharedKey::new(account, &known.key)?);
        let service = ShareServiceClient::new(&known.endpoint, account, key, ClientOptions::default())?;
        Ok(service.share_client(share))
    }
}

/// The settings of a pair without its endpoints.
fn pair(name: &str, more: Value) -> Value {
    // half of a few files tells of no disaster
    let guard = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100});
    let mut pair = json!({"name": name, "guard": guard});
    for (field, value) in more.as_object().into_iter().flatten() {
        pair[field] = value.clone();
    }
    pair
}

fn settings(emulator: &Emulator, mut pairs: Vec<Value>) -> BTreeMap<String, String> {
    for pair in &mut pairs {
        let name = pair["name"].clone();
        for (side, account) in [("source", SOURCE), ("target", TARGET)] {
            let endpoint = emulator.account(account).endpoint.as_str();
            pair[side] = json!({"account": account, "share": name, "endpoint": endpoint});
        }
    }
    let key = |account: &str| (format!("BACKUP_KEY__{account}"), emulator.account(account).key.clone());
    let settings = [
        ("BACKUP_PAIRS".to_owned(), Value::from(pairs).to_string()),
        // cycles are begun by hand
        ("BACKUP_SCHEDULE".to_owned(), "0 0 3 1 * *".to_owned()),
        ("RESUME_SCHEDULE".to_owned(), "0 0 3 1 * *".to_owned()),
        ("DRILL_SCHEDULE".to_owned(), "0 0 3 1 * *".to_owned()),
        ("BACKUP_STATE".to_owned(), "memory".to_owned()),
        ("BACKUP_CREDENTIAL".to_owned(), "sharedKey".to_owned()),
    ];
    settings.into_iter().chain([key(SOURCE), key(TARGET)]).collect()
}

async fn put(share: &ShareClient, path: &str, size: usize) -> Result<()> {
    let body = vec![b'x'; size].into();
    let options = CreateFile { size: size as u64, body: Some(body), ..Default::default() };
    share.file_client(path).create(&options).await?;
    Ok(())
}
