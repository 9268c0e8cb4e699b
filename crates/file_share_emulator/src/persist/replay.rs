//! From the records back to accounts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;

use super::Record;
use super::record::{AccountRecord, PendingRecord, SnapshotHeader};
use crate::model::account::Account;
use crate::model::clock::Clock;
use crate::model::copy::PendingCopy;
use crate::model::deleted_share::{DeletedShare, Kept};
use crate::model::extents::Extents;
use crate::model::name::Name;
use crate::model::node::{Directory, Node};
use crate::model::permission::Permissions;
use crate::model::share::{Share, ShareHeader, ShareSnapshot, ShareState};

#[derive(Debug, Default)]
pub(super) struct Replay {
    ahead: u64,
    accounts: BTreeMap<String, AccountRecord>,
    shares: HashMap<u64, Tree>,
}

#[derive(Debug)]
struct Tree {
    header: Option<ShareHeader>,
    descriptors: Vec<String>,
    snapshots: BTreeMap<String, (SnapshotHeader, Arc<Directory>)>,
    pending: Vec<PendingCopy>,
    root: Arc<Directory>,
    aside: HashMap<u64, Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            header: None,
            descriptors: Vec::new(),
            snapshots: BTreeMap::new(),
            pending: Vec::new(),
            root: Arc::new(Directory::blank()),
            aside: HashMap::new(),
        }
    }
}

impl Replay {
    pub(super) fn apply(&mut self, record: Record, data: &Bytes) -> anyhow::Result<()> {
        match record {
            Record::Clock { ahead } => self.ahead = ahead,
            Record::Account(account) => {
                self.accounts.insert(account.name.clone(), account);
            }
            Record::Share { share, header } => self.share(share).header = Some(header),
            Record::Permissions { share, descriptors } => self.share(share).descriptors = descriptors,
            Record::PendingCopies { share, copies } => {
                let copies = copies.into_iter().map(|copy| pending(copy, data));
                self.share(share).pending = copies.collect::<anyhow::Result<_>>()?;
            }
            Record::Snapshot { share, id, header } => {
                let tree = self.share(share);
                let root = tree.root.clone();
                tree.snapshots
                    .entry(id)
                    .and_modify(|(known, _)| *known = header.clone())
                    .or_insert((header, root));
            }
            Record::SnapshotGone { share, id } => {
                self.share(share).snapshots.remove(&id);
            }
            Record::Directory { share, path, properties } => {
                let tree = self.share(share);
                let names: Vec<Name> = path.iter().map(|name| Name::new(name)).collect();
                if let Some(directory) = tree.root.find_mut(&names) {
                    directory.properties = properties;
                } else {
                    let directory = Directory { properties, ..Directory::blank() };
                    tree.insert(&path, Node::Directory(Arc::new(directory)))?;
                }
            }
            Record::File { share, path, mut file, content } => {
                let tree = self.share(share);
                let (name, parent) = tree.parent(&path)?;
                let earlier = match parent.child(&name).map(|child| &child.node) {
                    Some(Node::File(file)) => file.content.clone(),
                    _ => Extents::default(),
                };
                Arc::make_mut(&mut file).content =
                    Extents::assemble(&content, &earlier, data).context("A file has no such content")?;
                parent.insert(&name, Node::File(file));
            }
            Record::Gone { share, path, aside } => {
                let tree = self.share(share);
                let (name, parent) = tree.parent(&path)?;
                let gone = parent.children.remove(&*name.folded).context("What is gone was not there")?;
                if let Some(id) = aside {
                    tree.aside.insert(id, gone.node);
                }
            }
            Record::Placed { share, path, id } => {
                let tree = self.share(share);
                let node = tree.aside.remove(&id).context("What is placed was not kept aside")?;
                tree.insert(&path, node)?;
            }
        }
        Ok(())
    }

    fn share(&mut self, number: u64) -> &mut Tree {
        self.shares.entry(number).or_default()
    }

    pub(super) fn finish(mut self, accounts: &[Arc<Account>], clock: &Clock) -> anyhow::Result<()> {
        clock.run_ahead(self.ahead);
        let mut shares = HashMap::new();
        for (number, tree) in self.shares.drain() {
            // Without a header it was never answered.
            if let Some(share) = tree.finish()? {
                shares.insert(number, Arc::new(share));
            }
        }
        let share = |number: &u64| shares.get(number).cloned().context("An account has no such share");
        for (name, record) in self.accounts {
            let Some(account) = accounts.iter().find(|account| *account.name == name) else {
                bail!("The data has an account {name}, which this emulator was not given")
            };
            *account.service_properties() = record.service;
            for (name, number) in record.shares {
                account.shares().insert(name, share(&number)?);
            }
            let deleted = record.deleted.into_iter().map(|deleted| {
                let kept =
                    deleted.kept.map(|(number, until)| anyhow::Ok(Kept { share: share(&number)?, until }));
                let (kept, free) = (kept.transpose()?, deleted.free);
                let (name, version, deleted) = (deleted.name, deleted.version, deleted.deleted);
                Ok(DeletedShare { name, version, deleted, free, kept })
            });
            account.deleted.restore(deleted.collect::<anyhow::Result<_>>()?);
        }
        Ok(())
    }
}

impl Tree {
    fn parent(&mut self, path: &[String]) -> anyhow::Result<(Name, &mut Directory)> {
        let names: Vec<Name> = path.iter().map(|name| Name::new(name)).collect();
        let (name, parent) = names.split_last().context("The root is no entry")?;
        let parent = self.root.find_mut(parent).context("An entry has no parent")?;
        Ok((name.clone(), parent))
    }

    fn insert(&mut self, path: &[String], node: Node) -> anyhow::Result<()> {
        let (name, parent) = self.parent(path)?;
        parent.insert(&name, node);
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Option<Share>> {
        let Some(header) = self.header else { return Ok(None) };
        let permissions = Permissions::restore(header.salt.clone(), &self.descriptors);
        let permissions = permissions.context("A permission cannot be read")?;
        let snapshots = self.snapshots.into_iter().map(|(id, (header, root))| {
            (id, ShareSnapshot { properties: header.properties, lease: header.lease, root })
        });
        let state = ShareState::restore(header, self.root, permissions, snapshots.collect(), self.pending);
        Ok(Some(Share::restore(state)))
    }
}

fn pending(copy: PendingRecord, data: &Bytes) -> anyhow::Result<PendingCopy> {
    let content = Extents::assemble(&copy.content, &Extents::default(), data);
    let content = content.context("A copy has no such content")?;
    Ok(PendingCopy { copy_id: copy.copy_id, file_id: copy.file_id, due: copy.due, content })
}
