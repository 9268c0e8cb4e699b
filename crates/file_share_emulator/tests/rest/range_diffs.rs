use crate::client::{Client, Request, world};

async fn snapshot(one: &Client) -> String {
    let taken = one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    taken.header("x-ms-snapshot").to_owned()
}

fn diff(one: &Client, path: &str, since: &str) -> Request {
    one.get(&format!("{path}?comp=rangelist&prevsharesnapshot={since}"))
}

fn rename(one: &Client, from: &str, to: &str) -> Request {
    one.put(&format!("{to}?comp=rename")).header("x-ms-file-rename-source", &one.url(from))
}

async fn clear(one: &Client, range: &str) {
    let clear = one.put("/share/file?comp=range").header("x-ms-write", "clear").header("x-ms-range", range);
    clear.send().await.expect(201);
}

/// The list as text: `R0-511 C512-1023`.
async fn told(request: Request) -> String {
    let text = request.send().await.expect(200).text();
    let body = text.split_once("<Ranges").map_or("", |(_, body)| body);
    let body = body.trim_start_matches(" />").trim_start_matches('>');
    body.replace("</End></Range>", " ")
        .replace("</End></ClearRange>", " ")
        .replace("<Range><Start>", "R")
        .replace("<ClearRange><Start>", "C")
        .replace("</Start><End>", "-")
        .replace("</Ranges>", "")
        .trim()
        .to_owned()
}

#[tokio::test]
async fn accept_emulator_7_written_and_cleared_pages_are_listed_in_one_ascending_sequence() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 2048).send().await.expect(201);
    let first = snapshot(one).await;
    one.put_range("/share/file", 0, &[7; 1536]).send().await.expect(201);
    let second = snapshot(one).await;
    clear(one, "bytes=512-1023").await;
    assert_eq!(told(diff(one, "/share/file", &first)).await, "R0-511 C512-1023 R1024-1535");
    assert_eq!(told(diff(one, "/share/file", &second)).await, "C512-1023");
    let between =
        one.get(&format!("/share/file?comp=rangelist&prevsharesnapshot={first}&sharesnapshot={second}"));
    assert_eq!(told(between).await, "R0-1535");
    let window = diff(one, "/share/file", &first).header("x-ms-range", "bytes=100-599");
    assert_eq!(told(window).await, "R100-511 C512-599");
    let third = snapshot(one).await;
    assert_eq!(told(diff(one, "/share/file", &third)).await, "");
}

#[tokio::test]
async fn accept_emulator_7_a_diff_tells_the_size_at_its_target() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 2048).body(&[7; 2048]).send().await.expect(201);
    let before = snapshot(one).await;
    let resize =
        |size: &str| one.put("/share/file?comp=properties").header("x-ms-content-length", size).send();
    resize("1024").await.expect(200);
    let shrunk = diff(one, "/share/file", &before).send().await.expect(200);
    assert_eq!(shrunk.header("x-ms-content-length"), "1024");
    resize("4096").await.expect(200);
    assert_eq!(told(diff(one, "/share/file", &before)).await, "C1024-2047", "what was cut off is gone");
}

#[tokio::test]
async fn accept_emulator_7_a_renamed_file_is_followed_only_when_that_is_asked_for() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 2048).body(&[7; 2048]).send().await.expect(201);
    one.put("/share/dir?restype=directory").send().await.expect(201);
    let before = snapshot(one).await;
    rename(one, "/share/file", "/share/dir/new").send().await.expect(200);
    one.put_range("/share/dir/new", 512, &[8; 512]).send().await.expect(201);
    let attempt = || diff(one, "/share/dir/new", &before);
    attempt().send().await.refused(409, "PreviousSnapshotNotFound");
    let unwanted = attempt().header("x-ms-file-support-rename", "false").send().await;
    unwanted.refused(409, "PreviousSnapshotNotFound");
    assert_eq!(told(attempt().header("x-ms-file-support-rename", "true")).await, "R512-1023");
    let too_early = attempt().header("x-ms-file-support-rename", "true").header("x-ms-version", "2024-02-04");
    too_early.send().await.refused(409, "PreviousSnapshotNotFound");
}

