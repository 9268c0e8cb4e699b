//! Who may work on a pair (P5): a lease in the pair's row with an epoch that grows with every owner, renewed while
//! the work goes on. It counts from before its renewal was sent, on both clocks of this machine.

use std::sync::Arc;
use std::time::Duration;

use azure_storage::{Deadline, Unsettled};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::gate::{PairGate, Validity};
use super::limits::PairLimits;
use super::meeting::is_known;
use super::pair::Pair;
use super::told;
use crate::state::{Lease, PairRead, PairRecord, SeedingStatus, StateError, Store, Version};

/// The pair's row as this owner last wrote or read it.
#[derive(Debug)]
struct Row {
    record: PairRecord,
    version: Version,
}

#[derive(Debug)]
struct Holding {
    store: Arc<Store>,
    gate: Arc<PairGate>,
    unsettled: Unsettled,
    limits: PairLimits,
    lease: Lease,
    epoch: u64,
    give_up: Instant,
    row: Mutex<Row>,
    wishes: watch::Sender<Wishes>,
}

/// What people asked for while the owner works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The cycle that is to be cancelled.
    pub cancel: Option<String>,
    pub held: bool,
    /// Nothing more is to be copied from the staging share.
    pub ends_seeding: bool,
}

impl Wishes {
    fn of(record: &PairRecord) -> Self {
        let seeding = record.seeding.as_ref().map(|seeding| seeding.status);
        Self {
            cancel: record.cancel.clone(),
            held: record.held.is_some(),
            ends_seeding: seeding == Some(SeedingStatus::Stopping),
        }
    }
}

/// The pair is ours until this is released or dropped. One that is dropped, with an invocation that was abandoned, gives
/// the pair back behind its back: nothing is written any more, and nobody has to wait for the lease to run out.
#[derive(Debug)]
pub struct Owner {
    holding: Arc<Holding>,
    renewing: JoinHandle<()>,
    is_released: bool,
    /// Until it is given back, no other invocation of this process becomes the owner, whatever became of the lease.
    here: Option<OwnedMutexGuard<()>>,
}

/// What came of asking for a pair.
#[derive(Debug)]
pub enum Asked {
    Owned(Owner),
    /// Somebody else works on it, on this cycle if it is known.
    Busy {
        cycle: Option<String>,
    },
}

impl Owner {
    /// Takes the pair if nobody holds it. Waits for renewals until `give_up` at most.
    pub async fn ask(
        store: &Arc<Store>,
        pair: &Pair,
        lease: Duration,
        give_up: Instant,
    ) -> Result<Asked, StateError> {
        loop {
            let found = store.pair(pair.name()).await?;
            if let Some(PairRead { record, lease_left, .. }) = &found
                && !lease_left.is_zero()
            {
                return Ok(Asked::Busy { cycle: record.cycle.clone() });
            }
            let Ok(here) = pair.owned.clone().try_lock_owned() else {
                // an owner in this process that outlived its lease, and did not notice yet
                return Ok(Asked::Busy { cycle: found.and_then(|read| read.record.cycle) });
            };
            let (mut record, version) = match found {
                Some(PairRead { record, version, .. }) => (record, Some(version)),
                None => (PairRecord::new(pair.name(), &pair.id), None),
            };
            record.epoch += 1;
            is_known(&mut record);
            let owner = uuid::Uuid::new_v4().simple().to_string();
            let lease = Lease { owner, seconds: lease.as_secs().try_into().unwrap_or(u32::MAX) };
            record.lease = Some(lease.clone());
            let expiry = Deadline::after(Duration::from_secs(lease.seconds.into()));
            let version = match store.put_pair(&record, version.as_ref()).await {
                Ok(version) => version,
                // somebody was faster: look again
                Err(StateError::Conflict { .. }) => continue,
                Err(error) => return Err(error),
            };
            let holding = Holding {
                store: store.clone(),
                gate: pair.gate.clone(),
                unsettled: pair.unsettled.clone(),
                limits: pair.limits.clone(),
                epoch: record.epoch,
                give_up,
                wishes: watch::Sender::new(Wishes::of(&record)),
                lease,
                row: Mutex::new(Row { record, version }),
            };
            holding.limits.keep(holding.row.lock().await.record.limits);
            // an earlier invocation may have been broken off
            holding.limits.kept().close(false);
            holding.valid_until(expiry);
            let holding = Arc::new(holding);
            let renewing = tokio::spawn(renew(holding.clone()));
            return Ok(Asked::Owned(Self { holding, renewing, is_released: false, here: Some(here) }));
        }
    }

