//! Shares whose trees are computed: as readable as any other, and closed to writes.

use file_share_emulator::{Config, GeneratedShare};

use crate::authentication::share_sas;
use crate::client::{World, world_with};

const LISTING: &str = "restype=directory&comp=list&include=timestamps,Etag,Attributes,PermissionKey";

async fn generated(tree: &str) -> World {
    let tree = tree.parse().expect("a tree");
    let generated = vec![GeneratedShare { account: "one".to_owned(), share: "made".to_owned(), tree }];
    world_with(Config { generated, ..Config::default() }).await
}

#[tokio::test]
async fn every_listed_entry_can_be_read_as_it_is_listed() {
    let world = generated("depth=2,directories=3,files=4,size=0..3000000").await;
    let mut directories = vec![String::new()];
    let (mut files, mut bytes) = (0, 0);
    while let Some(directory) = directories.pop() {
        let listed = world.one.get(&format!("/made{directory}?{LISTING}")).send().await.expect(200);
        let (names, ids) = (listed.elements("Name"), listed.elements("FileId"));
        let (etags, sizes) = (listed.elements("Etag"), listed.elements("Content-Length"));
        let below = names.len() - sizes.len();
        for (place, name) in names.iter().enumerate() {
            let path = format!("{directory}/{name}");
            let restype = if place < below { "?restype=directory" } else { "" };
            let read = world.one.head(&format!("/made{path}{restype}")).send().await.expect(200);
            assert_eq!((read.header("x-ms-file-id"), read.header("etag")), (&*ids[place], &*etags[place]));
            if place < below {
                directories.push(path);
                continue;
            }
            let size = &sizes[place - below];
            let content = world.one.get(&format!("/made{path}")).send().await.expect(200);
            assert_eq!(
                (content.header("content-length"), content.body.len().to_string()),
                (&**size, size.clone())
            );
            files += 1;
            bytes += content.body.len();
        }
    }
    assert_eq!(files, (1 + 3 + 9) * 4);
    let stats = world.one.get("/made?restype=share&comp=stats").send().await.expect(200);
    assert_eq!(stats.elements("ShareUsageBytes"), [bytes.to_string()]);
}

#[tokio::test]
async fn it_has_share_snapshots_is_a_copy_source_and_refuses_writes() {
    let world = generated("files=3,size=5000..5000").await;
    let snapshot = world.one.put("/made?restype=share&comp=snapshot").send().await.expect(201);
    let id = snapshot.header("x-ms-snapshot").to_owned();
    let path = format!("/made/file-00001.bin?sharesnapshot={id}");
    let content = world.one.get(&path).send().await.expect(200).body;
    let unchanged = world.one.get(&format!("/made/file-00001.bin?comp=rangelist&prevsharesnapshot={id}"));
    assert_eq!(unchanged.send().await.expect(200).elements("Start"), Vec::<String>::new());

    world.one.create_file("/share/copy", 5000).send().await.expect(201);
    let source = format!("{}&{}", world.one.url(&path), share_sas("one", "made", "r"));
    let copy = world.one.put("/share/copy?comp=range").header("x-ms-copy-source", &source);
    let copy = copy.header("x-ms-write", "update").header("x-ms-range", "bytes=0-4999");
    copy.header("x-ms-source-range", "bytes=0-4999").send().await.expect(201);
    assert_eq!(world.one.get("/share/copy").send().await.expect(200).body, content);

    world.one.create_file("/made/new", 0).send().await.refused(501, "NotImplemented");
    world.one.put_range("/made/file-00001.bin", 0, b"x").send().await.refused(501, "NotImplemented");
    world.one.delete("/made/file-00001.bin").send().await.refused(501, "NotImplemented");
    world.one.head("/made/file-00009.bin").send().await.refused(404, "ResourceNotFound");
    world.one.head("/made/nowhere/file").send().await.refused(404, "ParentNotFound");
    let renamed = world.one.put("/made?restype=share&comp=metadata").header("x-ms-meta-a", "b");
    renamed.send().await.expect(200);
    world
        .one
        .delete("/made?restype=share")
        .header("x-ms-delete-snapshots", "include")
        .send()
        .await
        .expect(202);
}

#[tokio::test]
async fn the_pages_of_millions_in_one_directory_follow_each_other() {
    let world = generated("depth=1,directories=2,files=3000000").await;
    let list = format!("/made?{LISTING}&maxresults=3");
    let first = world.one.get(&list).send().await.expect(200);
    assert_eq!(first.elements("Name"), ["directory-00000", "directory-00001", "file-0000000.bin"]);
    let marker = first.elements("NextMarker").join("");
    let next = world.one.get(&format!("{list}&marker={marker}")).send().await.expect(200);
    assert_eq!(next.elements("Name")[2], "file-0000003.bin");
    let found = world.one.get(&format!("{list}&prefix=FILE-299999")).send().await.expect(200);
    assert_eq!(found.elements("Name")[0], "file-2999990.bin");
    world.one.head("/made/file-2999999.bin").send().await.expect(200);
}

/// Making them would take more memory than there is.
#[tokio::test]
async fn a_hundred_million_files_are_there_at_once() {
    let world = generated("depth=4,directories=100,files=1").await;
    let path = "/made/directory-00099/directory-00000/directory-00042/directory-00007";
    let listed = world.one.get(&format!("{path}?{LISTING}")).send().await.expect(200);
    assert_eq!(listed.elements("Name"), ["file-00000.bin"]);
}
