//! What the log says. A new variant or field that an older emulator would miss needs a new [`super::log::FORMAT`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::clock::Ticks;
use crate::model::extents::Piece;
use crate::model::lease::Lease;
use crate::model::node::{File, Properties};
use crate::model::service_properties::ServiceProperties;
use crate::model::share::ShareHeader;
use crate::model::share_properties::ShareProperties;

/// Shares have numbers, since a name can be used again. Paths are names as they are spelled, from the root on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Record {
    /// How far the clock runs before the wall clock.
    Clock {
        ahead: u64,
    },
    Account(AccountRecord),
    Share {
        share: u64,
        header: ShareHeader,
    },
    /// In binary, as base64.
    Permissions {
        share: u64,
        descriptors: Vec<String>,
    },
    /// All that are under way.
    PendingCopies {
        share: u64,
        copies: Vec<PendingRecord>,
    },
    /// A new one has the tree that the share has here.
    Snapshot {
        share: u64,
        id: String,
        header: SnapshotHeader,
    },
    SnapshotGone {
        share: u64,
        id: String,
    },
    /// Made where there is none.
    Directory {
        share: u64,
        path: Vec<String>,
        properties: Properties,
    },
    File {
        share: u64,
        path: Vec<String>,
        file: Arc<File>,
        content: Vec<Piece>,
    },
    /// Kept aside under its id where it will be placed elsewhere.
    Gone {
        share: u64,
        path: Vec<String>,
        aside: Option<u64>,
    },
    Placed {
        share: u64,
        path: Vec<String>,
        id: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AccountRecord {
    pub(super) name: String,
    pub(super) service: ServiceProperties,
    pub(super) shares: BTreeMap<String, u64>,
    pub(super) deleted: Vec<DeletedRecord>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DeletedRecord {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) deleted: Ticks,
    pub(super) free: Ticks,
    /// The share that can be restored, and until when.
    pub(super) kept: Option<(u64, Ticks)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SnapshotHeader {
    pub(super) properties: ShareProperties,
    pub(super) lease: Lease,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PendingRecord {
    pub(super) copy_id: String,
    pub(super) file_id: u64,
    pub(super) due: Option<Ticks>,
    pub(super) content: Vec<Piece>,
}
