use std::time::Duration;

use crate::client::{Client, Request, World, world};

const A: &str = "aaaaaaaa-1111-2222-3333-444444444444";
const B: &str = "bbbbbbbb-1111-2222-3333-444444444444";
const SHARE: &str = "/share?restype=share";

fn lease(client: &Client, of: &str, action: &str) -> Request {
    client.put(&format!("{of}&comp=lease")).header("x-ms-lease-action", action)
}

fn acquire(client: &Client, of: &str, id: &str, duration: &str) -> Request {
    lease(client, of, "acquire").header("x-ms-lease-duration", duration).header("x-ms-proposed-lease-id", id)
}

/// Status, state and duration as the properties tell them, and the same from the list.
async fn state(client: &Client, of: &str) -> [String; 3] {
    let read = client.get(of).send().await.expect(200);
    let told =
        ["status", "state", "duration"].map(|name| read.header(&format!("x-ms-lease-{name}")).to_owned());
    let listed = client.get("/?comp=list&include=snapshots").send().await.expect(200).text();
    let element = |name: &str, value: &String| match value.is_empty() {
        true => String::new(),
        false => format!("<{name}>{value}</{name}>"),
    };
    let elements = format!(
        "{}{}{}<Quota>",
        element("LeaseStatus", &told[0]),
        element("LeaseState", &told[1]),
        element("LeaseDuration", &told[2])
    );
    assert!(listed.contains(&elements), "{elements} is not in {listed}");
    told
}

async fn snapshot(client: &Client) -> String {
    let taken = client.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    format!("/share?restype=share&sharesnapshot={}", taken.header("x-ms-snapshot"))
}

/// A share whose lease `A` is in a state.
async fn world_in(state_wanted: &str) -> World {
    let world = world().await;
    let one = &world.one;
    match state_wanted {
        "available" => {}
        "leased" => drop(acquire(one, SHARE, A, "15").send().await.expect(201)),
        "expired" => {
            acquire(one, SHARE, A, "15").send().await.expect(201);
            world.emulator.advance_clock(Duration::from_secs(15));
        }
        _ => {
            acquire(one, SHARE, A, "-1").send().await.expect(201);
            let period = if state_wanted == "breaking" { "60" } else { "0" };
            let broken = lease(one, SHARE, "break").header("x-ms-lease-break-period", period).send().await;
            assert_eq!(broken.expect(202).header("x-ms-lease-time"), period);
        }
    }
    assert_eq!(state(one, SHARE).await[1], state_wanted);
    world
}

/// Every action in every state: the status or the code that it gives, and the state that it leaves.
#[tokio::test]
async fn each_state_allows_what_the_service_allows() {
    let states = ["available", "leased", "expired", "breaking", "broken"];
    let (no_id, no_lease) = ("LeaseIdMismatchWithLeaseOperation", "LeaseNotPresentWithLeaseOperation");
    let (breaking, broken) = ("LeaseIsBreakingAndCannotBeChanged", "LeaseIsBrokenAndCannotBeRenewed");
    let present = "LeaseAlreadyPresent";
    let acquiring = "LeaseIsBreakingAndCannotBeAcquired";
    for (action, id, proposed, expected) in [
        ("acquire", "", A, ["201 leased", "201 leased", "201 leased", acquiring, "201 leased"]),
        ("acquire", "", B, ["201 leased", present, "201 leased", present, "201 leased"]),
        ("acquire", "", "", ["201 leased", present, "201 leased", present, "201 leased"]),
        ("renew", A, "", [no_id, "200 leased", "200 leased", broken, broken]),
        ("renew", B, "", [no_id; 5]),
        ("change", A, B, [no_lease, "200 leased", no_lease, breaking, no_lease]),
        ("change", B, A, [no_lease, "200 leased", no_lease, breaking, no_lease]),
        ("change", B, B, [no_lease, no_id, no_lease, breaking, no_lease]),
        ("release", A, "", [no_id, "200 available", "200 available", "200 available", "200 available"]),
        ("release", B, "", [no_id; 5]),
        ("break", "", "", [no_lease, "202 breaking", "202 broken", "202 breaking", "202 broken"]),
    ] {
        for (state_before, expected) in states.into_iter().zip(expected) {
            let world = world_in(state_before).await;
            let mut request = lease(&world.one, SHARE, action).header("x-ms-lease-duration", "60");
            for (name, value) in [("x-ms-lease-id", id), ("x-ms-proposed-lease-id", proposed)] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let answer = request.send().await;
            let code = answer.header("x-ms-error-code").to_owned();
            let state_after = state(&world.one, SHARE).await[1].clone();
            let was = format!("{action} {id} {proposed} on {state_before}");
            match code.is_empty() {
                true => assert_eq!(format!("{} {state_after}", answer.status), expected, "{was}"),
                false => assert_eq!((code.as_str(), state_after.as_str()), (expected, state_before), "{was}"),
            }
        }
    }
}

