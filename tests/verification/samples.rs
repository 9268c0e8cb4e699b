//! Samples read the whole share in a round, and no file twice.

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::ProofEnd;
use file_share_emulator::Config;
use serde_json::json;

use super::*;

/// Files of the target's share snapshots that were read since the log was reset, and how often.
fn files_read(stage: &Stage) -> BTreeMap<String, usize> {
    let mut read = BTreeMap::new();
    for request in stage.emulator.log().snapshot().recent {
        let path = request.path_and_query.split('?').next().unwrap_or_default().to_owned();
        if request.account == TARGET && request.operation == "Get File" {
            *read.entry(path.rsplit('/').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_verification_samples_cover_everything_and_read_no_file_twice_in_a_round() {
    let mut stage = Stage::set().await;
    // each of these files counts 64 KiB and its four bytes: 63 of them fit
    let settings = json!({"verify": "sample", "verifyBytes": 4 * MIB});
    let (source, target) = stage.pair("files", settings).await;
    put_many(&source, 150).await;
    let handler = stage.handler().await;
    let mut all = BTreeMap::new();
    let mut since = None;
    for (files, entries, end) in
        [(63, 0, ProofEnd::Sampled), (63, 0, ProofEnd::Sampled), (24, 150, ProofEnd::Whole)]
    {
        stage.emulator.log().reset();
        let report = handler.cycle("files").await;
        assert_succeeded(&report);
        let verified = verified(&report);
        assert_eq!((verified.files, verified.end), (files, Some(end)));
        let round = verified.round.clone().expect("it is a sample");
        assert_eq!((round.entries, round.of_entries), (entries, Some(150)));
        assert_eq!(*since.get_or_insert(round.since.clone()), round.since, "it is one round");
        for (file, times) in files_read(&stage) {
            *all.entry(file).or_insert(0) += times;
        }
    }
    assert_eq!(all.len(), 150);
    assert!(all.values().all(|times| *times == 1), "{all:?}");
    let coverage = handler.pair("files").await.verification;
    assert_eq!(coverage.covered.expect("a whole round").since, since.expect("it began"));
    assert_eq!(coverage.round, None);
    // the next round begins at the front, and finds what happened there meanwhile
    flip(&target, "0010", 1).await;
    flip(&target, "0140", 1).await;
    let bad = handler.cycle("files").await;
    assert_eq!(reasons(&bad.failures), [("0010", "ContentDiffers")]);
    // what was copied again is read first, and the round goes on behind it
    stage.emulator.log().reset();
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(files_read(&stage).get("0010"), Some(&1));
    let last = handler.cycle("files").await;
    assert_eq!(reasons(&last.failures), [("0140", "ContentDiffers")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_that_ends_within_a_file_goes_on_there() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "sample", "verifyBytes": 4 * MIB})).await;
    put_large(&source, "large", 10 * MIB).await;
    let handler = stage.handler().await;
    let mut read = Vec::new();
    for _ in 0..2 {
        read.push(verified(&handler.cycle("files").await).bytes);
    }
    assert_eq!(read, [4 * MIB, 4 * MIB]);
    flip(&target, "large", 9 * MIB).await;
    let report = handler.cycle("files").await;
    assert_eq!(reasons(&report.failures), [("large", "ContentDiffers")]);
    assert_eq!(verified(&report).bytes, 2 * MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_no_verification_pays_for_none() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"verify": "none"})).await;
    put_many(&source, 5).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(report.verification, None);
    assert_eq!(stage.emulator.log().count(TARGET, "Get File"), 0);
    assert_eq!(stage.emulator.log().count(TARGET, "List Directories and Files"), 1);
}

/// Everything that stays where it is is read in a round, however the share changes around it, and nothing is found where nothing is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn samples_of_a_directory_of_many_pages_go_on_while_it_changes() {
    let mut stage = Stage::with(Config { page_size: 20, ..Config::default() }).await;
    let (source, _) = stage.pair("files", json!({"verify": "sample", "verifyBytes": 4 * MIB})).await;
    put_many(&source, 150).await;
    put_large(&source, "0075-large", 20 * MIB).await;
    put_directory(&source, "zz").await;
    put(&source, "zz/last", "data").await;
    let handler = stage.handler().await;
    let mut read = BTreeMap::new();
    for cycle in 0..20 {
        // behind the place of the sample and before it
        for number in [cycle * 7 % 150, 149 - cycle * 3] {
            let path = format!("{number:04}");
            if source.file_client(&path).delete().await.is_err() {
                put(&source, &path, "data").await;
            }
            put(&source, &format!("{path}-new"), "data").await;
        }
        stage.emulator.log().reset();
        let report = handler.cycle("files").await;
        assert_succeeded(&report);
        for (file, times) in files_read(&stage) {
            *read.entry(file).or_insert(0) += times;
        }
        let verified = verified(&report);
        assert_eq!(verified.found, 0, "{report:#?}");
        // a directory counts when it lies behind
        let round = verified.round.clone().expect("it is a sample");
        let of = if verified.end == Some(ProofEnd::Whole) { round.of_entries } else { Some(0) };
        assert_eq!(Some(round.entries), of, "{verified:?}");
        if verified.end == Some(ProofEnd::Whole) {
            let missed: Vec<_> = names(&source, "")
                .await
                .into_iter()
                .filter(|name| !name.contains("-new") && name != "zz" && !read.contains_key(name))
                .collect();
            assert_eq!(missed, [""; 0], "after {cycle} cycles");
            assert_eq!((read.get("last"), read.get("0075-large")), (Some(&1), Some(&5)));
            return;
        }
    }
    panic!("the round does not end: {read:?}");
}
