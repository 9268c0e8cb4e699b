//! What every judge works on: an emulator with two accounts that take keys, one that does not, and identities that
//! may do everything, read, and nothing; one that pays for what it has provisioned; and a folder that is gone afterwards.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{ClientOptions, CreateShareOptions, ShareClient, ShareServiceClient};
use file_share_emulator::{Account, AccountConfig, Billing, Config, Emulator, Identity, Role};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::random_key;

pub(super) const FIRST: &str = "judgeone";
pub(super) const SECOND: &str = "judgetwo";
/// Shared Key does not open it.
pub(super) const KEYLESS: &str = "judgekeyless";
/// It has shares of both protocols and pays for what is provisioned.
const PREMIUM: &str = "judgepremium";
/// The client id of an identity that may read everything and write nothing.
pub(super) const READER: &str = "5f3c9d9e-0000-4000-8000-000000000001";
/// The client id of an identity without any role.
pub(super) const STRANGER: &str = "5f3c9d9e-0000-4000-8000-000000000002";
const SHARE_RETENTION_DAYS: u32 = 7;

pub(super) struct Court {
    emulator: Emulator,
    folder: TempDir,
    numbers: AtomicU64,
}

impl Court {
    pub(super) async fn open() -> Result<Self> {
        let account = |name: &str| AccountConfig::new(name, random_key());
        let keyless = AccountConfig { allow_shared_key: false, ..account(KEYLESS) };
        let premium = AccountConfig { billing: Some(Billing::ProvisionedV1), ..account(PREMIUM) };
        let all = Identity::system_assigned().with(Role::account_contributor());
        let reader = Identity::user_assigned(READER).with(Role::privileged_reader());
        let config = Config {
            accounts: vec![account(FIRST), account(SECOND), keyless, premium],
            identities: vec![
                all.with(Role::privileged_contributor()),
                reader,
                Identity::user_assigned(STRANGER),
            ],
            share_retention_days: Some(SHARE_RETENTION_DAYS),
            control_port: Some(0),
            ..Config::default()
        };
        let folder = tempfile::tempdir()?;
        let emulator = Emulator::start(config).await.context("Starting the emulator")?;
        std::fs::write(folder.path().join("ca.pem"), emulator.authority())?;
        Ok(Self { emulator, folder, numbers: AtomicU64::new(1) })
    }

    pub(super) async fn close(self) {
        self.emulator.stop().await;
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The certificate of the authority behind https, in PEM.
    pub(super) fn ca_file(&self) -> PathBuf {
        self.folder().join("ca.pem")
    }

    pub(super) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// One that nobody has used.
    pub(super) fn new_folder(&self) -> Result<PathBuf> {
        let folder = self.folder().join(format!("folder-{}", self.number()));
        std::fs::create_dir(&folder).with_context(|| format!("Creating {}", folder.display()))?;
        Ok(folder)
    }

    /// A new share in an account that takes keys.
    pub(super) async fn new_share(&self, account: &str) -> Result<ShareClient> {
        let Account { name, key, endpoint, .. } = self.emulator.account(account);
        let credential = Credential::SharedKey(SharedKey::new(name, key)?);
        let service = ShareServiceClient::new(endpoint, name, credential, ClientOptions::default())?;
        let share = service.share_client(&format!("share-{}", self.number()));
        share.create(&CreateShareOptions::default()).await?;
        Ok(share)
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Everything above as a document, for scripts.
    pub(super) fn document(&self) -> Result<Value> {
        let account = |name: &str| {
            let Account { name, key, endpoint, https_endpoint } = self.emulator.account(name);
            json!({"name": name, "key": key, "endpoint": endpoint.as_str(), "httpsEndpoint": https_endpoint.as_str()})
        };
        let control = self.emulator.control().context("The emulator has no control API")?;
        let identity = self.emulator.identity_endpoint().context("The emulator has no identity endpoint")?;
        Ok(json!({
            "first": account(FIRST),
            "second": account(SECOND),
            "keyless": account(KEYLESS),
            "premium": account(PREMIUM),
            "control": control.as_str(),
            "caFile": self.ca_file(),
            "identityEndpoint": identity.url.as_str(),
            "identityHeader": identity.header,
            "reader": READER,
            "stranger": STRANGER,
        }))
    }
}
