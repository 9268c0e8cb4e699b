//! Where both sides run in turn: the emulator with a source and a target account, tables, the handler, AzCopy, and one
//! latency for everybody.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{ClientOptions, ShareClient, ShareServiceClient};
use faults::{Class, Document, Latency};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Options;
use super::app::{App, Cycle};
use super::control::{Control, Named};
use super::figures::Figures;
use super::process::EmulatorProcess;
use super::tables::Tables;
use crate::repository;
use crate::stage::random_key;

pub(super) const PAIR: &str = "bench";
pub(super) const SOURCE: &str = "benchsource";
pub(super) const TARGET: &str = "benchtarget";
/// The source's share, and the target's that the handler writes unless it is told another.
pub(super) const SHARE: &str = "files";

pub(super) struct Field {
    emulator: EmulatorProcess,
    pub(super) control: Control,
    pub(super) tables: Tables,
    handler: PathBuf,
    http: Client,
    key: String,
    pub(super) plan: Document,
    /// The pair's name, and the share that it writes.
    pair: &'static str,
    target: &'static str,
    /// Merged into the pair's settings.
    more: Value,
    variables: BTreeMap<String, String>,
    pub(super) folder: TempDir,
}

/// A measured cycle.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub(super) figures: Figures,
    pub(super) cycle: Cycle,
}

impl Field {
    /// `arguments` are the emulator's.
    pub(super) async fn open(options: &Options, arguments: &[String]) -> Result<Self> {
        let handler = repository::build_handler()?;
        let binary = repository::build_binary("file_share_emulator")?;
        let key = random_key();
        let emulator = EmulatorProcess::start(&binary, &[SOURCE, TARGET], &key, arguments)?;
        let http = Client::builder().tls_certs_only([]).no_proxy().build()?;
        let control = Control::new(emulator.control().clone(), http.clone());
        let tables = Tables::start().await?;
        let folder = tempfile::Builder::new().prefix("azure-files-backup-bench-").tempdir()?;
        let plan = slow(options.latency_ms);
        Ok(Self {
            emulator,
            control,
            tables,
            handler,
            http,
            key,
            plan,
            pair: PAIR,
            target: SHARE,
            more: json!({}),
            variables: BTreeMap::new(),
            folder,
        })
    }

    /// Merged into the pair's settings from now on.
    pub(super) fn set_pair(&mut self, more: Value) {
        self.more = more;
    }

    /// From now on another pair is backed up: the same source into another share, which gives the pair its name.
    pub(super) fn set_target(&mut self, share: &'static str) {
        (self.pair, self.target, self.more) = (share, share, json!({}));
    }

    /// From now on the app is another binary.
    pub(super) fn set_handler(&mut self, handler: PathBuf) {
        self.handler = handler;
    }

    /// A setting of the app from now on.
    pub(super) fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn share(&self, account: &str, share: &str) -> Result<ShareClient> {
        let place = usize::from(account == TARGET);
        let endpoint = &self.emulator.endpoints()[place];
        let credential = Credential::SharedKey(SharedKey::new(account, &self.key)?);
        let service = ShareServiceClient::new(endpoint, account, credential, ClientOptions::default())?;
        Ok(service.share_client(share))
    }

    pub(super) fn source(&self) -> Result<ShareClient> {
        self.share(SOURCE, SHARE)
    }

    pub(super) fn emulator_cpu(&self) -> Result<Duration> {
        Ok(self.emulator.cpu()?.total())
    }

    /// From here on everything is as slow as the benchmark wants it.
    pub(super) async fn slow_down(&self) -> Result<()> {
        self.tables.set_plan(Some(&self.plan))?;
        self.control.set_plan(&self.plan).await?;
        self.control.clear_log().await
    }

    /// What is not measured goes as fast as it can.
    pub(super) async fn speed_up(&self) -> Result<()> {
        self.tables.set_plan(None)?;
        self.control.clear_plan().await
    }

    pub(super) async fn app(&self) -> Result<App> {
        let log = self.folder.path().join("handler.log");
        App::start(&self.handler, &self.settings(), &log, self.http.clone()).await
    }

    /// The first cycle, which makes what a steady state begins with. It is not measured.
    pub(super) async fn prepare(&self) -> Result<Cycle> {
        let app = self.app().await?;
        app.fire().await?;
        let cycle = app.cycle(self.pair).await?;
        cycle.succeeded()?;
        self.check(&cycle).await?;
        app.kill().await?;
        Ok(cycle)
    }

