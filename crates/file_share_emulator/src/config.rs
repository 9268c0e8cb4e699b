//! What an emulator is started with. Tests build these structs by hand; the binary builds them from its
//! arguments.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use faults::Plan;

use crate::billing::Billing;
use crate::identity::Identity;
pub use crate::model::generated::GeneratedTree;

/// How the emulator behaves. While it runs, only the faults can be changed.
#[derive(Clone, Debug)]
pub struct Config {
    pub accounts: Vec<AccountConfig>,
    /// Default and ceiling of a listing page, 5,000 in the service. Small values show paging with small trees.
    pub page_size: usize,
    /// Share snapshots per share, 200 in the service.
    pub snapshot_limit: usize,
    /// For how long deleted shares can be restored; nothing means that they cannot.
    pub share_retention_days: Option<u32>,
    /// For how long the name of a deleted share stays taken: 30 seconds or more in the service, none here unless
    /// it is asked for.
    pub share_deletion_seconds: u32,
    /// How the accounts pay, which decides the properties that their shares have.
    pub billing: Billing,
    /// What a share gets without asking, and the most it can ask for: 5,120 in accounts without large file shares.
    pub largest_quota_gib: u64,
    /// The order of List Directories and Files, which the service does not define.
    pub listing_order: ListingOrder,
    /// A firewall that refuses every server-side copy with `CannotVerifyCopySource` (403).
    pub copy_source_refused: bool,
    /// Who can have tokens. Without any there is no identity endpoint.
    pub identities: Vec<Identity>,
    /// Of the identity endpoint, 0 for any free one.
    pub identity_port: u16,
    /// How long a token is good, a day in the platform. Short lives show renewal.
    pub token_life: Duration,
    /// Whether a directory's SMB times move when its children come and go, as NTFS does it and the service may.
    pub directory_times_follow_children: bool,
    /// How a Copy File from another account ends.
    pub pending_copies: PendingCopies,
    /// The same inside an account. Nothing means that they are done when they are answered.
    pub pending_copies_inside: Option<PendingCopies>,
    /// How far the clock of times and share snapshots runs behind at first; it can be set forward.
    pub clock_behind: Duration,
    /// What goes wrong with requests; nothing means nothing.
    pub faults: Option<Arc<dyn Plan>>,
    /// Shares that are there from the start, whose trees are computed and take no memory.
    pub generated: Vec<GeneratedShare>,
    /// A directory that keeps everything across restarts; nothing keeps it in memory.
    pub data: Option<PathBuf>,
    /// The port on 127.0.0.1 of the control API, 0 for any free one; nothing means none.
    pub control_port: Option<u16>,
}

#[derive(Clone, Debug)]
pub struct GeneratedShare {
    pub account: String,
    pub share: String,
    pub tree: GeneratedTree,
}

/// Made with [`AccountConfig::new`]; what differs is then set.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    pub name: String,
    /// Base64, as in a connection string.
    pub key: String,
    /// The port on 127.0.0.1, 0 for any free one.
    pub port: u16,
    /// The same for https.
    pub https_port: u16,
    /// Whether Shared Key opens it, and the signatures made with its key.
    pub allow_shared_key: bool,
    /// How it pays, where that differs from the others.
    pub billing: Option<Billing>,
}

impl AccountConfig {
    /// On any free ports, and with Shared Key allowed.
    pub fn new(name: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            key: key.into(),
            port: 0,
            https_port: 0,
            allow_shared_key: true,
            billing: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingOrder {
    /// By upper-cased name.
    #[default]
    CaseFolded,
    /// By name as it is spelled.
    Ordinal,
    /// By a hash of seed and name: the same in every listing, and sorted in no way a client could rely on.
    Shuffled(u64),
}

/// The service answers copies from another account with `pending`, may answer any other so, and says nothing of when
/// they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingCopies {
    DoneAfter(Duration),
    /// They stay pending until they are aborted.
    Stay,
}

impl Default for PendingCopies {
    fn default() -> Self {
        Self::DoneAfter(Duration::from_millis(50))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            page_size: 5000,
            snapshot_limit: 200,
            share_retention_days: None,
            share_deletion_seconds: 0,
            billing: Billing::PayAsYouGo,
            largest_quota_gib: 102_400,
            listing_order: ListingOrder::CaseFolded,
            copy_source_refused: false,
            identities: Vec::new(),
            identity_port: 0,
            token_life: Duration::from_secs(24 * 60 * 60),
            directory_times_follow_children: false,
            pending_copies: PendingCopies::default(),
            pending_copies_inside: None,
            clock_behind: Duration::ZERO,
            faults: None,
            generated: Vec::new(),
            data: None,
            control_port: None,
        }
    }
}
