//! Everything that one pair needs to be backed up on this machine: the emulator with an account on either side, and
//! the package under the stand-in host.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{ClientOptions, ShareClient, ShareServiceClient};
use azurite::Azurite;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use faults::Plan;
use file_share_emulator::{AccountConfig, Config, Emulator};
use functions_host::{Host, Package, TimerVariant};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{platform, repository};

pub(crate) const PAIR: &str = "demo";
const SHARE: &str = "files";
const SOURCE: &str = "demosource";
const TARGET: &str = "demotarget";
/// What an account answers that takes no key.
const KEY_REFUSED: &str = "KeyBasedAuthenticationNotPermitted";
/// How much of the handler's console is shown when an invocation fails.
const CONSOLE_LINES: usize = 20;

pub(crate) struct Stage {
    emulator: Emulator,
    host: Host,
    opened_by: OpenedBy,
    /// Holds the app's state where it is not held in memory.
    tables: Option<Azurite>,
}

/// How the accounts are opened, by the app and by the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenedBy {
    Keys,
    /// Tokens over https; the accounts refuse their keys.
    Identities,
}

impl Stage {
    /// The shares do not exist yet: the source share is the caller's to make, the target share the app's. `more` is
    /// merged into the pair's settings.
    pub(crate) async fn set(handler: &Path, folder: &Path, opened_by: OpenedBy, more: Value) -> Result<Self> {
        let package = Package::assemble(repository::root(), handler, &folder.join("package"))?;
        Self::with(&package, folder, opened_by, more).await
    }

    /// The same with a package that is there already.
    pub(crate) async fn with(
        package: &Package,
        folder: &Path,
        opened_by: OpenedBy,
        more: Value,
    ) -> Result<Self> {
        let allow_shared_key = opened_by == OpenedBy::Keys;
        let account =
            |name: &str| AccountConfig { allow_shared_key, ..AccountConfig::new(name, random_key()) };
        let identities = match opened_by {
            OpenedBy::Keys => Vec::new(),
            OpenedBy::Identities => platform::identities(SOURCE, TARGET),
        };
        let accounts = vec![account(SOURCE), account(TARGET)];
        let config = Config { accounts, identities, ..Config::default() };
        let emulator = Emulator::start(config).await.context("Starting the emulator")?;
        let log = Mutex::new(File::create(folder.join("handler.log"))?);
        let tables = match opened_by {
            OpenedBy::Identities if Azurite::is_installed() => {
                let certificate = emulator.issue_certificate()?;
                Some(Azurite::start_secure(certificate.certificate, certificate.key).await?)
            }
            _ => None,
        };
        let mut settings = settings(&emulator, opened_by, folder, more)?;
        let state = tables.as_ref().map_or("memory".to_owned(), |tables| tables.table_endpoint().to_string());
        settings.insert("BACKUP_STATE".to_owned(), state);
        let host = Host::start_with_console(package, settings, move |line| write_line(&log, &line.text));
        let host = host.await.context("Starting the stand-in host")?;
        Ok(Self { emulator, host, opened_by, tables })
    }

