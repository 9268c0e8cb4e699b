//! Deleted shares: the name of one is taken for a while, and where shares are retained it can be restored for
//! longer.

use std::sync::{Arc, Mutex, MutexGuard};

use super::clock::Ticks;
use super::share::Share;
use crate::error::{self, ServiceError};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Oldest first. Whoever holds the lock of an account's shares too has taken that one first.
#[derive(Debug, Default)]
pub(crate) struct DeletedShares(Mutex<Vec<DeletedShare>>);

#[derive(Clone, Debug)]
pub(crate) struct DeletedShare {
    pub(crate) name: String,
    /// Tells it from others of its name.
    pub(crate) version: String,
    pub(crate) share: Arc<Share>,
    pub(crate) deleted: Ticks,
    /// When the name is free again.
    free: Ticks,
    /// Until when it can be restored, where shares are retained.
    kept: Option<Ticks>,
}

impl DeletedShares {
    pub(crate) fn add(&self, deleted: DeletedShare, now: Ticks) {
        let mut all = self.lock();
        all.retain(|deleted| deleted.is_being_deleted(now) || deleted.is_retained(now));
        all.push(deleted);
    }

    pub(crate) fn refuse_being_deleted(&self, name: &str, now: Ticks) -> Result<(), ServiceError> {
        match self.lock().iter().any(|deleted| deleted.name == name && deleted.is_being_deleted(now)) {
            true => Err(error::SHARE_BEING_DELETED.into()),
            false => Ok(()),
        }
    }

    /// Those that can be restored.
    pub(crate) fn retained(&self, now: Ticks) -> Vec<DeletedShare> {
        self.lock().iter().filter(|deleted| deleted.is_retained(now)).cloned().collect()
    }

    /// Takes one out, to be restored.
    pub(crate) fn take(&self, name: &str, version: &str, now: Ticks) -> Option<Arc<Share>> {
        let mut all = self.lock();
        let is_meant = |deleted: &DeletedShare| deleted.name == name && deleted.version == version;
        let place = all.iter().position(|deleted| is_meant(deleted) && deleted.is_retained(now));
        place.map(|place| all.remove(place).share)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<DeletedShare>> {
        self.0.lock().expect("no handler panics while it holds the deleted shares")
    }
}

impl DeletedShare {
    pub(crate) fn new(
        name: &str,
        share: Arc<Share>,
        now: Ticks,
        deletion_seconds: u64,
        retention_days: Option<u32>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            version: format!("{:016X}", now.0),
            share,
            deleted: now,
            free: now.plus_seconds(deletion_seconds),
            kept: retention_days.map(|days| now.plus_seconds(u64::from(days) * SECONDS_PER_DAY)),
        }
    }

    /// Begun days count as whole ones.
    pub(crate) fn remaining_days(&self, now: Ticks) -> u64 {
        self.kept.map_or(0, |kept| kept.seconds_after(now).div_ceil(SECONDS_PER_DAY))
    }

    fn is_being_deleted(&self, now: Ticks) -> bool {
        now < self.free
    }

    fn is_retained(&self, now: Ticks) -> bool {
        self.kept.is_some_and(|kept| now < kept)
    }
}
