//! What an owner of a pair may do, and when somebody else becomes it. Time is paused.

use serde_json::json;

use super::*;
use crate::config::Settings;
use crate::cycle::credentials::Credentials;
use crate::cycle::take_over::take_over;
use crate::state::{CycleRecord, MemoryStore};

const LEASE: Duration = Duration::from_secs(60);

fn pair() -> Pair {
    let share = json!({"account": "there", "share": "files"});
    let pairs = json!([{"name": "files", "source": {"account": "here", "share": "files"}, "target": share}]);
    let variables = [
        ("BACKUP_PAIRS", pairs.to_string()),
        ("BACKUP_STATE", "memory".to_owned()),
        ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
        ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
        ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
        ("BACKUP_CREDENTIAL", "sharedKey".to_owned()),
        ("BACKUP_KEY__here", "a2V5".to_owned()),
        ("BACKUP_KEY__there", "a2V5".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let settings = Settings::from_env(&variables).expect("settings");
    let http = azure_storage::http_client().expect("an HTTP client");
    let credentials = Credentials::new(&settings.credential, &http).expect("keys");
    Pair::new(&settings.pairs[0], &credentials, "tests", LEASE, &Default::default()).expect("a pair")
}

async fn ask(store: &Arc<Store>, pair: &Pair) -> Asked {
    Owner::ask(store, pair, LEASE, Instant::now() + 10 * LEASE).await.expect("memory answers")
}

async fn own(store: &Arc<Store>, pair: &Pair) -> Owner {
    match ask(store, pair).await {
        Asked::Owned(owner) => owner,
        Asked::Busy { .. } => panic!("nobody owns the pair"),
    }
}

fn store() -> Arc<Store> {
    Arc::new(Store::Memory(MemoryStore::default()))
}

#[tokio::test(start_paused = true)]
async fn what_may_still_take_effect_is_waited_for_before_the_pair_is_given_back() {
    for is_dropped in [false, true] {
        let (store, pair) = (store(), pair());
        let owner = own(&store, &pair).await;
        let until = Instant::now() + LEASE / 4;
        pair.unsettled.note(until);
        if is_dropped {
            drop(owner);
        } else {
            let released = tokio::spawn(owner.release(|_| {}));
            tokio::task::yield_now().await;
            assert!(!released.is_finished());
        }
        while matches!(ask(&store, &pair).await, Asked::Busy { .. }) {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        assert!(Instant::now() >= until);
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_outlived_its_lease_has_no_successor_in_its_own_process() {
    let (store, here, there) = (store(), pair(), pair());
    let old = own(&store, &here).await;
    // the process sleeps for longer than the lease: nothing renews it
    old.renewing.abort();
    tokio::time::advance(LEASE).await;
    assert!(matches!(ask(&store, &here).await, Asked::Busy { .. }));
    let new = own(&store, &there).await;
    assert_eq!(new.epoch(), old.epoch() + 1);
    assert!(old.update(|_| {}).await.is_err());
    assert!(old.is_lost() && !new.is_lost());
    new.release(|_| {}).await.expect("it is ours");
    assert!(matches!(ask(&store, &here).await, Asked::Busy { .. }));
    drop(old);
    own(&store, &here).await;
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_slept_takes_no_cycle_from_a_later_one() {
    let (store, here, there) = (store(), pair(), pair());
    let old = own(&store, &here).await;
    old.renewing.abort();
    tokio::time::advance(LEASE).await;
    let new = own(&store, &there).await;
    let mut record = CycleRecord::new("files", "c".to_owned(), String::new());
    record.epoch = new.epoch();
    let version = store.begin(&record).await.expect("begun");
    let taken = take_over(&store, record.clone(), version.clone(), old.epoch()).await;
    assert!(matches!(taken, Err(StateError::Conflict { .. })), "{taken:?}");
    let read = store.load("files", "c").await.expect("memory answers").expect("it is there");
    assert_eq!((read.record, read.version.clone()), (record.clone(), version.clone()));
    take_over(&store, record, version, new.epoch()).await.expect("it is ours");
}
