//! A simulated year: a cycle a day, days on which something goes wrong, and others who take share snapshots in both
//! shares, lease some and at times fill a share to its last place. `YEAR_SEED` repeats a year.
//!
//! Every day is judged by `oracle`, which tells the rules again and asks no code of the app.

mod day;
mod listing;
mod oracle;
mod others;
mod source;
mod trouble;

use std::collections::BTreeMap;

use azure_files_backup::cycle::Backup;
use file_share_emulator::Emulator;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

use self::oracle::{HEADROOM, Keep, LIMIT, TARGET};
use self::others::Others;
use self::source::Source;
use crate::support::*;

const DAYS: u32 = 365;
const PAIR: &str = "files";
/// The shortest for which a request's time limit is a second.
const LEASE_SECONDS: &str = "4";
/// Days on which others take the places of a share: all but a few, and later every one.
const SOURCE_IS_FLOODED: std::ops::Range<u32> = 225..255;
const TARGET_IS_FLOODED: std::ops::Range<u32> = 290..311;

struct Year {
    stage: Stage,
    variables: Variables,
    backup: Backup,
    random: StdRng,
    keep: Option<Keep>,
    source: Source,
    others: [Others; 2],
    /// How often what happened.
    tally: BTreeMap<String, u32>,
}

impl Year {
    async fn begin(retention: Value, keep: Option<Keep>) -> Self {
        let seed = std::env::var("YEAR_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = seed.unwrap_or_else(rand::random);
        tell(&format!("YEAR_SEED={seed} repeats this year"));
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(PAIR, json!({"retention": retention})).await;
        let mut variables = stage.variables();
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), LEASE_SECONDS.to_owned());
        let backup = app(&variables);
        let others = [Others::new(source.clone(), 30, 140), Others::new(target, 10, 60)];
        let (source, random) = (Source::new(source).await, StdRng::seed_from_u64(seed));
        Self { stage, variables, backup, random, keep, source, others, tally: BTreeMap::new() }
    }

    fn emulator(&self) -> &Arc<Emulator> {
        &self.stage.emulator
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.tally.entry(what.into()).or_default() += 1;
    }

    fn counted(&self, what: &str) -> u32 {
        self.tally.get(what).copied().unwrap_or_default()
    }

    async fn run(mut self) -> Self {
        for day in 0..DAYS {
            // at some time of the next day
            let hours = self.random.random_range(18..30);
            self.emulator().advance_clock(Duration::from_secs(hours * 3_600));
            self.others_come_and_go(day).await;
            if self.random.random_bool(0.6) {
                self.source.edit(&mut self.random).await;
            }
            self.day(day).await;
        }
        tell(&format!("{:#?}", self.tally));
        self
    }

    async fn others_come_and_go(&mut self, day: u32) {
        let floods = [SOURCE_IS_FLOODED, TARGET_IS_FLOODED];
        // the first cycle makes the target share
        let sides = if self.counted("Succeeded") == 0 { 1 } else { 2 };
        for (others, flood) in self.others.iter_mut().zip(floods).take(sides) {
            others.come_and_go(day, &mut self.random).await;
            if flood.contains(&day) {
                let count = if day < flood.start + 5 { LIMIT - HEADROOM[TARGET] } else { LIMIT };
                others.flood(count, flood.end).await;
            }
        }
    }

    fn assert_eventful(&self) {
        assert!(self.counted("Succeeded") > 200, "{:#?}", self.tally);
        // a share in which nothing may go has its own test: here it takes a refused delete on the right day
        for what in ["PruneBlocked", "Skipped", "went on with the cycle of another day"] {
            assert!(self.counted(what) > 0, "it never came to this: {what}");
        }
    }
}

#[expect(clippy::print_stdout, reason = "the seed, and what a year was like, are read by people")]
fn tell(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_5_a_year_of_daily_cycles_never_lacks_a_share_snapshot() {
    let year = Box::pin(Year::begin(json!({}), None).await.run()).await;
    year.assert_eventful();
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_5_a_year_of_daily_cycles_keeps_what_keep_rules_want() {
    let keep = Keep { last: 2, daily: 14, weekly: 8, monthly: 12, yearly: 2 };
    let rules = json!({"last": 2, "daily": 14, "weekly": 8, "monthly": 12, "yearly": 2});
    let year = Box::pin(Year::begin(json!({"keep": rules}), Some(keep)).await.run()).await;
    year.assert_eventful();
}
