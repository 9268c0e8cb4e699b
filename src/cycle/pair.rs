//! One pair, ready to run: its two shares, what is remembered of their permissions, and the requests it sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use azure_storage::Credential;
use azure_storage_file_share::{ClientOptions, Operation, RequestObserver, ShareClient, ShareServiceClient};
use sha2::{Digest, Sha256};

use super::live::Live;
use super::report::{Requests, ShareName};
use crate::config::{CredentialSetting, PairSettings, ShareSettings};
use crate::sync::PermissionMap;

/// A pair and everything of it that outlives a cycle.
#[derive(Debug)]
pub struct Pair {
    pub settings: PairSettings,
    /// Hash of the pair's name and both share URLs: marks its share snapshots.
    pub id: String,
    pub source: ShareClient,
    pub target: ShareClient,
    pub permissions: Arc<PermissionMap>,
    pub sent: Arc<Sent>,
    /// The cycle that runs now; a pair runs one at a time.
    running: Mutex<Option<Arc<Live>>>,
}

impl Pair {
    pub fn new(
        settings: &PairSettings,
        credential: &CredentialSetting,
        options: &ClientOptions,
    ) -> anyhow::Result<Self> {
        let sent = Arc::new(Sent::default());
        let options = ClientOptions { observer: Some(sent.clone()), ..options.clone() };
        let source = client(&settings.source, credential, &options)?;
        let target = client(&settings.target, credential, &options)?;
        let hash = Sha256::digest(format!("{}\n{}\n{}", settings.name, source.url(), target.url()));
        let id = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let permissions = Arc::default();
        Ok(Self {
            settings: settings.clone(),
            id,
            source,
            target,
            permissions,
            sent,
            running: Mutex::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// The cycle that runs now, locked for a moment.
    pub fn running(&self) -> MutexGuard<'_, Option<Arc<Live>>> {
        self.running.lock().expect("no panic while a pair is held")
    }
}

fn client(
    share: &ShareSettings,
    credential: &CredentialSetting,
    options: &ClientOptions,
) -> anyhow::Result<ShareClient> {
    let CredentialSetting::SharedKey { keys } = credential;
    let key =
        keys.get(&share.account).ok_or_else(|| anyhow::anyhow!("No key for account {}", share.account))?;
    let credential = Credential::SharedKey(key.clone());
    let service = ShareServiceClient::new(&share.endpoint, &share.account, credential, options.clone())?;
    Ok(service.share_client(&share.share))
}

impl From<&ShareSettings> for ShareName {
    fn from(share: &ShareSettings) -> Self {
        Self { account: share.account.clone(), share: share.share.clone() }
    }
}

/// Counts every attempt that goes to the file services.
#[derive(Debug, Default)]
pub struct Sent {
    list: AtomicU64,
    other: AtomicU64,
}

impl Sent {
    pub fn requests(&self) -> Requests {
        Requests { list: self.list.load(Ordering::Relaxed), other: self.other.load(Ordering::Relaxed) }
    }
}

impl RequestObserver for Sent {
    fn sent(&self, operation: Operation) {
        let counter = if operation == Operation::ListDirectoriesAndFiles { &self.list } else { &self.other };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
