//! What the log says already, held in memory: the trees as references, the rest as values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::diff::diff;
use super::record::{AccountRecord, DeletedRecord, PendingRecord, SnapshotHeader};
use super::{Frame, Record};
use crate::model::account::Account;
use crate::model::clock::Clock;
use crate::model::node::Directory;
use crate::model::share::{Share, ShareHeader};

#[derive(Debug, Default)]
pub(super) struct Known {
    ahead: u64,
    accounts: HashMap<Arc<str>, KnownAccount>,
    /// The number of the last share.
    shares: u64,
}

#[derive(Debug, Default)]
struct KnownAccount {
    record: Option<AccountRecord>,
    shares: Vec<KnownShare>,
}

#[derive(Debug)]
struct KnownShare {
    number: u64,
    share: Arc<Share>,
    header: Option<ShareHeader>,
    permissions: usize,
    pending: Vec<String>,
    snapshots: BTreeMap<String, SnapshotHeader>,
    root: Arc<Directory>,
}

impl Known {
    pub(super) fn note_clock(&mut self, clock: &Clock, frame: &mut Frame) {
        let ahead = clock.ahead();
        if ahead != self.ahead {
            frame.push(Record::Clock { ahead });
            self.ahead = ahead;
        }
    }

    pub(super) fn note_account(&mut self, account: &Account, frame: &mut Frame) {
        let known = self.accounts.entry(account.name.clone()).or_default();
        let deleted = account.deleted.all();
        let live: Vec<(String, Arc<Share>)> =
            account.shares().iter().map(|(name, share)| (name.clone(), share.clone())).collect();
        let there = live.iter().map(|(_, share)| share);
        let kept = deleted.iter().filter_map(|deleted| deleted.kept.as_ref().map(|kept| &kept.share));
        let all: Vec<&Arc<Share>> = there.chain(kept).collect();
        known.shares.retain(|known| all.iter().any(|share| Arc::ptr_eq(share, &known.share)));
        for share in all {
            if known.number(share).is_none() {
                self.shares += 1;
                known.shares.push(KnownShare::new(self.shares, share.clone()));
            }
        }
        known.shares.iter_mut().for_each(|share| share.note(frame));
        let number = |share: &Arc<Share>| known.number(share).expect("all shares have numbers by now");
        let record = AccountRecord {
            name: account.name.to_string(),
            service: account.service_properties().clone(),
            shares: live.iter().map(|(name, share)| (name.clone(), number(share))).collect(),
            deleted: deleted
                .iter()
                .map(|deleted| DeletedRecord {
                    name: deleted.name.clone(),
                    version: deleted.version.clone(),
                    deleted: deleted.deleted,
                    free: deleted.free,
                    kept: deleted.kept.as_ref().map(|kept| (number(&kept.share), kept.until)),
                })
                .collect(),
        };
        if known.record.as_ref() != Some(&record) {
            frame.push(Record::Account(record.clone()));
            known.record = Some(record);
        }
    }
}

impl KnownAccount {
    fn number(&self, share: &Arc<Share>) -> Option<u64> {
        let found = self.shares.iter().find(|known| Arc::ptr_eq(share, &known.share));
        found.map(|known| known.number)
    }
}

impl KnownShare {
    fn new(number: u64, share: Arc<Share>) -> Self {
        Self {
            number,
            share,
            header: None,
            permissions: 0,
            pending: Vec::new(),
            snapshots: BTreeMap::new(),
            root: Arc::new(Directory::blank()),
        }
    }

    fn note(&mut self, frame: &mut Frame) {
        let (share, number) = (self.share.clone(), self.number);
        let state = share.lock();
        let header = state.header();
        if self.header.as_ref() != Some(&header) {
            frame.push(Record::Share { share: number, header: header.clone() });
            self.header = Some(header);
        }
        if self.permissions != state.permissions.count() {
            frame.push(Record::Permissions { share: number, descriptors: state.permissions.all() });
            self.permissions = state.permissions.count();
        }
        let gone: Vec<String> =
            self.snapshots.keys().filter(|id| !state.snapshots.contains_key(*id)).cloned().collect();
        for id in gone {
            self.snapshots.remove(&id);
            frame.push(Record::SnapshotGone { share: number, id });
        }
        for (id, snapshot) in &state.snapshots {
            let known = self.snapshots.get(id);
            if known.is_none() {
                diff(number, &self.root, &snapshot.root, frame);
                self.root = snapshot.root.clone();
            }
            let header =
                SnapshotHeader { properties: snapshot.properties.clone(), lease: snapshot.lease.clone() };
            if known != Some(&header) {
                frame.push(Record::Snapshot { share: number, id: id.clone(), header: header.clone() });
                self.snapshots.insert(id.clone(), header);
            }
        }
        diff(number, &self.root, &state.root, frame);
        self.root = state.root.clone();
        let pending: Vec<String> = state.pending_copies.iter().map(|copy| copy.copy_id.clone()).collect();
        if self.pending != pending {
            let copies = state.pending_copies.iter().map(|copy| PendingRecord {
                copy_id: copy.copy_id.clone(),
                file_id: copy.file_id,
                due: copy.due,
                content: copy.content.pieces(None, |data| frame.push_data(data)),
            });
            let copies = copies.collect();
            frame.push(Record::PendingCopies { share: number, copies });
            self.pending = pending;
        }
    }
}
