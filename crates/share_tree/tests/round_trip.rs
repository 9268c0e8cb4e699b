//! What is loaded is read back, and a tree follows every edit of the share it describes.

use std::collections::HashSet;

use anyhow::Result;
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::{
    ClientOptions, CreateShareOptions, Metadata, ShareClient, ShareServiceClient,
};
use file_share_emulator::{AccountConfig, Config, Emulator};
use rand::SeedableRng;
use rand::rngs::StdRng;
use share_tree::{
    Content, Entry, Kind, LiveShare, Properties, Row, Shape, Tree, changes, compare, random_edits,
    random_tree, read_back,
};

/// Azurite's published development key.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

async fn share() -> Result<(Emulator, ShareClient)> {
    let account = AccountConfig::new("tester", KEY);
    let emulator =
        Emulator::start(Config { accounts: vec![account], page_size: 7, ..Config::default() }).await?;
    let endpoint = &emulator.account("tester").endpoint;
    let credential = Credential::SharedKey(SharedKey::new("tester", KEY)?);
    let service = ShareServiceClient::new(endpoint, "tester", credential, ClientOptions::default())?;
    let share = service.share_client("files");
    share.create(&CreateShareOptions::default()).await?;
    Ok((emulator, share))
}

async fn check(tree: &Tree, share: &ShareClient, context: &str) -> Result<()> {
    let differences: Vec<String> =
        compare(tree, &read_back(share).await?).await?.iter().map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{context}\n{}", differences.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_loaded_tree_is_read_back_as_it_is() -> Result<()> {
    for seed in 0..5 {
        let (_emulator, share) = share().await?;
        let shape = Shape { directories: 20, files: 60, large_files: seed == 0 };
        let mut tree = random_tree(&mut StdRng::seed_from_u64(seed), shape);
        LiveShare::new(share.clone()).load(&mut tree).await?;
        check(&tree, &share, &format!("Seed {seed}")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_tree_follows_every_kind_of_edit() -> Result<()> {
    let mut made = HashSet::new();
    for seed in 0..4 {
        let (_emulator, share) = share().await?;
        let mut rng = StdRng::seed_from_u64(seed);
        let mut tree = random_tree(&mut rng, Shape { directories: 15, files: 40, large_files: false });
        let live = LiveShare::new(share.clone());
        live.load(&mut tree).await?;
        for row in Row::ALL {
            let before = tree.clone();
            let Some(edits) = random_edits(&mut rng, &tree, row) else { continue };
            for edit in &edits {
                live.apply(&mut tree, edit).await?;
            }
            made.insert(row);
            assert_ne!(
                changes(&before, &tree),
                changes(&tree, &tree),
                "Seed {seed}: {row:?} changes nothing: {edits:?}"
            );
            check(&tree, &share, &format!("Seed {seed}, {row:?}")).await?;
        }
    }
    let missing: Vec<Row> = Row::ALL.into_iter().filter(|row| !made.contains(row)).collect();
    assert!(missing.is_empty(), "Never made: {missing:?}");
    Ok(())
}

#[tokio::test]
async fn every_property_that_differs_is_told() -> Result<()> {
    let (_emulator, share) = share().await?;
    let mut tree = Tree::default();
    let metadata = Metadata::from([("owner".to_owned(), "one".to_owned())]);
    tree.insert("kept", Entry::file(Properties::default(), Content::literal("abc"), Default::default()));
    tree.insert("dir", Entry::directory(Properties { metadata, ..Properties::default() }));
    LiveShare::new(share.clone()).load(&mut tree).await?;
    let found = read_back(&share).await?;

    let kept = tree.get_mut("kept").expect("it was inserted");
    kept.properties.last_write_time = kept.properties.last_write_time.map(|time| time.next_tick());
    kept.kind = Kind::File { content: Content::literal("abd"), headers: Default::default() };
    tree.get_mut("dir").expect("it was inserted").properties.metadata.clear();
    tree.insert("dir/lost", Entry::directory(Properties::default()));

    let differences = compare(&tree, &found).await?;
    let told: Vec<_> = differences.iter().map(|it| (it.path.as_str(), it.property)).collect();
    let expected = [
        ("dir/lost", "entry"),
        ("dir", "metadata"),
        ("kept", "data"),
        ("kept", "content type"),
        ("kept", "last-write time"),
    ];
    assert_eq!(told, expected);
    Ok(())
}
