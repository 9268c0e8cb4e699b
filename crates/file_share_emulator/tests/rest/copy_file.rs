use std::time::Duration;

use file_share_emulator::{Config, PendingCopies};

use crate::authentication::share_sas;
use crate::client::{Client, Request, World, world, world_with};

const SDDL: &str = "O:SYG:SYD:(A;;FA;;;SY)";
const DONE: Duration = Duration::from_secs(1);

/// `/share/source` of account `one`, with all that can be copied, and room for it in both accounts.
async fn prepared(world: World) -> World {
    let create = world
        .one
        .create_file("/share/source", 2000)
        .header("x-ms-content-type", "text/plain")
        .header("x-ms-content-language", "de")
        .header("x-ms-meta-a", "1")
        .header("x-ms-file-attributes", "Hidden")
        .header("x-ms-file-creation-time", "2001-02-03T04:05:06.0000007Z")
        .header("x-ms-file-last-write-time", "2002-02-03T04:05:06.0000007Z")
        .header("x-ms-file-change-time", "2003-02-03T04:05:06.0000007Z")
        .header("x-ms-file-permission", SDDL)
        .body(&[7; 2000]);
    create.send().await.expect(201);
    world.two.put("/target?restype=share").send().await.expect(201);
    world
}

/// Inside account `one`, whose key opens the source.
fn copy(one: &Client, target: &str) -> Request {
    one.put(target).header("x-ms-copy-source", &one.url("/share/source"))
}

/// From account `one` to account `two`.
fn copy_across(world: &World) -> Request {
    let source = format!("{}?{}", world.one.url("/share/source"), share_sas("one", "share", "r"));
    world.two.put("/target/file").header("x-ms-copy-source", &source)
}

#[tokio::test]
async fn accept_emulator_7_a_copy_inside_an_account_is_done_when_it_is_answered() {
    let world = prepared(world().await).await;
    let one = &world.one;
    let copied = copy(one, "/share/copy").send().await.expect(202);
    assert_eq!(copied.header("x-ms-copy-status"), "success");
    let read = one.get("/share/copy").send().await.expect(200);
    assert_eq!(read.body, [7; 2000]);
    for (name, value) in [
        ("x-ms-copy-status", "success"),
        ("x-ms-copy-progress", "2000/2000"),
        ("x-ms-copy-source", one.url("/share/source").as_str()),
        ("x-ms-copy-completion-time", copied.header("last-modified")),
        ("x-ms-copy-id", copied.header("x-ms-copy-id")),
        ("etag", copied.header("etag")),
        ("content-type", "text/plain"),
        ("content-language", "de"),
        ("x-ms-meta-a", "1"),
        ("x-ms-file-attributes", "Archive"),
    ] {
        assert_eq!(read.header(name), value, "{name}");
    }
    assert!(read.header("x-ms-file-creation-time") > "2020", "times are not copied unasked");
    one.put("/share/copy?comp=properties").send().await.expect(200);
    let head = one.head("/share/copy").send().await.expect(200);
    assert_eq!(head.header("x-ms-copy-id"), "", "a file that was changed otherwise is no copy any more");
}

#[tokio::test]
async fn accept_emulator_7_a_copy_over_a_file_keeps_its_id() {
    let world = prepared(world().await).await;
    let one = &world.one;
    let first = one.create_file("/share/copy", 5).header("x-ms-meta-b", "2").send().await.expect(201);
    copy(one, "/share/COPY").send().await.expect(202);
    let head = one.head("/share/copy").send().await.expect(200);
    assert_eq!(head.header("x-ms-file-id"), first.header("x-ms-file-id"));
    assert_eq!((head.header("x-ms-meta-a"), head.header("x-ms-meta-b")), ("1", ""));
    copy(one, "/share/copy").header("x-ms-meta-c", "3").send().await.expect(202);
    let head = one.head("/share/copy").send().await.expect(200);
    assert_eq!((head.header("x-ms-meta-a"), head.header("x-ms-meta-c")), ("", "3"));
}

