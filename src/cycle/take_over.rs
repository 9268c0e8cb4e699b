//! A cycle changes hands: its row comes under the epoch of its new owner before that one does any work.

use crate::state::{Addition, CycleRecord, Read, StateError, Store, Version};

/// Commits of earlier owners that may come in between. Each of them has one under way at most.
const ROUNDS: usize = 5;

/// Whether an owner may take a row: not from one that came after it while it slept.
pub(super) fn may_take_over(epoch_of_row: u64, epoch: u64) -> bool {
    epoch_of_row <= epoch
}

/// Brings a row under this owner: from now on no earlier one can store anything. The last commit of an earlier one may
/// come after the row was read; then it is read again, and what comes back stands elsewhere than what was handed in.
/// One that is finished meanwhile stays as it is. A conflict when somebody else has the cycle.
pub async fn take_over(
    store: &Store,
    record: CycleRecord,
    version: Version,
    epoch: u64,
) -> Result<(CycleRecord, Version), StateError> {
    let mut found = Read { record, version };
    for _ in 0..ROUNDS {
        let Read { mut record, version } = found;
        if !may_take_over(record.epoch, epoch) {
            return Err(conflict(&record));
        }
        if record.state.is_finished() {
            return Ok((record, version));
        }
        record.epoch = epoch;
        record.invocations += 1;
        record.error = None;
        match store.commit(&record, &version, Addition::default()).await {
            Ok(version) => return Ok((record, version)),
            Err(StateError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
        let again = store.load(&record.pair, &record.id).await?;
        found = again.ok_or_else(|| StateError::Missing { row: name(&record) })?;
    }
    Err(conflict(&found.record))
}

fn conflict(record: &CycleRecord) -> StateError {
    StateError::Conflict { row: name(record) }
}

fn name(record: &CycleRecord) -> String {
    format!("Cycle {} of {}", record.id, record.pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{MemoryStore, State};

    /// A cycle of the first owner, with what a later one has read of it.
    async fn begun() -> (Store, CycleRecord, Version) {
        let store = Store::Memory(MemoryStore::default());
        let mut record = CycleRecord::new("files", "c".to_owned(), String::new());
        (record.epoch, record.invocations) = (1, 1);
        let version = store.begin(&record).await.expect("a new row");
        (store, record, version)
    }

    async fn commit(store: &Store, record: &CycleRecord, state: State, version: &Version) -> Version {
        let record = CycleRecord { state, ..record.clone() };
        store.commit(&record, version, Addition::default()).await.expect("nobody was faster")
    }

    #[tokio::test]
    async fn after_the_last_commit_of_the_owner_before_the_next_one_goes_on_from_there() {
        let (store, record, read) = begun().await;
        let last = commit(&store, &record, State::Guarding, &read).await;
        let (taken, version) = take_over(&store, record.clone(), read, 2).await.expect("the pair is ours");
        assert_eq!((taken.state, taken.epoch, taken.invocations), (State::Guarding, 2, 2));
        let late = store.commit(&record, &last, Addition::default()).await;
        assert!(matches!(late, Err(StateError::Conflict { .. })), "{late:?}");
        let stored = store.load("files", "c").await.expect("memory answers").expect("it is there");
        assert_eq!((stored.record.epoch, stored.version), (2, version));
    }

    #[tokio::test]
    async fn a_cycle_that_its_last_owner_finished_meanwhile_stays_as_it_ended() {
        let (store, record, read) = begun().await;
        let finished = State::Finished(crate::state::Status::Succeeded);
        let last = commit(&store, &record, finished.clone(), &read).await;
        let (taken, version) = take_over(&store, record, read, 2).await.expect("the pair is ours");
        assert_eq!((taken.state, taken.epoch, version), (finished, 1, last));
    }

    #[tokio::test]
    async fn what_a_later_owner_took_meanwhile_is_its_own() {
        let (store, record, read) = begun().await;
        let (_, last) = take_over(&store, record.clone(), read.clone(), 3).await.expect("the pair is theirs");
        let taken = take_over(&store, record, read, 2).await;
        assert!(matches!(taken, Err(StateError::Conflict { .. })), "{taken:?}");
        let stored = store.load("files", "c").await.expect("memory answers").expect("it is there");
        assert_eq!((stored.record.epoch, stored.version), (3, last));
    }
}
