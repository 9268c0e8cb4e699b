//! What of a plan has to come out the same, and shares whose plan has everything in it.

use std::collections::HashMap;

use azure_files_backup::sync::{DirectoryPlan, Failure, Stretch};
use azure_storage_file_share::{CreateFile, Permission, PermissionFormat, ShareClient, SmbProperties};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use share_tree::{LiveShare, Row, Shape, Tree, random_edits, random_sddl, random_tree};

use crate::support::*;

const LEFT: &str = ".backup-scratch-20260101T000000000000Z-00000000-0";

/// What of a plan has to come out the same, however often planning was cut off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// Every item as it is stored, and how often.
    pub items: HashMap<String, usize>,
    pub failures: Vec<Failure>,
    compared: u64,
    source_entries: u64,
    target_entries: u64,
}

impl Whole {
    pub fn add_item(&mut self, item: impl serde::Serialize) {
        *self.items.entry(serde_json::to_string(&item).expect("an item is JSON")).or_default() += 1;
    }

    /// Counts and failures come with the last item of a directory.
    pub fn add_end(&mut self, plan: &DirectoryPlan) {
        self.failures.extend(plan.failures.iter().cloned());
        self.compared += plan.compared;
        self.source_entries += plan.source_entries;
        self.target_entries += plan.target_entries;
    }

    pub fn add(&mut self, plan: &DirectoryPlan) {
        plan.items.iter().for_each(|item| self.add_item(item));
        self.add_end(plan);
    }

    pub fn add_stretch(&mut self, stretch: Stretch) {
        stretch.items().for_each(|item| self.add_item(item));
        self.failures.extend(stretch.failures);
        self.compared += stretch.compared;
        self.source_entries += stretch.source_entries;
        self.target_entries += stretch.target_entries;
    }
}

/// A directory whose items fill more than a chunk, each with an ACL of its own.
pub async fn put_large(source: &ShareClient, target: &ShareClient, path: &str, rng: &mut StdRng) {
    put_directory(source, path).await;
    put_directory(target, path).await;
    for number in 0..7 {
        let permission = Permission { format: PermissionFormat::Sddl, value: random_sddl(rng) };
        let key = source.create_permission(&permission).await.expect("a permission");
        let smb = SmbProperties { permission_key: Some(key), ..Default::default() };
        let sparse = CreateFile { size: 400 << 20, smb, ..Default::default() };
        source.file_client(&format!("{path}/{number}")).create(&sparse).await.expect("created");
    }
}

/// A source with every kind of edit since the last cycle, and a target with what others left in it.
pub async fn edited(stage: &mut Stage, name: &str, seed: u64) -> (ShareClient, ShareClient, Tree) {
    let (source, target) = stage.pair(name, json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut tree = random_tree(&mut rng, Shape { directories: 12, files: 20, large_files: false });
    let live = LiveShare::new(source.clone());
    live.load(&mut tree).await.expect("loaded");
    let first = Mirror::healthy(stage, &source, &target, "0").await;
    assert_eq!(first.run().await.expect("mirrored"), []);
    for row in Row::ALL.into_iter().chain([Row::FileToDirectory, Row::DirectoryToFile, Row::DirectoryCase]) {
        for edit in random_edits(&mut rng, &tree, row).unwrap_or_default() {
            live.apply(&mut tree, &edit).await.expect("edited");
        }
    }
    let kept: Vec<String> = tree.directories().map(|(path, _)| path.to_owned()).collect();
    for directory in kept.iter().filter(|_| rng.random_bool(0.3)) {
        // the directory may be new in the source, and the target's own then is not there yet
        let left = share_tree::join(directory, &format!("{LEFT}1"));
        if target.directory_client(&left).create(&Default::default()).await.is_ok() {
            put_directory(&target, &format!("{left}/below")).await;
            put(&target, &format!("{left}/below/f"), "left").await;
            put(&target, &share_tree::join(directory, LEFT), "left").await;
            put_directory(&target, &share_tree::join(directory, "theirs")).await;
            put_directory(&target, &share_tree::join(directory, "theirs/too")).await;
            put(&target, &share_tree::join(directory, "theirs/too/f"), "theirs").await;
        }
    }
    (source, target, tree)
}