#[tokio::test]
async fn accept_emulator_7_properties_are_copied_where_that_is_asked_for() {
    let world = prepared(world().await).await;
    let one = &world.one;
    let asked = ["attributes", "creation-time", "last-write-time", "change-time"];
    let mut request = copy(one, "/share/copy").header("x-ms-file-permission-copy-mode", "source");
    for name in asked {
        request = request.header(&format!("x-ms-file-{name}"), "source");
    }
    request.send().await.expect(202);
    let (source, copy) = (one.head("/share/source").send().await, one.head("/share/copy").send().await);
    for name in asked.into_iter().chain(["permission-key"]) {
        let name = format!("x-ms-file-{name}");
        assert_eq!(copy.header(&name), source.header(&name), "{name}");
    }
    assert_eq!(copy.header("x-ms-file-attributes"), "Hidden | Archive");
}

#[tokio::test]
async fn accept_emulator_7_properties_of_the_copy_are_set_where_they_are_sent() {
    let world = prepared(world().await).await;
    let one = &world.one;
    let time = "2005-02-03T04:05:06.0000007Z";
    let set = copy(one, "/share/copy")
        .header("x-ms-file-attributes", "Temporary|NoScrubData")
        .header("x-ms-file-creation-time", time)
        .header("x-ms-file-last-write-time", time)
        .header("x-ms-file-change-time", time)
        .header("x-ms-file-permission-copy-mode", "override")
        .header("x-ms-file-permission", SDDL);
    set.send().await.expect(202);
    let head = one.head("/share/copy").send().await.expect(200);
    assert_eq!(head.header("x-ms-file-attributes"), "Archive | Temporary | NoScrubData", "as recorded");
    for name in ["creation-time", "last-write-time", "change-time"] {
        assert_eq!(head.header(&format!("x-ms-file-{name}")), time);
    }
    let source = one.head("/share/source").send().await.expect(200);
    assert_eq!(head.header("x-ms-file-permission-key"), source.header("x-ms-file-permission-key"));
}

#[tokio::test]
async fn accept_emulator_7_archive_is_set_or_left_out_as_the_request_says() {
    let world = prepared(world().await).await;
    let one = &world.one;
    one.put("/share/source?comp=properties")
        .header("x-ms-file-attributes", "System")
        .send()
        .await
        .expect(200);
    for (sent, sets, attributes) in [
        ("source", "false", "System"),
        ("source", "true", "System | Archive"),
        ("System", "false", "System"),
        ("System", "true", "System | Archive"),
    ] {
        let request = copy(one, "/share/copy").header("x-ms-file-attributes", sent);
        request.header("x-ms-file-copy-set-archive", sets).send().await.expect(202);
        let head = one.head("/share/copy").send().await.expect(200);
        assert_eq!(head.header("x-ms-file-attributes"), attributes);
    }
}

#[tokio::test]
async fn accept_emulator_7_a_read_only_file_is_copied_over_only_when_that_is_ignored() {
    let world = prepared(world().await).await;
    let one = &world.one;
    one.create_file("/share/copy", 1).header("x-ms-file-attributes", "ReadOnly").send().await.expect(201);
    copy(one, "/share/copy").send().await.refused(409, "ReadOnlyAttribute");
    copy(one, "/share/copy").header("x-ms-file-copy-ignore-readonly", "true").send().await.expect(202);
    assert_eq!(one.head("/share/copy").send().await.expect(200).header("x-ms-file-attributes"), "Archive");
}