    pub fn epoch(&self) -> u64 {
        self.holding.epoch
    }

    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.holding.lease.seconds.into())
    }

    pub async fn record(&self) -> PairRecord {
        self.holding.row.lock().await.record.clone()
    }

    pub fn wishes(&self) -> Wishes {
        self.holding.wishes.borrow().clone()
    }

    /// Whether the pair may have another owner by now.
    pub fn is_lost(&self) -> bool {
        self.holding.gate.is_closed()
    }

    /// Changes the pair's row. A conflict when the pair is not ours any more.
    pub async fn update(&self, change: impl Fn(&mut PairRecord)) -> Result<(), StateError> {
        self.holding.put(change).await
    }

    /// Gives the pair back, when what may still take effect has done so.
    pub async fn release(mut self, change: impl Fn(&mut PairRecord)) -> Result<(), StateError> {
        self.renewing.abort();
        self.is_released = true;
        self.holding.release(change).await
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.renewing.abort();
        let is_lost = self.is_lost();
        self.holding.gate.set(Validity::Closed);
        if !self.is_released && !is_lost && tokio::runtime::Handle::try_current().is_ok() {
            let (holding, here) = (self.holding.clone(), self.here.take());
            tokio::spawn(async move {
                let _here = here;
                if let Err(error) = holding.release(|_| {}).await {
                    tracing::warn!("An abandoned pair is not given back; its lease runs out: {error}");
                }
            });
        }
    }
}

impl Holding {
    async fn release(&self, change: impl Fn(&mut PairRecord)) -> Result<(), StateError> {
        self.unsettled.settled().await;
        self.put(|record| {
            change(record);
            record.lease = None;
        })
        .await
    }

    fn valid_until(&self, expiry: Deadline) {
        self.gate.set(Validity::Until { expiry, give_up: self.give_up });
    }

    /// Writes the row, and with it renews the lease. What others changed in the row meanwhile is kept.
    async fn put(&self, change: impl Fn(&mut PairRecord)) -> Result<(), StateError> {
        let mut row = self.row.lock().await;
        loop {
            let mut record = row.record.clone();
            change(&mut record);
            let expiry = Deadline::after(Duration::from_secs(self.lease.seconds.into()));
            match self.store.put_pair(&record, Some(&row.version)).await {
                Ok(version) => {
                    if record.lease.is_some() {
                        self.valid_until(expiry);
                    }
                    self.limits.keep(record.limits);
                    self.wishes.send_replace(Wishes::of(&record));
                    told::pair_stored(&row.record, &record);
                    *row = Row { record, version };
                    return Ok(());
                }
                Err(conflict @ StateError::Conflict { .. }) => match self.store.pair(&record.pair).await? {
                    Some(read) if self.is_ours(&read.record) => {
                        *row = Row { record: read.record, version: read.version };
                    }
                    _ => {
                        self.gate.set(Validity::Closed);
                        return Err(conflict);
                    }
                },
                Err(error) => {
                    if matches!(error, StateError::TableGone) {
                        self.gate.set(Validity::Closed);
                    }
                    return Err(error);
                }
            }
        }
    }

    fn is_ours(&self, record: &PairRecord) -> bool {
        record.epoch == self.epoch
            && record.lease.as_ref().is_some_and(|lease| lease.owner == self.lease.owner)
    }
}

/// Renews the lease five times in its length, until it is lost.
async fn renew(holding: Arc<Holding>) {
    let every = Duration::from_secs(holding.lease.seconds.into()) / 5;
    loop {
        sleep(every).await;
        match holding.put(|_| {}).await {
            Ok(()) => {}
            Err(error) if holding.gate.is_closed() => {
                tracing::warn!("The lease is lost; what is running ends here: {error}");
                return;
            }
            // the gate closes by itself when the lease runs out, and opens again with the next renewal
            Err(error) => tracing::warn!("The lease could not be renewed yet: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
