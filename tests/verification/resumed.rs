//! Whoever goes on with a proof that was cut off at any request finds the same, counts the same, and reads little again.

use std::time::Duration;

use azure_files_backup::sync::{Doubts, End, Proof, Proving, prove};
use azure_storage::RetryOptions;
use azure_storage_file_share::{ClientOptions, ShareSnapshotId};
use serde_json::json;

use super::*;

/// Pieces on either side that may be under way when somebody dies.
const IN_FLIGHT: u64 = 2 * 32;

struct Case {
    stage: Stage,
    points: [ShareSnapshotId; 2],
}

impl Case {
    async fn new() -> Self {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({})).await;
        target.create(&Default::default()).await.expect("the target share is new");
        for directory in ["d", "d/e", "f"] {
            put_directory(&source, directory).await;
        }
        for path in ["a", "b", "d/a", "d/b", "d/e/a", "d/e/b", "f/a", "f/b", "f/c"] {
            put(&source, path, "data").await;
        }
        put_large(&source, "d/large", 9 * MIB).await;
        put_large(&source, "f/large", 6 * MIB).await;
        let mirror = Mirror::healthy(&stage, &source, &target, "0").await;
        assert_eq!(mirror.run().await.expect("mirrored"), []);
        flip(&target, "b", 1).await;
        flip(&target, "d/e/b", 1).await;
        // in the last piece: what is behind it might be under way already
        flip(&target, "f/large", 5 * MIB).await;
        remove(&target, "f/c").await;
        let taken =
            async |share: &ShareClient| share.create_snapshot(&Default::default()).await.expect("taken");
        let points = [taken(&source).await, taken(&target).await];
        Self { stage, points }
    }

    fn shares(&self, http: Faulty) -> Mirror {
        let retry = RetryOptions { attempts: 1, ..Default::default() };
        let limit = Some(Duration::from_secs(10));
        let options = ClientOptions { retry, request_limit: limit, ..Default::default() };
        let mut mirror =
            Mirror::with(&self.stage, ("files", "files"), &self.points[0], http, options, ("1", 1));
        mirror.shares = mirror.shares.at_point(&self.points[1]);
        mirror
    }

    /// What it came to, and how many requests were sent; nothing of an end where the process died.
    async fn prove(&self, saved: Proof, http: Faulty) -> (Option<End>, Proof, Vec<String>, u64) {
        let mirror = self.shares(http);
        let proving = Proving::new(saved);
        let again = ["f/a".to_owned(), "gone".to_owned()];
        let work = prove(&mirror.shares, &again, None, &|_| false, &proving);
        let end = mirror.http.until_death(work).await.map(|end| end.expect("nothing that ends it"));
        let (proof, failures) = proving.save();
        let told = failures.iter().map(|failure| format!("{} {}", failure.path, failure.reason)).collect();
        (end, proof, told, mirror.http.sent())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_verification_a_proof_that_is_killed_at_any_request_goes_on_to_the_same_end() {
    let case = Case::new().await;
    let (end, whole, told, requests) = case.prove(Proof::default(), Faulty::healthy()).await;
    assert_eq!(end, Some(End::Finished));
    let expected = ["b ContentDiffers", "d/e/b ContentDiffers", "f/c NotEqual", "f/large ContentDiffers"];
    let sorted = |mut told: Vec<String>| {
        told.sort();
        told
    };
    assert_eq!(sorted(told.clone()), expected);
    // one was read first; another one is in no share any more
    assert_eq!((whole.files, whole.bytes), (12, 15 * MIB + 9 * 4));
    for number in 1..=requests {
        for after in [false, true] {
            let place = format!("killed at request {number} of {requests}, after it: {after}");
            let kill = if after { Fault::KillAfter } else { Fault::Kill };
            let http = Faulty::new(move |sent, _, _| if sent == number { kill } else { Fault::None });
            let (end, saved, before, _) = case.prove(Proof::default(), http).await;
            assert_eq!(end, None, "{place}");
            let (end, proof, behind, again) = case.prove(saved, Faulty::healthy()).await;
            assert_eq!(end, Some(End::Finished), "{place}");
            assert_eq!(sorted([before, behind].concat()), expected, "{place}");
            assert_eq!((proof.files, proof.bytes), (whole.files, whole.bytes), "{place}");
            assert_eq!(proof.entries, whole.entries, "{place}");
            // listings on the way to the place, and what was in flight
            assert!(again <= (requests - number) + IN_FLIGHT + 8, "{place}: {again} more");
        }
    }
    // without doubts a comparison finds what a listing shows, and no more
    assert_eq!(*case.shares(Faulty::healthy()).shares.doubts, Doubts::None);
}
