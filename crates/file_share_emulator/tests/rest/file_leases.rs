use crate::client::{Client, Request, World, world};

const A: &str = "aaaaaaaa-1111-2222-3333-444444444444";
const B: &str = "bbbbbbbb-1111-2222-3333-444444444444";
const FILE: &str = "/share/file";

fn lease(one: &Client, action: &str) -> Request {
    one.put("/share/file?comp=lease").header("x-ms-lease-action", action)
}

fn acquire(one: &Client, id: &str) -> Request {
    lease(one, "acquire").header("x-ms-lease-duration", "-1").header("x-ms-proposed-lease-id", id)
}

async fn state(one: &Client) -> [String; 3] {
    let read = one.head(FILE).send().await.expect(200);
    ["status", "state", "duration"].map(|name| read.header(&format!("x-ms-lease-{name}")).to_owned())
}

/// A file of five bytes that `A` has leased.
async fn leased() -> World {
    let world = world().await;
    world.one.create_file(FILE, 5).body(b"hello").send().await.expect(201);
    acquire(&world.one, A).send().await.expect(201);
    world
}

/// Every write of a file, by itself harmless.
fn writes(one: &Client) -> Vec<(Request, u16)> {
    let range = |write: &str| {
        one.put("/share/file?comp=range").header("x-ms-write", write).header("x-ms-range", "bytes=0-4")
    };
    vec![
        (range("update").body(b"other"), 201),
        (range("clear"), 201),
        (one.put("/share/file?comp=metadata").header("x-ms-meta-a", "1"), 200),
        (one.put("/share/file?comp=properties"), 200),
        (one.create_file(FILE, 5).body(b"hello"), 201),
    ]
}

#[tokio::test]
async fn accept_emulator_7_a_lease_of_a_file_goes_through_its_states_as_recorded() {
    let world = leased().await;
    let one = &world.one;
    let etag = one.head(FILE).send().await.expect(200).header("etag").to_owned();
    assert_eq!(state(one).await, ["locked", "leased", "infinite"]);
    let again = acquire(one, A).send().await.expect(201);
    assert_eq!((again.header("x-ms-lease-id"), again.header("etag")), (A, etag.as_str()));
    let changed = lease(one, "change").header("x-ms-lease-id", A).header("x-ms-proposed-lease-id", B);
    assert_eq!(changed.send().await.expect(200).header("x-ms-lease-id"), B);
    let released = lease(one, "release").header("x-ms-lease-id", B).send().await.expect(200);
    assert!(
        !released.headers.contains_key("x-ms-lease-time") && !released.headers.contains_key("x-ms-lease-id")
    );
    assert_eq!(state(one).await, ["unlocked", "available", ""]);
    acquire(one, A).send().await.expect(201);
    let broken = lease(one, "break").send().await.expect(202);
    assert_eq!((broken.header("x-ms-lease-time"), broken.header("x-ms-lease-id")), ("0", ""));
    assert_eq!(state(one).await, ["unlocked", "broken", ""]);
    assert_eq!(one.head(FILE).send().await.expect(200).header("etag"), etag, "leasing changes nothing");
}

#[tokio::test]
async fn accept_emulator_7_every_write_of_a_leased_file_needs_its_lease() {
    let world = leased().await;
    let one = &world.one;
    let mut delete = vec![(one.delete(FILE), 202)];
    for (write, _) in writes(one).into_iter().chain(delete.drain(..)) {
        let refused = write.send().await.refused(412, "LeaseIdMissing");
        assert!(refused.text().contains("a lease on the file and no lease ID"), "{}", refused.text());
    }
    for (write, _) in writes(one) {
        write.header("x-ms-lease-id", B).send().await.refused(412, "LeaseIdMismatchWithFileOperation");
    }
    for (write, success) in writes(one) {
        write.header("x-ms-lease-id", A).send().await.expect(success);
    }
    assert_eq!(state(one).await[1], "leased", "a file that is replaced stays leased");
    one.delete(FILE).header("x-ms-lease-id", A).send().await.expect(202);
}

#[tokio::test]
async fn accept_emulator_7_a_lease_id_for_a_file_without_a_lease_is_refused() {
    let world = world().await;
    let one = &world.one;
    one.create_file(FILE, 5)
        .header("x-ms-lease-id", A)
        .send()
        .await
        .refused(412, "LeaseNotPresentWithFileOperation");
    one.create_file(FILE, 5).send().await.expect(201);
    for (write, _) in writes(one) {
        write.header("x-ms-lease-id", A).send().await.refused(412, "LeaseNotPresentWithFileOperation");
    }
    acquire(one, A).send().await.expect(201);
    lease(one, "break").send().await.expect(202);
    for (write, _) in writes(one) {
        write.header("x-ms-lease-id", A).send().await.refused(412, "LeaseLost");
    }
    for (write, success) in writes(one) {
        write.send().await.expect(success);
    }
}

