use file_share_emulator::Config;

use crate::client::{Client, world, world_with};

async fn snapshot(client: &Client) -> String {
    let answer = client.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    answer.header("x-ms-snapshot").to_owned()
}

#[tokio::test]
async fn ids_are_whole_seconds_and_strictly_grow() {
    let world = world().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(snapshot(&world.one).await);
    }
    assert!(ids.iter().all(|id| id.len() == 28 && id.ends_with(".0000000Z")), "{ids:?}");
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
}

#[tokio::test]
async fn a_snapshot_leaves_the_share_unchanged_and_keeps_its_etag() {
    let world = world().await;
    let before = world.one.get("/share?restype=share").send().await.expect(200);
    let taken = world.one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    let after = world.one.get("/share?restype=share").send().await.expect(200);
    assert_eq!(before.header("etag"), after.header("etag"));
    assert_eq!(before.header("etag"), taken.header("etag"));
}

#[tokio::test]
async fn a_snapshot_keeps_everything_as_it_was() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    one.create_file("/share/dir/kept", 5).body(b"first").send().await.expect(201);
    one.create_file("/share/dir/gone", 0).header("x-ms-meta-a", "1").send().await.expect(201);
    let before = one.head("/share/dir/kept").send().await.expect(200);
    let id = snapshot(one).await;

    one.put_range("/share/dir/kept", 0, b"later").send().await.expect(201);
    one.delete("/share/dir/gone").send().await.expect(202);
    one.create_file("/share/dir/new", 0).send().await.expect(201);
    one.put("/share/dir?restype=directory&comp=metadata").header("x-ms-meta-b", "2").send().await.expect(200);

    let at = |path: &str| format!("/share{path}sharesnapshot={id}");
    assert_eq!(one.get(&at("/dir/kept?")).send().await.expect(200).body, b"first");
    let kept = one.head(&at("/dir/kept?")).send().await.expect(200);
    assert_eq!(kept.header("etag"), before.header("etag"));
    assert_eq!(kept.header("x-ms-file-id"), before.header("x-ms-file-id"));
    assert_eq!(one.head(&at("/dir/gone?")).send().await.expect(200).header("x-ms-meta-a"), "1");
    one.head(&at("/dir/new?")).send().await.refused(404, "ResourceNotFound");
    let listing = one.get(&at("/dir?restype=directory&comp=list&")).send().await.expect(200);
    assert_eq!(listing.elements("Name"), ["gone", "kept"]);
    assert!(listing.text().contains(&format!("ShareSnapshot=\"{id}\"")));
    let directory = one.get(&at("/dir?restype=directory&")).send().await.expect(200);
    assert_eq!(directory.header("x-ms-meta-b"), "");
    let root = one.get(&at("?restype=directory&")).send().await.expect(200);
    assert_eq!(root.header("x-ms-file-id"), "0");
    assert_eq!(one.get("/share/dir/kept").send().await.expect(200).body, b"later");
}

#[tokio::test]
async fn metadata_is_the_shares_unless_some_is_sent() {
    let world = world().await;
    let one = &world.one;
    one.put("/share?restype=share&comp=metadata").header("x-ms-meta-a", "share").send().await.expect(200);
    let inherited = snapshot(one).await;
    let own =
        one.put("/share?restype=share&comp=snapshot").header("x-ms-meta-b", "own").send().await.expect(201);
    let read = |id: String| one.get(&format!("/share?restype=share&sharesnapshot={id}")).send();
    assert_eq!(read(inherited).await.expect(200).header("x-ms-meta-a"), "share");
    let own = read(own.header("x-ms-snapshot").to_owned()).await.expect(200);
    assert_eq!((own.header("x-ms-meta-a"), own.header("x-ms-meta-b")), ("", "own"));
}

#[tokio::test]
async fn snapshots_are_listed_oldest_first_before_their_share() {
    let world = world().await;
    let ids = [snapshot(&world.one).await, snapshot(&world.one).await];
    let listed = world.one.get("/?comp=list&include=snapshots,metadata").send().await.expect(200);
    assert_eq!(listed.elements("Snapshot"), ids);
    assert_eq!(listed.elements("Name"), ["share"; 3]);
    assert_eq!(listed.elements("AccessTier").len(), 1);
    let page = world.one.get("/?comp=list&include=snapshots&maxresults=1").send().await.expect(200);
    let marker = page.elements("NextMarker").remove(0);
    let rest =
        format!("/?comp=list&include=snapshots&marker={}", marker.replace('/', "%2F").replace(':', "%3A"));
    assert_eq!(world.one.get(&rest).send().await.expect(200).elements("Snapshot"), [ids[1].clone()]);
}

#[tokio::test]
async fn a_share_with_snapshots_is_deleted_only_with_them() {
    let world = world().await;
    let one = &world.one;
    let id = snapshot(one).await;
    one.delete("/share?restype=share").send().await.refused(409, "ShareHasSnapshots");
    let mixed = one.delete(&format!("/share?restype=share&sharesnapshot={id}"));
    mixed.header("x-ms-delete-snapshots", "include").send().await.refused(400, "InvalidHeaderValue");
    one.delete(&format!("/share?restype=share&sharesnapshot={id}")).send().await.expect(202);
    one.delete(&format!("/share?restype=share&sharesnapshot={id}"))
        .send()
        .await
        .refused(404, "ShareSnapshotNotFound");
    snapshot(one).await;
    one.delete("/share?restype=share").header("x-ms-delete-snapshots", "include").send().await.expect(202);
    one.get("/share?restype=share").send().await.refused(404, "ShareNotFound");
}

#[tokio::test]
async fn one_more_than_the_limit_is_refused_until_one_is_deleted() {
    let world = world_with(Config { snapshot_limit: 2, ..Config::default() }).await;
    let first = snapshot(&world.one).await;
    snapshot(&world.one).await;
    let third = world.one.put("/share?restype=share&comp=snapshot").send().await;
    third.refused(409, "ShareSnapshotCountExceeded");
    world.one.delete(&format!("/share?restype=share&sharesnapshot={first}")).send().await.expect(202);
    snapshot(&world.one).await;
}

#[tokio::test]
async fn a_snapshot_is_never_written() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 5).send().await.expect(201);
    let id = snapshot(one).await;
    for path in [
        format!("/share/file?comp=metadata&sharesnapshot={id}"),
        format!("/share/file?comp=properties&sharesnapshot={id}"),
        format!("/share?restype=directory&comp=properties&sharesnapshot={id}"),
        format!("/share/dir?restype=directory&sharesnapshot={id}"),
    ] {
        let refused = one.put(&path).send().await.refused(400, "InvalidQueryParameterValue");
        assert_eq!(refused.elements("QueryParameterName"), ["sharesnapshot"]);
    }
    one.delete(&format!("/share/file?sharesnapshot={id}"))
        .send()
        .await
        .refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn an_unknown_snapshot_is_named_so_by_newer_versions_only() {
    let world = world().await;
    let get = || world.one.get("/share?restype=directory&sharesnapshot=2001-01-01T00:00:00.0000000Z");
    get().send().await.refused(404, "ShareSnapshotNotFound");
    get().header("x-ms-version", "2024-08-04").send().await.refused(404, "ShareNotFound");
}