#[tokio::test]
async fn the_holder_alone_changes_and_deletes_and_who_names_a_lease_names_the_right_one() {
    let (missing, lost) = ("LeaseIdMissing", "LeaseLost");
    let (wrong, none) = ("LeaseIdMismatchWithContainerOperation", "LeaseNotPresentWithContainerOperation");
    for (state_now, id, read, change) in [
        ("available", "", "", ""),
        ("available", A, none, none),
        ("leased", "", "", missing),
        ("leased", A, "", ""),
        ("leased", B, wrong, wrong),
        ("expired", "", "", ""),
        ("expired", A, lost, lost),
        ("breaking", "", "", missing),
        ("breaking", A, "", ""),
        ("breaking", B, wrong, wrong),
        ("broken", "", "", ""),
        ("broken", A, lost, lost),
    ] {
        let world = world_in(state_now).await;
        let one = &world.one;
        for (request, code, success) in [
            (one.head(SHARE), read, 200),
            (one.get("/share?restype=share&comp=metadata"), read, 200),
            (one.get("/share?restype=share&comp=stats"), read, 200),
            (one.put("/share?restype=share&comp=metadata").header("x-ms-meta-a", "1"), change, 200),
            (one.put("/share?restype=share&comp=properties").header("x-ms-share-quota", "9"), change, 200),
            (one.delete(SHARE), change, 202),
        ] {
            let request = if id.is_empty() { request } else { request.header("x-ms-lease-id", id) };
            let answer = request.send().await;
            match code {
                "" => drop(answer.expect(success)),
                code => drop(answer.refused(412, code)),
            }
        }
    }
}

#[tokio::test]
async fn a_leased_share_is_snapshotted_and_written_by_everybody() {
    let world = world_in("leased").await;
    let before = world.one.get(SHARE).send().await.expect(200);
    snapshot(&world.one).await;
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    world.one.delete("/share/file").send().await.expect(202);
    let file = world.one.create_file("/share/file", 4).header("x-ms-lease-id", A);
    file.send().await.refused(412, "LeaseNotPresentWithFileOperation");
    let after = world.one.get(SHARE).send().await.expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_leased_snapshot_is_deleted_only_by_its_holder() {
    let world = world().await;
    let one = &world.one;
    let (held, free) = (snapshot(one).await, snapshot(one).await);
    acquire(one, &held, A, "-1").send().await.expect(201);
    assert_eq!(state(one, &held).await, ["locked", "leased", "infinite"]);
    assert_eq!(state(one, &free).await, ["unlocked", "available", ""]);
    assert_eq!(state(one, SHARE).await, ["unlocked", "available", ""]);

    one.delete(&held).send().await.refused(412, "LeaseIdMissing");
    let wrong = one.delete(&held).header("x-ms-lease-id", B).send().await;
    wrong.refused(412, "LeaseIdMismatchWithContainerOperation");
    one.get(&held).send().await.expect(200);
    one.delete(&free).send().await.expect(202);
    one.delete(&held).header("x-ms-lease-id", A).send().await.expect(202);
    one.get(&held).send().await.refused(404, "ShareSnapshotNotFound");
    acquire(one, &held, A, "-1").send().await.refused(404, "ShareSnapshotNotFound");
}

#[tokio::test]
async fn a_share_goes_with_its_leased_snapshots_only_when_that_was_asked_for() {
    let world = world().await;
    let one = &world.one;
    let held = snapshot(one).await;
    acquire(one, &held, A, "-1").send().await.expect(201);
    one.delete(SHARE).send().await.refused(409, "ShareHasSnapshots");
    let include = |what: &str| one.delete(SHARE).header("x-ms-delete-snapshots", what).send();
    include("include").await.refused(409, "DeleteShareWhenSnapshotLeased");
    include("leased").await.refused(400, "InvalidHeaderValue");
    acquire(one, SHARE, B, "-1").send().await.expect(201);
    include("include-leased").await.refused(412, "LeaseIdMissing");
    lease(one, SHARE, "break").send().await.expect(202);
    include("include-leased").await.expect(202);
    one.get(SHARE).send().await.refused(404, "ShareNotFound");
}

#[tokio::test]
async fn a_snapshot_whose_lease_was_broken_goes_with_its_share() {
    let world = world().await;
    let held = snapshot(&world.one).await;
    acquire(&world.one, &held, A, "60").send().await.expect(201);
    lease(&world.one, &held, "break").header("x-ms-lease-break-period", "10").send().await.expect(202);
    let delete = || world.one.delete(SHARE).header("x-ms-delete-snapshots", "include").send();
    delete().await.refused(409, "DeleteShareWhenSnapshotLeased");
    world.emulator.advance_clock(Duration::from_secs(10));
    delete().await.expect(202);
}

#[tokio::test]
async fn a_snapshot_does_not_take_over_the_lease_of_its_share() {
    let world = world_in("leased").await;
    let taken = snapshot(&world.one).await;
    assert_eq!(state(&world.one, &taken).await, ["unlocked", "available", ""]);
    world.one.delete(&taken).send().await.expect(202);
}

#[tokio::test]
async fn a_renewed_lease_lasts_its_whole_duration_again() {
    let world = world_in("leased").await;
    let one = &world.one;
    for _ in 0..4 {
        world.emulator.advance_clock(Duration::from_secs(10));
        lease(one, SHARE, "renew").header("x-ms-lease-id", A).send().await.expect(200);
        assert_eq!(state(one, SHARE).await, ["locked", "leased", "fixed"]);
    }
    world.emulator.advance_clock(Duration::from_secs(15));
    assert_eq!(state(one, SHARE).await, ["unlocked", "expired", ""]);
    acquire(one, SHARE, B, "-1").send().await.expect(201);
    let late = lease(one, SHARE, "renew").header("x-ms-lease-id", A).send().await;
    late.refused(409, "LeaseIdMismatchWithLeaseOperation");
}

#[tokio::test]
async fn a_break_is_never_later_than_the_lease_or_than_an_earlier_break() {
    let world = world_in("leased").await;
    let one = &world.one;
    let end = |period: &'static str| {
        let request = lease(one, SHARE, "break");
        if period.is_empty() { request } else { request.header("x-ms-lease-break-period", period) }.send()
    };
    assert_eq!(end("").await.expect(202).header("x-ms-lease-time"), "15");
    assert_eq!(end("60").await.expect(202).header("x-ms-lease-time"), "15");
    assert_eq!(end("7").await.expect(202).header("x-ms-lease-time"), "7");
    assert_eq!(end("").await.expect(202).header("x-ms-lease-time"), "7");
    world.emulator.advance_clock(Duration::from_secs(7));
    assert_eq!(state(one, SHARE).await, ["unlocked", "broken", ""]);
    assert_eq!(end("60").await.expect(202).header("x-ms-lease-time"), "0");
}

