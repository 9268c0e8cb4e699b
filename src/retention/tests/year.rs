//! A simulated year: a cycle a day, many of which fail somewhere, while Azure Backup keeps its own share snapshots in the
//! same source share, taking and expiring them as it likes.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// How a day's cycle ends.
enum End {
    Succeeded,
    /// After the source share snapshot: it stays alone.
    Failed,
    /// The same, but the next day goes on with it.
    CutOff,
}

/// A pair's two shares as lists of share snapshots.
#[derive(Default)]
struct Shares {
    source: Vec<Point>,
    target: Vec<Point>,
    running: Option<i64>,
    taken: usize,
}

impl Shares {
    fn protected(&self) -> Protected {
        let mut protected = Protected::of(&self.target);
        protected.base = protected.newest_recovery_point().map(str::to_owned);
        protected.running = self.running.map(cycle);
        protected
    }

    /// One day's invocations, as the states of a cycle follow each other.
    fn run(&mut self, day: i64, end: &End, rules: &Retention) {
        let of_day = *self.running.get_or_insert(day);
        if of_day == day {
            let room = make_room(Side::Source, &self.source, &self.protected(), rules);
            assert!(!room.full && !room.blocked, "day {day}: {} on the source", self.source.len());
            remove(&mut self.source, &room.delete);
            self.source.push(ours(day));
        }
        match end {
            End::CutOff => return,
            End::Failed => {}
            End::Succeeded => {
                let room = make_room(Side::Target, &self.target, &self.protected(), rules);
                assert!(!room.full && !room.blocked, "day {day}: {} on the target", self.target.len());
                remove(&mut self.target, &room.delete);
                self.target.push(ours(of_day));
                self.taken += 1;
                let mut protected = self.protected();
                protected.given_up.extend(room.delete.into_iter().map(|deletion| deletion.cycle));
                let pruning = prune(&self.source, &self.target, &protected, rules);
                remove(&mut self.source, &pruning.source);
                remove(&mut self.target, &pruning.target);
            }
        }
        self.running = None;
    }

    /// A share snapshot a day, kept for a while, and one a week that stays for long. Bursts are made by hand.
    fn azure_backup(&mut self, day: i64, kept_days: i64, random: &mut StdRng) {
        let is_expired = |point: &Point| {
            let age = day - (point.taken - START).whole_days();
            point.owner == Owner::Foreign && age > if point.id.contains("weekly") { 300 } else { kept_days }
        };
        self.source.retain(|point| !is_expired(point));
        let burst = if random.random_bool(0.02) { random.random_range(1..12) } else { 1 };
        for number in 0..burst {
            let weekly = if day % 7 == 0 && number == 0 { "weekly" } else { "daily" };
            self.source.push(Point { id: format!("{weekly}-{day}-{number}"), ..foreign(day) });
        }
    }
}

fn remove(points: &mut Vec<Point>, deletions: &[Deletion]) {
    points.retain(|point| deletions.iter().all(|deletion| deletion.id != point.id));
}

fn simulate(seed: u64, rules: &Retention) -> Shares {
    let random = &mut StdRng::seed_from_u64(seed);
    let mut shares = Shares::default();
    let mut newest = None;
    let kept_days = random.random_range(10..60);
    // Over the years there are more than fit.
    for day in 0..500 {
        shares.azure_backup(day, kept_days, random);
        let end = match random.random_range(0..10) {
            0 => End::CutOff,
            1 | 2 => End::Failed,
            _ => End::Succeeded,
        };
        shares.run(day, &end, rules);
        assert!(shares.source.len() <= rules.limit && shares.target.len() <= rules.limit, "seed {seed}");
        if matches!(end, End::Succeeded) {
            newest = shares.protected().newest_recovery_point().map(str::to_owned);
        }
        for points in [&shares.source, &shares.target] {
            let has = |cycle: &String| points.iter().any(|point| point.cycle() == Some(cycle));
            assert!(newest.iter().all(has), "seed {seed}, day {day}: the newest recovery point is gone");
        }
    }
    shares
}

#[test]
fn accept_cannot_be_broken_5_a_year_beside_azure_backup_never_lacks_a_share_snapshot() {
    for seed in 0..10 {
        let shares = simulate(seed, &Retention::default());
        assert!(shares.taken > 300, "seed {seed}");
        // Nothing of ours goes without need: the shares are as full as they may be.
        assert!(shares.source.len() >= 168, "seed {seed}: {}", shares.source.len());
        assert_eq!(shares.target.len(), 190, "seed {seed}");
        // What failed leaves nothing behind.
        let lone = |point: &&Point| {
            point.cycle().is_some_and(|cycle| shares.target.iter().all(|other| other.cycle() != Some(cycle)))
        };
        assert!(shares.source.iter().filter(lone).count() <= 5, "seed {seed}");
    }
}

#[test]
fn accept_cannot_be_broken_5_a_year_with_keep_rules_keeps_just_what_they_want() {
    let keep = Keep { last: 2, daily: 14, weekly: 8, monthly: 12, yearly: 2 };
    let rules = Retention { keep: Some(keep), ..Retention::default() };
    for seed in 0..10 {
        let shares = simulate(seed, &rules);
        assert!(shares.target.len() <= keep.most(), "seed {seed}: {}", shares.target.len());
        assert!(shares.target.len() > 25, "seed {seed}: {}", shares.target.len());
    }
}

#[test]
fn accept_cannot_be_broken_5_a_year_with_one_deletion_a_cycle_lives_within_the_headroom() {
    let rules = Retention { max_deletes_per_cycle: Some(1), ..Retention::default() };
    let random = &mut StdRng::seed_from_u64(7);
    let mut shares = Shares::default();
    for day in 0..500 {
        // One of theirs a day, gone after a month: one in, one out, as the sample does it.
        shares
            .source
            .retain(|point| point.owner != Owner::Foreign || (point.taken - START).whole_days() > day - 30);
        shares.source.push(foreign(day));
        let end = if random.random_bool(0.8) { End::Succeeded } else { End::Failed };
        shares.run(day, &end, &rules);
    }
    assert!(shares.taken > 300);
}
