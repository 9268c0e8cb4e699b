use file_share_emulator::{Config, ListingOrder};

use crate::client::{Client, World, world, world_with};

async fn world_with_names(config: Config, names: &[&str]) -> World {
    let world = world_with(config).await;
    for name in names {
        world.one.create_file(&format!("/share/{name}"), 0).send().await.expect(201);
    }
    world
}

/// All names, page by page.
async fn walk(one: &Client, query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let path = format!("/share?restype=directory&comp=list{query}{marker}");
        let page = one.get(&path).send().await.expect(200);
        names.extend(page.elements("Name"));
        match page.elements("NextMarker").pop() {
            Some(next) => marker = format!("&marker={}", next.replace('!', "%21")),
            None => return names,
        }
    }
}

#[tokio::test]
async fn an_entry_has_what_was_asked_for() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    let created = one.create_file("/share/file", 7).send().await.expect(201);
    let bare = one.get("/share/?restype=directory&comp=list").send().await.expect(200);
    let endpoint = &one.account.endpoint;
    assert_eq!(
        bare.text(),
        format!(
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"{endpoint}/\" \
             ShareName=\"share\" DirectoryPath=\"\"><DirectoryId>0</DirectoryId><Entries><Directory><Name>dir</Name>\
             <FileId>13835128424026341376</FileId><Properties /></Directory><File><Name>file</Name>\
             <FileId>11529285414812647424</FileId><Properties><Content-Length>7</Content-Length></Properties></File>\
             </Entries><NextMarker /></EnumerationResults>"
        )
    );
    let include = "include=Timestamps,ETag,Attributes,PermissionKey";
    let full = one.get(&format!("/share?restype=directory&comp=list&{include}")).send().await.expect(200);
    assert_eq!(full.elements("Etag")[1], created.header("etag"));
    assert_eq!(full.elements("ChangeTime")[1], created.header("x-ms-file-change-time"));
    assert_eq!(full.elements("LastWriteTime")[1], created.header("x-ms-file-last-write-time"));
    assert_eq!(full.elements("LastAccessTime")[1], created.header("x-ms-file-creation-time"));
    assert_eq!(full.elements("Last-Modified")[1], created.header("last-modified"));
    assert_eq!(full.elements("Attributes"), ["Directory", "Archive"]);
    assert_eq!(full.elements("PermissionKey")[1], created.header("x-ms-file-permission-key"));
    one.get("/share?restype=directory&comp=list&include=Size")
        .send()
        .await
        .refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn an_empty_directory_lists_nothing_and_a_missing_one_is_refused() {
    let world = world().await;
    let page = world.one.get("/share?restype=directory&comp=list").send().await.expect(200);
    assert!(page.text().ends_with("<Entries /><NextMarker /></EnumerationResults>"));
    world.one.get("/share/no?restype=directory&comp=list").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn pages_follow_their_markers_to_the_end() {
    let names = ["a", "B", "c", "D", "e"];
    let world = world_with_names(Config { page_size: 2, ..Config::default() }, &names).await;
    assert_eq!(walk(&world.one, "").await, names);
    assert_eq!(walk(&world.one, "&maxresults=1").await, names);
    assert_eq!(walk(&world.one, "&maxresults=9999").await, names);
    let last =
        world.one.get("/share?restype=directory&comp=list&marker=1%214%21ZA--").send().await.expect(200);
    assert_eq!(last.elements("Name"), ["D", "e"]);
    for bad in ["0", "-1"] {
        let page = world.one.get(&format!("/share?restype=directory&comp=list&maxresults={bad}"));
        page.send().await.refused(400, "OutOfRangeQueryParameterValue");
    }
    let bad = world.one.get("/share?restype=directory&comp=list&marker=elsewhere");
    bad.send().await.refused(400, "InvalidContinuationToken");
}

#[tokio::test]
async fn a_marker_survives_the_deletion_of_its_entry() {
    let world = world_with_names(Config { page_size: 1, ..Config::default() }, &["a", "b", "c"]).await;
    let page = world.one.get("/share?restype=directory&comp=list").send().await.expect(200);
    let marker = page.elements("NextMarker").remove(0).replace('!', "%21");
    world.one.delete("/share/b").send().await.expect(202);
    let next = world
        .one
        .get(&format!("/share?restype=directory&comp=list&marker={marker}"))
        .send()
        .await
        .expect(200);
    assert_eq!(next.elements("Name"), ["c"]);
}

#[tokio::test]
async fn a_prefix_is_matched_without_case() {
    let world = world_with_names(Config { page_size: 1, ..Config::default() }, &["ab", "Abc", "b"]).await;
    assert_eq!(walk(&world.one, "&prefix=aB").await, ["ab", "Abc"]);
    let none = world.one.get("/share?restype=directory&comp=list&prefix=x").send().await.expect(200);
    assert!(none.text().contains("<Prefix>x</Prefix>") && none.text().contains("<Entries />"));
}

#[tokio::test]
async fn other_orders_list_the_same_names() {
    let names = ["a", "B", "_", "ä", "c", "D"];
    let order = |listing_order| Config { page_size: 2, listing_order, ..Config::default() };
    let ordinal = world_with_names(order(ListingOrder::Ordinal), &names).await;
    assert_eq!(walk(&ordinal.one, "").await, ["B", "D", "_", "a", "c", "ä"]);
    let shuffled = world_with_names(order(ListingOrder::Shuffled(7)), &names).await;
    let mut listed = walk(&shuffled.one, "").await;
    assert_eq!(listed, walk(&shuffled.one, "&maxresults=1").await);
    listed.sort();
    assert_eq!(listed, ["B", "D", "_", "a", "c", "ä"]);
}

#[tokio::test]
async fn names_that_xml_cannot_carry_are_encoded_and_flagged() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir%EF%BF%BE?restype=directory").send().await.expect(201);
    one.create_file("/share/dir%EF%BF%BE/a%20%EF%BF%BE", 0).send().await.expect(201);
    one.create_file("/share/dir%EF%BF%BE/b%2541%26c", 0).send().await.expect(201);
    let page = one.get("/share/dir%EF%BF%BE?restype=directory&comp=list").send().await.expect(200);
    assert!(page.text().contains("ShareName=\"share\" Encoded=\"true\" DirectoryPath=\"dir%EF%BF%BE\""));
    assert!(page.text().contains("<Name Encoded=\"true\">a%20%EF%BF%BE</Name>"));
    assert!(page.text().contains("<Name>b%41&amp;c</Name>"));
}