    /// A cycle in a process of its own, whose outcome is compared with its source.
    pub(super) async fn ours(&self) -> Result<Ours> {
        let app = self.app().await?;
        let (figures, status) = self.measured(&app, self.fire_to_the_end(&app)).await?;
        let cycle = app.cycle(self.pair).await?;
        cycle.succeeded()?;
        ensure!(status.is_success(), "The invocation ended with {status}");
        self.check(&cycle).await?;
        app.kill().await?;
        Ok(Ours { figures, cycle })
    }

    /// A restore in a process of its own.
    pub(super) async fn restored(&self, asked: Value) -> Result<Figures> {
        let app = self.app().await?;
        let (figures, restore) = self.measured(&app, app.restore(self.pair, asked)).await?;
        restore.succeeded()?;
        app.kill().await?;
        Ok(figures)
    }

    /// What some work of an app that has just begun costs.
    async fn measured<T>(&self, app: &App, work: impl Future<Output = Result<T>>) -> Result<(Figures, T)> {
        self.slow_down().await?;
        let emulator = self.emulator_cpu()?;
        let started = Instant::now();
        let done = work.await?;
        let wall = started.elapsed();
        let (counters, usage) = (self.control.counters().await?, app.usage()?);
        let mut figures = Figures::new(&counters, wall, usage, self.emulator_cpu()? - emulator);
        figures.table_requests = Some(self.tables.count());
        self.speed_up().await?;
        Ok((figures, done))
    }

    /// A plan that waits for a person, as where a target is adopted, is approved.
    pub(super) async fn fire_to_the_end(&self, app: &App) -> Result<StatusCode> {
        let status = app.fire().await?;
        let cycle = app.cycle(self.pair).await?;
        match cycle.waits_with_digest() {
            None => Ok(status),
            Some(digest) => {
                app.decide(self.pair, json!({"action": "approve", "cycle": cycle.id, "digest": digest}))
                    .await?;
                app.fire().await
            }
        }
    }

    /// The two share snapshots of the cycle hold the same.
    pub(super) async fn check(&self, cycle: &Cycle) -> Result<()> {
        let (source, target) = (cycle.source_snapshot.as_deref(), cycle.target_snapshot.as_deref());
        ensure!(source.is_some() && target.is_some(), "Cycle {} left no recovery point", cycle.id);
        let source = Named { account: SOURCE, share: SHARE, snapshot: source };
        let target = Named { account: TARGET, share: self.target, snapshot: target };
        let compared = self.control.differences(source, target).await?;
        compared.none().with_context(|| format!("After cycle {}", cycle.id))
    }

    fn settings(&self) -> BTreeMap<String, String> {
        let side = |account: &str, share: &str, place: usize| {
            let endpoint = self.emulator.endpoints()[place].as_str();
            json!({"account": account, "share": share, "endpoint": endpoint})
        };
        let guard = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100});
        let (source, target) = (side(SOURCE, SHARE, 0), side(TARGET, self.target, 1));
        let mut pair = json!({"name": self.pair, "source": source, "target": target, "guard": guard});
        for (field, value) in self.more.as_object().into_iter().flatten() {
            pair[field] = value.clone();
        }
        let mut settings = BTreeMap::from([
            ("BACKUP_PAIRS".to_owned(), json!([pair]).to_string()),
            ("BACKUP_SCHEDULE".to_owned(), "0 0 3 * * *".to_owned()),
            ("RESUME_SCHEDULE".to_owned(), "0 */5 * * * *".to_owned()),
            ("DRILL_SCHEDULE".to_owned(), "0 0 12 * * 0".to_owned()),
            ("BACKUP_CREDENTIAL".to_owned(), "sharedKey".to_owned()),
        ]);
        settings.extend([SOURCE, TARGET].map(|account| (format!("BACKUP_KEY__{account}"), self.key.clone())));
        settings.extend(self.tables.settings());
        settings.extend(self.variables.clone());
        settings
    }
}

/// The same for every operation, as a round trip is.
fn slow(ms: u64) -> Document {
    let latency = Latency { ms: ms as f64, ..Latency::default() };
    let classes = [Class::Read, Class::Write, Class::Copy, Class::List, Class::Metadata];
    Document { latency: classes.map(|class| (class, latency)).into(), ..Document::default() }
}
