//! What may wait behind a slow directory.

use std::sync::Arc;

use azure_storage_file_share::{
    ClientOptions, CreateDirectory, CreateFile, Credential, ShareClient, ShareServiceClient, SharedKey,
};
use file_share_emulator::{AccountConfig, Config, Emulator};

use super::*;
use crate::sync::directory_plan::Sides;
use crate::sync::item::Over;
use crate::sync::moves::Unpaired;
use crate::sync::name::ScratchNames;
use crate::sync::permission::PermissionMap;
use crate::sync::shares::Shares;
use crate::sync::testing::directory;

const KEY: &str = "a2V5";
const DIRECTORIES: usize = 30;

/// A new share of directories with six entries each, listed four a page.
async fn share(is_full_of_directories: bool) -> (Emulator, ShareClient) {
    let accounts = vec![AccountConfig::new("one", KEY)];
    let emulator = Emulator::start(Config { accounts, page_size: 4, ..Config::default() }).await;
    let emulator = emulator.expect("the emulator starts");
    let key = Credential::SharedKey(SharedKey::new("one", KEY).expect("a key"));
    let endpoint = &emulator.account("one").endpoint;
    let service = ShareServiceClient::new(endpoint, "one", key, ClientOptions::default());
    let share = service.expect("a client").share_client("files");
    share.create(&Default::default()).await.expect("created");
    for number in 0..DIRECTORIES {
        let path = format!("{number:02}");
        share.directory_client(&path).create(&CreateDirectory::default()).await.expect("created");
        for entry in 0..6 {
            let path = format!("{path}/{entry}");
            if is_full_of_directories {
                share.directory_client(&path).create(&CreateDirectory::default()).await.expect("created");
            } else {
                share.file_client(&path).create(&CreateFile::default()).await.expect("created");
            }
        }
    }
    (emulator, share)
}

/// How many directories are listed while the first one is on its way.
async fn ahead_of_the_first(is_full_of_directories: bool, most: usize) -> usize {
    let (_emulator, share) = share(is_full_of_directories).await;
    let shares = Shares::new(share.clone(), share, Arc::new(PermissionMap::default()), Default::default());
    let (scratch, unpaired) = (ScratchNames::new("1", 1), Arc::new(Unpaired::Planned));
    let sides = Sides::Source { source: directory(""), over: Over::Nothing };
    let mut line = Line::within(Directory::new(String::new(), sides), most);
    let (mut is_root, mut first, mut listed) = (true, None, 0);
    while let Some((id, start)) = line.start() {
        let stream = match start {
            Start::Rest(stream) => stream,
            Start::New(directory, part) => {
                is_root = directory.path.is_empty();
                if !is_root && first.is_none() {
                    first = Some(id);
                    continue;
                }
                let from = Arc::new(Cursor::default());
                Box::new(Stream::open(&shares, *directory, &scratch, from, unpaired.clone(), part))
            }
        };
        let (plan, rest) = stream.next().await.expect("listed");
        line.finish(id, plan, rest);
        if is_root {
            line.take();
        } else {
            listed += 1;
        }
    }
    listed
}

#[tokio::test]
async fn what_is_fetched_of_a_directory_and_not_planned_waits_like_all_else() {
    assert_eq!(ahead_of_the_first(false, 1_000).await, DIRECTORIES - 1);
    // of each a plan and an entry that is not in it yet
    assert_eq!(ahead_of_the_first(false, 20).await, 10);
}

#[tokio::test]
async fn subdirectories_of_a_directory_that_is_not_listed_to_its_end_wait_like_all_else() {
    // three of them besides
    assert_eq!(ahead_of_the_first(true, 20).await, 4);
}
