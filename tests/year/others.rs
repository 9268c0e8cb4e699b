//! Those who share a share: Azure Backup with its share snapshots, and people who lease what they need.

use std::collections::BTreeMap;

use azure_storage_file_share::{LeaseDuration, LeaseId, Metadata, ShareClient, ShareSnapshotId};
use rand::RngExt;
use rand::rngs::StdRng;

use super::listing::Listing;

pub struct Others {
    pub share: ShareClient,
    /// Days that a daily and a weekly share snapshot is kept.
    kept: (u32, u32),
    /// What is theirs, and until which day.
    pub theirs: BTreeMap<ShareSnapshotId, (Metadata, u32)>,
    /// Leases on whosoever share snapshots, and until which day.
    leases: Vec<(ShareSnapshotId, u32)>,
}

impl Others {
    pub fn new(share: ShareClient, daily: u32, weekly: u32) -> Self {
        Self { share, kept: (daily, weekly), theirs: BTreeMap::new(), leases: Vec::new() }
    }

    /// One a day, one a week that stays for long, and now and then many by hand.
    pub async fn come_and_go(&mut self, day: u32, random: &mut StdRng) {
        self.expire(day).await;
        let by_hand = if random.random_bool(0.03) { random.random_range(1..8) } else { 0 };
        for number in 0..=by_hand {
            let is_weekly = day.is_multiple_of(7) && number == 0;
            let until = day + if is_weekly { self.kept.1 } else { self.kept.0 };
            let Some(id) = self.take(until).await else { return };
            if random.random_bool(0.2) {
                let until = day + random.random_range(1..40);
                self.lease(id, until, random).await;
            }
        }
        if random.random_bool(0.05) {
            let listing = Listing::of(&self.share).await;
            let free: Vec<_> = listing.ours().filter(|(_, point)| !point.is_leased).collect();
            if !free.is_empty() {
                let (_, point) = free[random.random_range(0..free.len())];
                self.lease(point.id.clone(), day + random.random_range(1..60), random).await;
            }
        }
    }

    /// Until the share has so many share snapshots.
    pub async fn flood(&mut self, count: usize, until: u32) {
        for _ in Listing::of(&self.share).await.0.len()..count {
            self.take(until).await.expect("there is a place");
        }
    }

    async fn take(&mut self, until: u32) -> Option<ShareSnapshotId> {
        // names of headers come in lower case
        let metadata = Metadata::from([("azurebackupprotected".to_owned(), "True".to_owned())]);
        match self.share.create_snapshot(&metadata).await {
            Ok(id) => {
                self.theirs.insert(id.clone(), (metadata, until));
                Some(id)
            }
            Err(error) if error.is_code("ShareSnapshotCountExceeded") => None,
            Err(error) => panic!("{error}"),
        }
    }

    async fn lease(&mut self, id: ShareSnapshotId, until: u32, random: &mut StdRng) {
        let lease = LeaseId::from("11111111-2222-3333-4444-555555555555".to_owned());
        // one that runs out before the next day, unless it is for ever
        let is_short = random.random_bool(0.2);
        let duration = if is_short { LeaseDuration::Seconds(60) } else { LeaseDuration::Infinite };
        let leased = self.share.with_snapshot(&id);
        leased.acquire_lease(&lease, duration).await.expect("the lease is free");
        if !is_short {
            self.leases.push((id, until));
        }
    }

    async fn expire(&mut self, day: u32) {
        for (id, _) in self.leases.extract_if(.., |(_, until)| *until <= day) {
            self.share.with_snapshot(&id).break_lease().await.expect("it is there, and leased");
        }
        let gone: Vec<_> = self.theirs.extract_if(.., |_, (_, until)| *until <= day).collect();
        for (id, _) in gone {
            if let Some(at) = self.leases.iter().position(|(leased, _)| *leased == id) {
                self.leases.remove(at);
                self.share.with_snapshot(&id).break_lease().await.expect("it is there, and leased");
            }
            self.share.delete_snapshot(&id).await.expect("it is there, and free");
        }
    }
}
