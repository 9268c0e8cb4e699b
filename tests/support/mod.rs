//! The emulator with accounts on either side, and the real handler process before it, as the host would run it.

mod administrator;
mod changes;
mod content;
mod faulty;
mod handler;
mod keyless;
mod meddling;
mod mirror;
mod owner;
mod people;
mod processes;
mod reports;
mod shown;
mod staging;
mod tables;
mod telemetry;
mod watch;

use std::sync::Arc;

use azure_core::http::HttpClient;
use azure_files_backup::config::Settings;
use azure_files_backup::cycle::Backup;
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{ClientOptions, ShareClient, ShareServiceClient, ShareSnapshotId};
use file_share_emulator::{AccountConfig, Config, Emulator};
use serde_json::{Value, json};

pub use administrator::{remove_share, replace, set_quota};
pub use changes::changed_pair;
pub use content::*;
pub use faulty::{Fault, Faulty, Luck};
pub use handler::{Answer, Handler, INVOCATION, Variables, free_port, run};
pub use keyless::{Keyless, with_the_roles_of_the_app};
pub use meddling::{of_point, set_acl, takes_point};
pub use mirror::{Mirror, base, failed, mirrored};
pub use owner::{Row, Signals, own};
pub use people::*;
pub use processes::*;
pub use reports::*;
pub use shown::{Shown, directory, file, shown};
pub use staging::*;
pub use tables::*;
pub use telemetry::Watched;
pub use watch::{Sent, Watch};

pub const SOURCE: &str = "sourceaccount";
pub const TARGET: &str = "targetaccount";
/// Azurite's published development key, for every account.
pub const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// The settings as an in-process app.
pub fn app(variables: &Variables) -> Backup {
    let settings = Settings::from_env(variables).expect("legal settings");
    Backup::new(&settings).expect("clients")
}

/// Two accounts, and pairs of shares of the same name in both.
pub struct Stage {
    pub emulator: Arc<Emulator>,
    http: Arc<dyn HttpClient>,
    pairs: Vec<Value>,
}

impl Stage {
    pub async fn set() -> Self {
        Self::with(Config::default()).await
    }

    /// Accounts are added to `config`.
    pub async fn with(config: Config) -> Self {
        let account = |name: &str| AccountConfig::new(name, KEY);
        let config = Config { accounts: vec![account(SOURCE), account(TARGET)], ..config };
        let emulator = Emulator::start(config).await.expect("the emulator starts");
        let emulator = Arc::new(emulator);
        Self { emulator, http: Arc::new(faulty::cheap_client()), pairs: Vec::new() }
    }

    /// A pair named as its shares, with a guard that stops nothing; `more` is merged into its settings. The source
    /// share is made, the target not.
    pub async fn pair(&mut self, name: &str, more: Value) -> (ShareClient, ShareClient) {
        let side = |account: &str| json!({"account": account, "share": name, "endpoint": self.emulator.account(account).endpoint.as_str()});
        // half of a share of four files is nothing that tells of a disaster
        let guard = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100});
        let mut pair = json!({"name": name, "source": side(SOURCE), "target": side(TARGET), "guard": guard});
        for (field, value) in more.as_object().expect("an object").clone() {
            pair[field] = value;
        }
        self.pairs.push(pair);
        let (source, target) = (self.share(SOURCE, name), self.share(TARGET, name));
        source.create(&Default::default()).await.expect("the source share is new");
        (source, target)
    }

    /// Other settings for a pair; whoever starts from now on knows them.
    pub fn change(&mut self, name: &str, more: Value) {
        let pair = self.pairs.iter_mut().find(|pair| pair["name"] == name).expect("the pair is there");
        for (field, value) in more.as_object().expect("an object").clone() {
            pair[field] = value;
        }
    }

    pub fn share(&self, account: &str, share: &str) -> ShareClient {
        let http = Some(self.http.clone());
        self.share_with(account, share, ClientOptions { http, ..Default::default() })
    }

    pub fn share_with(&self, account: &str, share: &str, options: ClientOptions) -> ShareClient {
        self.service_with(account, options).share_client(share)
    }

    pub fn service(&self, account: &str) -> ShareServiceClient {
        let http = Some(self.http.clone());
        self.service_with(account, ClientOptions { http, ..Default::default() })
    }

    fn service_with(&self, account: &str, options: ClientOptions) -> ShareServiceClient {
        let endpoint = &self.emulator.account(account).endpoint;
        let key = Credential::SharedKey(SharedKey::new(account, KEY).expect("a well-formed key"));
        ShareServiceClient::new(endpoint, account, key, options).expect("a well-formed endpoint")
    }

    /// The settings for the pairs so far.
    pub fn variables(&self) -> Variables {
        let settings = [
            ("BACKUP_PAIRS", Value::from(self.pairs.clone()).to_string()),
            ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
            ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
            ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
            ("BACKUP_STATE", "memory".to_owned()),
            ("BACKUP_CREDENTIAL", "sharedKey".to_owned()),
        ];
        let keys = [SOURCE, TARGET].map(|account| (format!("BACKUP_KEY__{account}"), KEY.to_owned()));
        settings.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(keys).collect()
    }

    /// Starts the handler for the pairs so far.
    pub async fn handler(&self) -> Handler {
        Handler::start(free_port(), &self.variables()).await
    }
}

/// A pair `files` with a file `a` that says `data`, at its first recovery point.
pub async fn backed_up() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, target, handler)
}

/// Thresholds as close together as it gets: with 8 of 10 places taken, one goes.
pub fn small() -> Value {
    json!({"retention": {"limit": 10, "headroomSource": 2, "headroomTarget": 1}})
}

/// Everybody's, oldest first.
/// From now on nothing tells what changed in the source since the last recovery point.
pub async fn forget_base(source: &ShareClient) {
    for id in snapshots(source).await {
        source.delete_snapshot(&id).await.expect("deleted");
    }
}

pub async fn snapshots(share: &ShareClient) -> Vec<ShareSnapshotId> {
    let items = share.list_snapshots().await.expect("a list").into_iter();
    let mut ids: Vec<_> = items.filter_map(|item| item.snapshot).collect();
    ids.sort();
    ids
}

/// Its share snapshots that somebody leases.
pub async fn leased(share: &ShareClient) -> usize {
    let all = share.list_snapshots().await.expect("a list");
    all.iter().filter(|item| item.snapshot.is_some() && item.lease_state.as_deref() == Some("leased")).count()
}
