//! Deleted shares: one is being removed for a while, and where shares are retained it can be restored for longer.

use std::sync::{Arc, Mutex, MutexGuard};

use super::clock::Ticks;
use super::share::Share;
use crate::config::Config;
use crate::error::{self, ServiceError};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// For so long a second deletion is accepted; so recordings show.
const SECONDS_OF_REMOVAL: u64 = 30;

/// Oldest first. Whoever holds the lock of an account's shares too has taken that one first.
#[derive(Debug, Default)]
pub(crate) struct DeletedShares(Mutex<Vec<DeletedShare>>);

#[derive(Clone, Debug)]
pub(crate) struct DeletedShare {
    pub(crate) name: String,
    /// Tells it from others of its name.
    pub(crate) version: String,
    pub(crate) deleted: Ticks,
    /// When the name is free again.
    pub(crate) free: Ticks,
    /// Where shares are retained.
    pub(crate) kept: Option<Kept>,
}

#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) share: Arc<Share>,
    pub(crate) until: Ticks,
}

impl DeletedShares {
    pub(crate) fn add(&self, deleted: DeletedShare, now: Ticks) {
        let mut all = self.lock();
        all.retain(|deleted| {
            deleted.is_being_removed(now) || deleted.takes_name(now) || deleted.retained(now).is_some()
        });
        all.push(deleted);
    }

    pub(crate) fn is_removing(&self, name: &str, now: Ticks) -> bool {
        self.lock().iter().any(|deleted| deleted.name == name && deleted.is_being_removed(now))
    }

    pub(crate) fn refuse_being_deleted(&self, name: &str, now: Ticks) -> Result<(), ServiceError> {
        match self.lock().iter().any(|deleted| deleted.name == name && deleted.takes_name(now)) {
            true => Err(error::SHARE_BEING_DELETED.into()),
            false => Ok(()),
        }
    }

    /// Those that can be restored.
    pub(crate) fn retained(&self, now: Ticks) -> Vec<(DeletedShare, Arc<Share>)> {
        let all = self.lock();
        let retained =
            all.iter().filter_map(|deleted| Some((deleted.clone(), deleted.retained(now)?.clone())));
        retained.collect()
    }

    /// Takes one out, to be restored.
    pub(crate) fn take(&self, name: &str, version: &str, now: Ticks) -> Option<Arc<Share>> {
        let mut all = self.lock();
        let place = all.iter().position(|deleted| deleted.name == name && deleted.version == version)?;
        let share = all[place].retained(now)?.clone();
        all.remove(place);
        Some(share)
    }

    pub(crate) fn all(&self) -> Vec<DeletedShare> {
        self.lock().clone()
    }

    pub(crate) fn restore(&self, all: Vec<DeletedShare>) {
        *self.lock() = all;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<DeletedShare>> {
        self.0.lock().expect("no handler panics while it holds the deleted shares")
    }
}

impl DeletedShare {
    pub(crate) fn new(name: &str, share: &Arc<Share>, now: Ticks, config: &Config) -> Self {
        let kept = config.share_retention_days.map(|days| Kept {
            share: share.clone(),
            until: now.plus_seconds(u64::from(days) * SECONDS_PER_DAY),
        });
        Self {
            name: name.to_owned(),
            version: format!("{:016X}", now.0),
            deleted: now,
            free: now.plus_seconds(config.share_deletion_seconds.into()),
            kept,
        }
    }

    /// Begun days count as whole ones.
    pub(crate) fn remaining_days(&self, now: Ticks) -> u64 {
        self.kept.as_ref().map_or(0, |kept| kept.until.seconds_after(now).div_ceil(SECONDS_PER_DAY))
    }

    fn is_being_removed(&self, now: Ticks) -> bool {
        now < self.deleted.plus_seconds(SECONDS_OF_REMOVAL)
    }

    fn takes_name(&self, now: Ticks) -> bool {
        now < self.free
    }

    fn retained(&self, now: Ticks) -> Option<&Arc<Share>> {
        self.kept.as_ref().filter(|kept| now < kept.until).map(|kept| &kept.share)
    }
}