    /// Where the app keeps its state, in words.
    pub(crate) fn state(&self) -> &'static str {
        match self.tables {
            Some(_) => "in the tables of Azurite, opened by tokens",
            None => "in memory",
        }
    }

    pub(crate) fn source(&self) -> Result<ShareClient> {
        self.share(SOURCE, SHARE)
    }

    pub(crate) fn target(&self) -> Result<ShareClient> {
        self.share(TARGET, SHARE)
    }

    /// Another share in the target's account.
    pub(crate) fn target_share(&self, share: &str) -> Result<ShareClient> {
        self.share(TARGET, share)
    }

    /// What goes wrong with requests to both accounts from here on.
    pub(crate) fn set_faults(&self, plan: Option<Arc<dyn Plan>>) {
        self.emulator.set_faults(plan);
    }

    fn share(&self, name: &str, share: &str) -> Result<ShareClient> {
        let account = self.emulator.account(name);
        let (endpoint, (credential, options)) = match self.opened_by {
            OpenedBy::Keys => {
                let key = Credential::SharedKey(SharedKey::new(name, &account.key)?);
                (&account.endpoint, (key, ClientOptions::default()))
            }
            OpenedBy::Identities => (&account.https_endpoint, platform::loader(&self.emulator)?),
        };
        let service = ShareServiceClient::new(endpoint, name, credential, options)?;
        Ok(service.share_client(share))
    }

    /// Neither account is opened by its own key.
    pub(crate) async fn make_sure_that_keys_are_refused(&self) -> Result<()> {
        for name in [SOURCE, TARGET] {
            let account = self.emulator.account(name);
            let key = Credential::SharedKey(SharedKey::new(name, &account.key)?);
            let service = ShareServiceClient::new(&account.endpoint, name, key, ClientOptions::default())?;
            let code = service.share_client(SHARE).get_properties().await.err().and_then(|error| error.code);
            ensure!(code.as_deref() == Some(KEY_REFUSED), "A key of {name} is answered with {code:?}");
        }
        Ok(())
    }

    /// One invocation, to its end.
    pub(crate) async fn fire_timer(&self) -> Result<()> {
        let invocation = self.host.fire_timer("backup-timer", TimerVariant::default()).await;
        let lines = || {
            let console = self.host.console();
            let last = console.iter().rev().take(CONSOLE_LINES).rev();
            last.map(|line| line.text.clone()).collect::<Vec<_>>().join("\n")
        };
        ensure!(
            invocation.outcome.is_success(),
            "The timer invocation ended as {:?}\n{}",
            invocation.outcome,
            lines()
        );
        Ok(())
    }

    /// What the file services were asked since the last time this was called.
    pub(crate) fn take_requests(&self) -> BTreeMap<&'static str, u64> {
        let log = self.emulator.log();
        let mut operations = BTreeMap::new();
        let accounts = [SOURCE, TARGET];
        let counts = log.snapshot().counts.into_iter();
        for ((_, operation), times) in counts.filter(|((account, _), _)| accounts.contains(&account.as_str()))
        {
            *operations.entry(operation).or_default() += times;
        }
        log.reset();
        operations
    }

    /// Asks the app through the host, as a person would.
    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T> {
        let answer = self.host.http("GET", &format!("/api/{route}"), &[], "").await;
        let body = String::from_utf8_lossy(&answer.body);
        let failure = answer.failure.as_deref().unwrap_or_default();
        ensure!(answer.status == 200, "GET /api/{route} answered {}: {body}{failure}", answer.status);
        serde_json::from_str(&body).with_context(|| format!("GET /api/{route} answered {body}"))
    }

    pub(crate) async fn strike(self) -> Result<()> {
        self.host.stop().await?;
        self.emulator.stop().await;
        Ok(())
    }
}

/// The log is for whoever keeps the folder; a full disk must not stop the work.
fn write_line(log: &Mutex<File>, line: &str) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = writeln!(log, "{line}") {
        eprintln!("Could not write the handler's log: {error}");
    }
}

fn settings(
    emulator: &Emulator,
    opened_by: OpenedBy,
    folder: &Path,
    more: Value,
) -> Result<BTreeMap<String, String>> {
    let share = |name: &str| {
        let account = emulator.account(name);
        let endpoint = match opened_by {
            OpenedBy::Keys => &account.endpoint,
            OpenedBy::Identities => &account.https_endpoint,
        };
        json!({"account": name, "share": SHARE, "endpoint": endpoint.as_str()})
    };
    let mut pair = json!({"name": PAIR, "source": share(SOURCE), "target": share(TARGET)});
    for (field, value) in more.as_object().into_iter().flatten() {
        pair[field] = value.clone();
    }
    let mut settings = BTreeMap::from([
        ("BACKUP_PAIRS".to_owned(), json!([pair]).to_string()),
        // Far away: the demo fires the timer itself.
        ("BACKUP_SCHEDULE".to_owned(), "0 0 3 1 1 *".to_owned()),
        ("RESUME_SCHEDULE".to_owned(), "0 0 3 1 1 *".to_owned()),
        ("DRILL_SCHEDULE".to_owned(), "0 0 3 1 1 *".to_owned()),
    ]);
    match emulator.identity_endpoint() {
        // As in Azure: the platform says where tokens are to be had, and a managed identity is the default.
        Some(endpoint) => {
            let authority = folder.join("authority.pem");
            std::fs::write(&authority, emulator.authority())?;
            settings.extend([
                ("IDENTITY_ENDPOINT".to_owned(), endpoint.url.to_string()),
                ("IDENTITY_HEADER".to_owned(), endpoint.header.clone()),
                ("SSL_CERT_FILE".to_owned(), authority.display().to_string()),
            ]);
        }
        None => {
            settings.insert("BACKUP_CREDENTIAL".to_owned(), "sharedKey".to_owned());
            for account in [SOURCE, TARGET] {
                settings.insert(format!("BACKUP_KEY__{account}"), emulator.account(account).key.clone());
            }
        }
    }
    Ok(settings)
}

pub(crate) fn random_key() -> String {
    STANDARD.encode(std::array::from_fn::<u8, 64, _>(|_| rand::random()))
}