#[tokio::test]
async fn accept_emulator_7_reading_needs_no_lease_but_no_wrong_one_either() {
    let world = leased().await;
    let one = &world.one;
    for path in [FILE, "/share/file?comp=rangelist", "/share/file?comp=metadata"] {
        one.get(path).send().await.expect(200);
        one.get(path).header("x-ms-lease-id", A).send().await.expect(200);
        one.get(path)
            .header("x-ms-lease-id", B)
            .send()
            .await
            .refused(412, "LeaseIdMismatchWithFileOperation");
    }
    one.head(FILE).header("x-ms-lease-id", B).send().await.refused(412, "LeaseIdMismatchWithFileOperation");
}

#[tokio::test]
async fn accept_emulator_7_lease_requests_that_the_state_forbids_are_conflicts() {
    let world = leased().await;
    let one = &world.one;
    acquire(one, B).send().await.refused(409, "LeaseAlreadyPresent");
    let release = |id| lease(one, "release").header("x-ms-lease-id", id).send();
    release(B).await.refused(409, "LeaseIdMismatchWithLeaseOperation");
    release(A).await.expect(200);
    lease(one, "break").send().await.refused(409, "LeaseNotPresentWithLeaseOperation");
    lease(one, "renew").header("x-ms-lease-id", A).send().await.refused(400, "InvalidHeaderValue");
    acquire(one, A).header("x-ms-lease-duration", "60").send().await.refused(400, "InvalidHeaderValue");
    one.put("/share/none?comp=lease")
        .header("x-ms-lease-action", "break")
        .send()
        .await
        .refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn accept_emulator_7_a_rename_needs_the_leases_of_both_files_and_moves_that_of_its_source() {
    let world = leased().await;
    let one = &world.one;
    one.create_file("/share/target", 1).send().await.expect(201);
    one.put("/share/target?comp=lease")
        .header("x-ms-lease-action", "acquire")
        .header("x-ms-lease-duration", "-1")
        .header("x-ms-proposed-lease-id", B)
        .send()
        .await
        .expect(201);
    let rename = || {
        one.put("/share/target?comp=rename")
            .header("x-ms-file-rename-source", &one.url(FILE))
            .header("x-ms-file-rename-replace-if-exists", "true")
    };
    let (source, target) = ("x-ms-source-lease-id", "x-ms-destination-lease-id");
    rename().send().await.refused(412, "LeaseIdMissing");
    rename().header(source, A).send().await.refused(412, "LeaseIdMissing");
    rename()
        .header(source, A)
        .header(target, A)
        .send()
        .await
        .refused(412, "LeaseIdMismatchWithFileOperation");
    rename().header(source, A).header(target, B).send().await.expect(200);
    one.delete("/share/target")
        .header("x-ms-lease-id", B)
        .send()
        .await
        .refused(412, "LeaseIdMismatchWithFileOperation");
    one.delete("/share/target").header("x-ms-lease-id", A).send().await.expect(202);
}

#[tokio::test]
async fn accept_emulator_7_a_directory_takes_the_place_of_a_leased_file_with_its_lease() {
    let world = leased().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    let rename = || {
        one.put("/share/file?restype=directory&comp=rename")
            .header("x-ms-file-rename-source", &one.url("/share/dir"))
            .header("x-ms-file-rename-replace-if-exists", "true")
    };
    rename().send().await.refused(412, "LeaseIdMissing");
    rename().header("x-ms-destination-lease-id", A).send().await.expect(200);
    one.get("/share/file?restype=directory").send().await.expect(200);
}

#[tokio::test]
async fn accept_emulator_7_a_file_in_a_share_snapshot_is_not_leased() {
    let world = leased().await;
    let one = &world.one;
    let taken = one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    let path = format!("{FILE}?sharesnapshot={}", taken.header("x-ms-snapshot"));
    assert_eq!(one.head(&path).send().await.expect(200).header("x-ms-lease-state"), "available");
    let named = one.head(&path).header("x-ms-lease-id", A).send().await;
    named.refused(412, "LeaseNotPresentWithFileOperation");
}