#[tokio::test]
async fn an_infinite_lease_breaks_at_once_and_never_expires() {
    let world = world().await;
    acquire(&world.one, SHARE, A, "-1").send().await.expect(201);
    world.emulator.advance_clock(Duration::from_secs(400 * 86_400));
    assert_eq!(state(&world.one, SHARE).await, ["locked", "leased", "infinite"]);
    let broken = lease(&world.one, SHARE, "break").send().await.expect(202);
    assert_eq!((broken.header("x-ms-lease-time"), broken.header("x-ms-lease-id")), ("0", ""));
    assert_eq!(state(&world.one, SHARE).await, ["unlocked", "broken", ""]);
}

#[tokio::test]
async fn an_id_is_answered_in_lower_case_and_made_where_none_was_proposed() {
    let world = world().await;
    let one = &world.one;
    let taken = acquire(one, SHARE, &A.to_uppercase(), "-1").send().await.expect(201);
    assert_eq!(taken.header("x-ms-lease-id"), A);
    acquire(one, SHARE, A, "20").send().await.expect(201);
    lease(one, SHARE, "release").header("x-ms-lease-id", &A.to_uppercase()).send().await.expect(200);
    let made = lease(one, SHARE, "acquire").header("x-ms-lease-duration", "-1").send().await.expect(201);
    let made = made.header("x-ms-lease-id").to_owned();
    one.delete(SHARE).header("x-ms-lease-id", &made).send().await.expect(202);
}

#[tokio::test]
async fn mistakes_in_a_lease_request_are_named_and_change_nothing() {
    let world = world().await;
    let one = &world.one;
    let named = |refused: crate::client::Answer| refused.elements("HeaderName").join("");
    for duration in ["14", "61", "0", "-2", "infinite"] {
        let refused = acquire(one, SHARE, A, duration).send().await.refused(400, "InvalidHeaderValue");
        assert_eq!(named(refused), "x-ms-lease-duration", "{duration:?}");
    }
    for id in ["1", "aaaaaaaa111122223333444444444444", "gaaaaaaa-1111-2222-3333-444444444444"] {
        let refused = acquire(one, SHARE, id, "-1").send().await.refused(400, "InvalidHeaderValue");
        assert_eq!(named(refused), "x-ms-proposed-lease-id", "{id}");
    }
    let long = lease(one, SHARE, "break").header("x-ms-lease-break-period", "61").send().await;
    assert_eq!(named(long.refused(400, "InvalidHeaderValue")), "x-ms-lease-break-period");
    let steal = lease(one, SHARE, "steal").send().await.refused(400, "InvalidHeaderValue");
    assert_eq!(named(steal), "x-ms-lease-action");
    for (action, missing) in [
        ("acquire", "x-ms-lease-duration"),
        ("renew", "x-ms-lease-id"),
        ("change", "x-ms-lease-id"),
        ("release", "x-ms-lease-id"),
    ] {
        let refused = lease(one, SHARE, action).send().await.refused(400, "MissingRequiredHeader");
        assert_eq!(named(refused), missing, "{action}");
    }
    assert_eq!(state(one, SHARE).await, ["unlocked", "available", ""]);
    acquire(one, "/none?restype=share", A, "-1").send().await.refused(404, "ShareNotFound");
}