#[tokio::test]
async fn accept_emulator_7_a_file_that_was_begun_anew_has_no_diff() {
    let world = world().await;
    let one = &world.one;
    for name in ["deleted", "replaced", "copied", "other"] {
        one.create_file(&format!("/share/{name}"), 512).body(&[7; 512]).send().await.expect(201);
    }
    let before = snapshot(one).await;
    one.delete("/share/deleted").send().await.expect(202);
    one.create_file("/share/deleted", 512).send().await.expect(201);
    one.create_file("/share/replaced", 512).send().await.expect(201);
    let copy = one.put("/share/copied").header("x-ms-copy-source", &one.url("/share/other"));
    copy.send().await.expect(202);
    for name in ["deleted", "replaced", "copied"] {
        for follows in ["true", "false"] {
            let attempt = diff(one, &format!("/share/{name}"), &before);
            let refused = attempt.header("x-ms-file-support-rename", follows).send().await;
            refused.refused(409, "FileGenerationMismatch");
        }
    }
    rename(one, "/share/other", "/share/deleted")
        .header("x-ms-file-rename-replace-if-exists", "true")
        .send()
        .await
        .expect(200);
    diff(one, "/share/deleted", &before).send().await.refused(409, "PreviousSnapshotNotFound");
    let followed = diff(one, "/share/deleted", &before).header("x-ms-file-support-rename", "true");
    assert_eq!(told(followed).await, "");
}

#[tokio::test]
async fn accept_emulator_7_a_diff_needs_its_file_and_its_share_snapshot() {
    let world = world().await;
    let one = &world.one;
    let empty = snapshot(one).await;
    one.create_file("/share/file", 512).body(&[7; 512]).send().await.expect(201);
    let attempt = |since: &str| diff(one, "/share/file", since).send();
    attempt(&empty).await.refused(404, "ResourceNotFound");
    diff(one, "/share/none", &empty).send().await.refused(404, "ResourceNotFound");
    let gone = snapshot(one).await;
    one.delete(&format!("/share?restype=share&sharesnapshot={gone}")).send().await.expect(202);
    attempt(&gone).await.refused(409, "PreviousSnapshotNotFound");
    attempt("yesterday").await.refused(400, "InvalidQueryParameterValue");
    let (older, newer) = (snapshot(one).await, snapshot(one).await);
    let backwards =
        one.get(&format!("/share/file?comp=rangelist&prevsharesnapshot={newer}&sharesnapshot={older}"));
    backwards.send().await.refused(400, "InvalidQueryParameterValue");
    let early = diff(one, "/share/file", &older).header("x-ms-version", "2019-12-12").send().await;
    early.refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn accept_emulator_7_a_list_of_ranges_comes_in_pages_from_2026_10_06() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 8192).send().await.expect(201);
    for at in [0, 1024, 2048] {
        one.put_range("/share/file", at, &[7; 512]).send().await.expect(201);
    }
    let list = |query: &str, version: &str| {
        one.get(&format!("/share/file?comp=rangelist{query}")).header("x-ms-version", version).send()
    };
    let first = list("&maxresults=2", "2026-10-06").await.expect(200);
    assert_eq!(first.elements("Start"), ["0", "1024"]);
    let marker = first.elements("NextMarker").join("");
    let second = list(&format!("&maxresults=2&marker={marker}"), "2026-10-06").await.expect(200);
    assert_eq!(second.elements("Start"), ["2048"]);
    assert!(second.text().ends_with("</Range><NextMarker /></Ranges>"), "{}", second.text());
    list("&marker=nowhere", "2026-10-06").await.refused(400, "InvalidContinuationToken");
    let old = list("&maxresults=2", "2026-06-06").await.expect(200);
    assert_eq!(old.elements("Start"), ["0", "1024", "2048"], "older versions know no pages");
    assert!(!old.text().contains("NextMarker"));
}