#[tokio::test]
async fn accept_emulator_7_a_permission_and_its_copy_mode_belong_together() {
    let world = prepared(world().await).await;
    let attempt = |mode: &str, permission: &str| {
        let mut request = copy(&world.one, "/share/copy");
        if !mode.is_empty() {
            request = request.header("x-ms-file-permission-copy-mode", mode);
        }
        if !permission.is_empty() {
            request = request.header("x-ms-file-permission", permission);
        }
        request.send()
    };
    attempt("override", "").await.refused(400, "MissingRequiredHeader");
    attempt("source", SDDL).await.refused(400, "InvalidHeaderValue");
    attempt("", SDDL).await.refused(400, "InvalidHeaderValue");
    attempt("both", "").await.refused(400, "InvalidHeaderValue");
    attempt("override", "nonsense").await.refused(400, "FileInvalidPermission");
    world.one.head("/share/copy").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn accept_emulator_7_what_is_in_the_way_of_a_copy_is_named() {
    let world = prepared(world().await).await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    copy(one, "/share/dir").send().await.refused(409, "ResourceTypeMismatch");
    copy(one, "/share/none/copy").send().await.refused(404, "ParentNotFound");
    let lease = "aaaaaaaa-1111-2222-3333-444444444444";
    let leased = copy(one, "/share/source").header("x-ms-lease-id", lease).send().await;
    leased.refused(412, "LeaseNotPresentWithFileOperation");
    let missing = one.put("/share/copy").header("x-ms-copy-source", &one.url("/share/none"));
    missing.send().await.refused(404, "ResourceNotFound");
    let service = one.put("/share/copy").header("x-ms-copy-source", "https://error.file.core.windows.net/");
    let service = service.send().await.refused(400, "CannotVerifyCopySource");
    assert_eq!(service.elements("CopySourceErrorCode"), ["InvalidQueryParameterValue"]);
    let unsigned = world.two.put("/target/file").header("x-ms-copy-source", &one.url("/share/source"));
    unsigned.send().await.refused(401, "CannotVerifyCopySource");
    let signed = one.url(&format!("/share/none?{}", share_sas("one", "share", "r")));
    let missing = world.two.put("/target/file").header("x-ms-copy-source", &signed).send().await;
    let missing = missing.refused(404, "CannotVerifyCopySource");
    assert_eq!(missing.header("x-ms-copy-source-error-code"), "ResourceNotFound");
}

#[tokio::test]
async fn accept_emulator_7_a_copy_reads_a_share_snapshot_and_dotted_names() {
    let world = prepared(world().await).await;
    let one = &world.one;
    let taken = one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    one.delete("/share/source").send().await.expect(202);
    let source = format!("{}?sharesnapshot={}", one.url("/share/source"), taken.header("x-ms-snapshot"));
    let dotted = one.put("/share/copy.").header("x-ms-allow-trailing-dot", "true");
    dotted.header("x-ms-copy-source", &source).send().await.expect(202);
    one.head("/share/copy").send().await.refused(404, "ResourceNotFound");
    let again = one.put("/share/again").header("x-ms-copy-source", &one.url("/share/copy."));
    again.header("x-ms-source-allow-trailing-dot", "true").send().await.expect(202);
    assert_eq!(one.get("/share/again").send().await.expect(200).body, [7; 2000]);
}

#[tokio::test]
async fn accept_emulator_7_a_copy_from_another_account_is_pending_and_done_later() {
    let config = Config { pending_copies: PendingCopies::DoneAfter(DONE), ..Config::default() };
    let world = prepared(world_with(config).await).await;
    let two = &world.two;
    let copied =
        copy_across(&world).header("x-ms-file-permission-copy-mode", "source").send().await.expect(202);
    assert_eq!(copied.header("x-ms-copy-status"), "pending");
    let pending = two.get("/target/file").send().await.expect(200);
    assert_eq!(
        (pending.header("x-ms-copy-status"), pending.header("x-ms-copy-progress")),
        ("pending", "0/2000")
    );
    assert_eq!(pending.body, [0; 2000], "the file is there in its full size");
    assert!(!pending.headers.contains_key("x-ms-copy-completion-time"));
    assert!(pending.header("x-ms-copy-source").ends_with("sig=REDACTED"), "no signature is told");
    two.put_range("/target/file", 0, b"hello").send().await.refused(409, "PendingCopyOperation");
    copy_across(&world).send().await.refused(409, "PendingCopyOperation");
    world.emulator.advance_clock(DONE);
    let done = two.get("/target/file").send().await.expect(200);
    assert_eq!(
        (done.header("x-ms-copy-status"), done.header("x-ms-copy-progress")),
        ("success", "2000/2000")
    );
    assert_eq!(done.body, [7; 2000]);
    assert!(done.header("etag") > pending.header("etag"));
    let key = done.header("x-ms-file-permission-key");
    let permission =
        two.get("/target?restype=share&comp=filepermission").header("x-ms-file-permission-key", key);
    assert!(permission.send().await.expect(200).text().contains(SDDL), "the descriptor came along");
    two.put_range("/target/file", 0, b"hello").send().await.expect(201);
}

#[tokio::test]
async fn accept_seeding_3_a_copy_inside_an_account_is_pending_where_the_settings_say_so() {
    let config = Config { pending_copies_inside: Some(PendingCopies::DoneAfter(DONE)), ..Config::default() };
    let world = prepared(world_with(config).await).await;
    let one = &world.one;
    let copied = copy(one, "/share/copy").send().await.expect(202);
    assert_eq!(copied.header("x-ms-copy-status"), "pending");
    for write in [copy(one, "/share/copy"), one.create_file("/share/copy", 1), one.delete("/share/copy")] {
        write.send().await.refused(409, "PendingCopyOperation");
    }
    world.emulator.advance_clock(DONE / 2);
    let half = one.head("/share/copy").send().await.expect(200);
    let copied: u64 =
        half.header("x-ms-copy-progress").strip_suffix("/2000").expect("of all").parse().expect("bytes");
    assert!((1000..2000).contains(&copied), "{copied}");
    world.emulator.advance_clock(DONE / 2);
    let done = one.get("/share/copy").send().await.expect(200);
    assert_eq!((done.header("x-ms-copy-status"), done.body.as_slice()), ("success", &[7; 2000][..]));
    assert_eq!(copy_across(&world).send().await.expect(202).header("x-ms-copy-status"), "pending");
}

#[tokio::test]
async fn accept_emulator_7_a_pending_copy_finds_its_file_where_it_was_moved_to() {
    let config = Config { pending_copies: PendingCopies::DoneAfter(DONE), ..Config::default() };
    let world = prepared(world_with(config).await).await;
    let two = &world.two;
    two.put("/target/a?restype=directory").send().await.expect(201);
    let source = format!("{}?{}", world.one.url("/share/source"), share_sas("one", "share", "r"));
    two.put("/target/a/file").header("x-ms-copy-source", &source).send().await.expect(202);
    let rename = two.put("/target/b?restype=directory&comp=rename");
    rename.header("x-ms-file-rename-source", &two.url("/target/a")).send().await.expect(200);
    world.emulator.advance_clock(DONE);
    assert_eq!(two.get("/target/b/file").send().await.expect(200).body, [7; 2000]);
}

#[tokio::test]
async fn accept_emulator_7_an_aborted_copy_leaves_an_empty_file_with_its_metadata() {
    let config = Config { pending_copies: PendingCopies::Stay, ..Config::default() };
    let world = prepared(world_with(config).await).await;
    let two = &world.two;
    let copied = copy_across(&world).send().await.expect(202);
    world.emulator.advance_clock(Duration::from_secs(86_400));
    let abort = |id: &str, action: &str| {
        two.put(&format!("/target/file?comp=copy&copyid={id}")).header("x-ms-copy-action", action).send()
    };
    let id = copied.header("x-ms-copy-id");
    abort(id, "stop").await.refused(400, "InvalidHeaderValue");
    abort("any", "abort").await.refused(400, "InvalidQueryParameterValue");
    abort("88aa1310-a40c-41f5-8a4c-03783916f5ed", "abort").await.refused(409, "CopyIdMismatch");
    abort(id, "abort").await.expect(204);
    let head = two.head("/target/file").send().await.expect(200);
    assert_eq!((head.header("content-length"), head.header("x-ms-meta-a")), ("0", "1"));
    assert_eq!(head.header("x-ms-copy-status"), "aborted");
    abort(id, "abort").await.refused(409, "NoPendingCopyOperation");
    let done = copy(&world.one, "/share/copy").send().await.expect(202);
    let late = world.one.put(&format!("/share/copy?comp=copy&copyid={}", done.header("x-ms-copy-id")));
    late.header("x-ms-copy-action", "abort").send().await.refused(409, "NoPendingCopyOperation");
}
