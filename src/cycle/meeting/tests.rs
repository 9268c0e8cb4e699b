use serde_json::json;
use tokio::time::Instant;

use super::super::report::Standing;
use super::super::{Backup, Start};
use crate::config::Settings;
use crate::state::{PairRead, PairRecord, Seeding};

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

/// Of one pair, whose shares are asked for nothing.
fn backup() -> Backup {
    let share = |account| json!({"account": account, "share": "files"});
    let pairs = json!([{"name": "files", "source": share("here"), "target": share("there")}]);
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
    Backup::new(&Settings::from_env(&variables).expect("settings")).expect("clients")
}

impl Backup {
    async fn resumes_nothing(&self) {
        let done = self.run_all(Start::ResumeOnly, Instant::now()).await;
        assert!(done.is_empty(), "{done:?}");
    }

    async fn known(&self) -> PairRead {
        let read = self.store.pair("files").await.expect("memory answers");
        read.expect("the pair is known")
    }

    async fn stands(&self) -> (Standing, String) {
        let judgement = self.standings().await.expect("memory answers").remove(0).judgement;
        (judgement.standing, judgement.cause)
    }
}

#[tokio::test]
async fn a_pair_is_known_since_the_first_tick_and_late_when_no_cycle_begins_in_time() {
    let backup = backup();
    backup.resumes_nothing().await;
    let met = backup.known().await;
    let since = met.record.since.clone();
    assert!(since.is_some());
    let nothing = PairRecord { since, ..PairRecord::new("files", &backup.pairs[0].id) };
    assert_eq!(met.record, nothing, "nothing else is said of it");
    assert_eq!(backup.stands().await.0, Standing::New);
    backup.resumes_nothing().await;
    assert_eq!(backup.known().await.version, met.version, "once");

    let old = PairRecord { since: Some(LONG_AGO.to_owned()), ..met.record };
    backup.store.put_pair(&old, Some(&met.version)).await.expect("nobody else writes");
    let (standing, cause) = backup.stands().await;
    assert_eq!(standing, Standing::Late);
    assert!(cause.starts_with("There is no recovery point after "), "{cause}");
    backup.resumes_nothing().await;
    assert_eq!(backup.known().await.record, old);
}

#[tokio::test]
async fn of_two_that_meet_a_pair_at_once_one_makes_its_row_and_both_know_it() {
    let backup = backup();
    let pair = &backup.pairs[0];
    let first = backup.met(pair, None).await.expect("nobody was faster");
    let second = backup.met(pair, None).await.expect("it is there");
    assert_eq!(first, second);
    assert_eq!(backup.known().await, first);
}

#[tokio::test]
async fn a_row_that_says_not_since_when_the_pair_is_known_learns_it_and_keeps_the_rest() {
    let backup = backup();
    let seeding = Some(Seeding::default());
    let old = PairRecord { seeding, epoch: 7, ..PairRecord::new("files", &backup.pairs[0].id) };
    backup.store.put_pair(&old, None).await.expect("it is new");
    backup.resumes_nothing().await;
    let met = backup.known().await.record;
    assert!(met.since.is_some());
    assert_eq!(met, PairRecord { since: met.since.clone(), ..old });
}

#[tokio::test]
async fn a_decision_about_a_pair_that_nobody_met_says_since_when_it_is_known() {
    let backup = backup();
    backup.flag(&backup.pairs[0], |row| row.epoch = 1).await.expect("memory answers");
    assert!(backup.known().await.record.since.is_some());
}
