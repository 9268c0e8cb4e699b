//! The last Copy File into a file, as the file's properties tell it, and copies that are not done yet.

use serde::{Deserialize, Serialize};

use super::clock::Ticks;
use super::extents::Extents;
use super::node::{Directory, File, Node};
use super::share::ShareState;
use std::sync::Arc;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copy {
    pub(crate) id: String,
    /// The URL as it was sent, without its signature.
    pub(crate) source: String,
    pub(crate) status: CopyStatus,
    pub(crate) size: u64,
    /// When it began and will be done, if it is pending and ever will.
    #[serde(default)]
    pub(crate) span: Option<(Ticks, Ticks)>,
    pub(crate) completed: Option<Ticks>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CopyStatus {
    Pending,
    Success,
    Aborted,
}

/// What arrives in a file when its copy is done.
#[derive(Clone, Debug)]
pub(crate) struct PendingCopy {
    pub(crate) copy_id: String,
    pub(crate) file_id: u64,
    /// Nothing where it stays pending until it is aborted.
    pub(crate) due: Option<Ticks>,
    pub(crate) content: Extents,
}

impl CopyStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Aborted => "aborted",
        }
    }
}

impl Copy {
    pub(crate) fn progress(&self, reading: Ticks) -> String {
        let copied = match (self.status, self.span) {
            (CopyStatus::Success, _) => self.size,
            (CopyStatus::Pending, Some((from, to))) => {
                let (gone, whole) = (reading.0.saturating_sub(from.0), to.0.saturating_sub(from.0).max(1));
                (u128::from(self.size) * u128::from(gone.min(whole)) / u128::from(whole)) as u64
            }
            _ => 0,
        };
        format!("{copied}/{}", self.size)
    }
}

impl File {
    pub(crate) fn pending_copy(&self) -> Option<&Copy> {
        self.copy.as_deref().filter(|copy| copy.status == CopyStatus::Pending)
    }

    pub(crate) fn end_copy(&mut self, status: CopyStatus, now: Ticks) {
        if let Some(copy) = &mut self.copy {
            let copy = Arc::make_mut(copy);
            copy.status = status;
            copy.completed = Some(now);
        }
    }
}

impl ShareState {
    /// Ends the copies whose time has come. A file may have moved meanwhile, so it is found by its id.
    pub(crate) fn finish_copies(&mut self, reading: Ticks, now: impl Fn() -> Ticks) {
        let is_due = |copy: &PendingCopy| copy.due.is_some_and(|due| due <= reading);
        if !self.pending_copies.iter().any(is_due) {
            return;
        }
        let (due, later) = std::mem::take(&mut self.pending_copies).into_iter().partition(is_due);
        self.pending_copies = later;
        for copy in due {
            self.finish_copy(copy, now());
        }
    }

    /// Nothing where the file is gone, or the copy was aborted.
    fn finish_copy(&mut self, done: PendingCopy, now: Ticks) {
        let Some(Node::File(file)) = Arc::make_mut(&mut self.root).node_mut(done.file_id) else { return };
        let file = Arc::make_mut(file);
        if file.pending_copy().is_none_or(|copy| copy.id != done.copy_id) {
            return;
        }
        file.content = done.content;
        file.properties.modified = now;
        file.end_copy(CopyStatus::Success, now);
    }
}

impl Directory {
    /// A file or directory below this one, by its id.
    fn node_mut(&mut self, id: u64) -> Option<&mut Node> {
        let key = self.key_of(id)?;
        let child = &mut self.children.get_mut(&*key)?.node;
        match child.properties().id == id {
            true => Some(child),
            false => match child {
                Node::Directory(directory) => Arc::make_mut(directory).node_mut(id),
                Node::File(_) => None,
            },
        }
    }

    /// The child that has the id, or holds what has it.
    fn key_of(&self, id: u64) -> Option<Arc<str>> {
        let holds = |node: &Node| match node {
            Node::File(file) => file.properties.id == id,
            Node::Directory(directory) => directory.properties.id == id || directory.key_of(id).is_some(),
        };
        self.children.iter().find(|(_, child)| holds(&child.node)).map(|(key, _)| key.clone())
    }

    /// A file of the tree by its id.
    pub(crate) fn file_by_id(&self, id: u64) -> Option<&Arc<File>> {
        self.children.values().find_map(|child| match &child.node {
            Node::File(file) => (file.properties.id == id).then_some(file),
            Node::Directory(directory) => directory.file_by_id(id),
        })
    }
}
