//! A world for one run: two accounts, a pair with a state in Table Storage, and a source whose tree is known. What the pair
//! has before its cycle, a recovery point or a staging share, is its way.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;
use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::{Start, Trigger};
use azure_storage_file_share::{ShareClient, ShareSnapshotId};
use azurite::{Azurite, Proxy};
use faults::Plan;
use file_share_emulator::RequestRecord;
use serde_json::json;
use share_tree::{LiveShare, Tree, compare, read_back};

use super::counter::Counter;
use super::staged::Staged;
use super::way::Way;
use crate::support::*;

pub struct World {
    pub stage: Stage,
    _proxy: Proxy,
    pub counter: Arc<Counter>,
    pub name: String,
    pub source: ShareClient,
    pub target: ShareClient,
    pub live: LiveShare,
    /// What the source holds now.
    pub tree: Tree,
    pub variables: Variables,
    /// What recovery points have to hold, by their cycle.
    pub points: BTreeMap<String, Tree>,
    pub staged: Option<Staged>,
}

impl World {
    /// With a tree in the source, and nothing backed up yet.
    pub async fn new(azurite: &Azurite, name: &str, mut tree: Tree, lease: Duration, way: Way) -> Self {
        let mut stage = Stage::with(way.emulator()).await;
        let mut settings = json!({"copy": {"mode": way.mode}});
        if way.is_seeded() {
            settings["seed"] = seed()["seed"].clone();
        }
        let (source, target) = stage.pair(name, settings).await;
        let live = LiveShare::new(source.clone());
        live.load(&mut tree).await.expect("the tree is loaded");
        let proxy = Proxy::start(azurite).await.expect("a proxy");
        let mut variables = stage.variables();
        let state = [
            ("BACKUP_STATE".to_owned(), proxy.endpoint().to_string()),
            (format!("BACKUP_KEY__{}", azurite.account()), azurite.key().to_owned()),
            ("BACKUP_LEASE_SECONDS".to_owned(), lease.as_secs().to_string()),
        ];
        variables.extend(state);
        let counter = Arc::new(Counter::default());
        let plan: Arc<dyn Plan> = counter.clone();
        stage.emulator.set_faults(Some(plan.clone()));
        proxy.set_faults(Some(plan));
        let (name, points) = (name.to_owned(), BTreeMap::new());
        let staged = None;
        Self { stage, _proxy: proxy, counter, name, source, target, live, tree, variables, points, staged }
    }

    /// A first cycle without trouble.
    pub async fn back_up(&mut self) {
        let backup = app(&self.variables);
        let report = Box::pin(backup.run(&self.name, Start::New, backup.deadline(Trigger::Timer)));
        let report = report.await.expect("a cycle ran");
        assert_succeeded(&report);
        self.points.insert(report.id, self.tree.clone());
    }

    pub async fn edit(&mut self, edits: &[share_tree::Edit]) {
        for edit in edits {
            self.live.apply(&mut self.tree, edit).await.expect("the edit is made");
        }
    }

    /// Every difference between what is expected and a share or share snapshot.
    pub async fn differences(&self, expected: &Tree, share: &ShareClient) -> Vec<String> {
        let found = read_back(share).await.expect("readable");
        let differences = compare(expected, &found).await.expect("the tree is readable");
        differences.iter().map(ToString::to_string).collect()
    }

    /// The live target, and both share snapshots of a cycle that succeeded, hold what the source holds.
    pub async fn assert_mirrored(&self, cycle: &str) {
        for share in [&self.source, &self.target] {
            self.assert_point(share, cycle, &self.tree).await;
        }
        let differences = self.differences(&self.tree, &self.target).await;
        assert!(differences.is_empty(), "the live target: {differences:#?}");
    }

    /// No cycle has two share snapshots in one role, the recovery points are those that there should be, and those
    /// before `newest` still hold what they held. So does the staging share.
    pub async fn assert_points_untouched(&self, newest: &str) {
        for (share, role) in [(&self.source, "source"), (&self.target, "target")] {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for item in share.list_snapshots().await.expect("a list") {
                let cycle = item.metadata.get("backup_cycle").expect("ours").clone();
                assert_eq!(item.metadata.get("backup_role").map(String::as_str), Some(role));
                *counts.entry(cycle).or_default() += 1;
            }
            assert!(counts.values().all(|count| *count == 1), "{role}: {counts:?}");
            if role == "target" {
                let points: Vec<&String> = counts.keys().collect();
                let expected: Vec<&String> = self.points.keys().collect();
                assert_eq!(points, expected, "recovery points");
            }
        }
        for (cycle, tree) in self.points.iter().filter(|(cycle, _)| *cycle != newest) {
            self.assert_point(&self.target, cycle, tree).await;
        }
        if let Some(staged) = &self.staged {
            staged.assert_untouched(self).await;
        }
    }

    async fn assert_point(&self, share: &ShareClient, cycle: &str, expected: &Tree) {
        let taken = self.snapshots(share, cycle).await;
        assert_eq!(taken.len(), 1, "share snapshots of {cycle} in {}", share.url());
        let differences = self.differences(expected, &share.with_snapshot(&taken[0])).await;
        assert!(differences.is_empty(), "the share snapshot of {cycle} in {}: {differences:#?}", share.url());
    }

    async fn snapshots(&self, share: &ShareClient, cycle: &str) -> Vec<ShareSnapshotId> {
        let listed = share.list_snapshots().await.expect("a list");
        let ours =
            listed.into_iter().filter(|item| item.metadata.get("backup_cycle").is_some_and(|it| it == cycle));
        ours.filter_map(|item| item.snapshot).collect()
    }

    /// A new connection to the target's account. Those of a dead process came before it, also those on which
    /// requests are still being read.
    pub async fn connect(&self) -> u64 {
        let log = self.stage.emulator.log();
        let url = format!("{}/connect", self.stage.emulator.account("targetaccount").endpoint);
        let seen = |record: &RequestRecord| record.path_and_query.ends_with("/connect");
        reqwest::get(url).await.expect("an answer");
        let last = log.snapshot().recent.into_iter().rfind(seen).expect("it was logged");
        last.connection
    }

    /// Bytes that were put into the target since the log was reset, by path, through some connections. A request that
    /// a busy machine let wait past its time limit was repeated, and counts once.
    pub fn written(&self, connections: impl RangeBounds<u64>) -> BTreeMap<String, u64> {
        let (mut written, mut seen) = (BTreeMap::new(), BTreeSet::new());
        let log = self.stage.emulator.log().snapshot().recent;
        for record in log.into_iter().filter(|record| connections.contains(&record.connection)) {
            if record.written_bytes > 0 && seen.insert(record.client_request_id) {
                let path = record.path_and_query.split('?').next().unwrap_or_default().to_owned();
                *written.entry(path).or_default() += record.written_bytes;
            }
        }
        written
    }
}
