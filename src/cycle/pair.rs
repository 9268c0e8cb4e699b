//! One pair, ready to run: its two shares, what is remembered of their permissions, and the requests it sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use azure_storage::{Credential, Unsettled};
use azure_storage_file_share::{
    ClientOptions, ETag, Operation, RequestObserver, ShareClient, ShareServiceClient,
};
use sha2::{Digest, Sha256};

use super::live::Live;
use super::report::{Requests, ShareName};
use crate::config::{CredentialSetting, PairSettings, ShareSettings};
use crate::sync::PermissionMap;

/// Which shares these are: one that was made anew has another ETag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    pub source: Option<ETag>,
    pub target: Option<ETag>,
}

/// A pair and everything of it that outlives a cycle.
#[derive(Debug)]
pub struct Pair {
    pub settings: PairSettings,
    /// Hash of the pair's name and both share URLs: marks its share snapshots.
    pub id: String,
    pub source: ShareClient,
    pub target: ShareClient,
    /// Writes of both clients whose outcome is unknown.
    pub unsettled: Unsettled,
    permissions: Mutex<(Identity, Arc<PermissionMap>)>,
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
        let options = ClientOptions {
            observer: Some(sent.clone()),
            unsettled: Unsettled::default(),
            ..options.clone()
        };
        let unsettled = options.unsettled.clone();
        let source = client(&settings.source, credential, &options)?;
        let target = client(&settings.target, credential, &options)?;
        let hash = Sha256::digest(format!("{}\n{}\n{}", settings.name, source.url(), target.url()));
        let id = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let permissions = Mutex::default();
        Ok(Self {
            settings: settings.clone(),
            id,
            source,
            target,
            unsettled,
            permissions,
            sent,
            running: Mutex::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What is known of the permissions of these two shares; of shares made anew nothing is known.
    pub fn permissions(&self, identity: &Identity) -> Arc<PermissionMap> {
        let mut known = self.permissions.lock().expect("no panic while a pair is held");
        if known.0 != *identity {
            *known = (identity.clone(), Arc::default());
        }
        known.1.clone()
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
