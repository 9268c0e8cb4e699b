//! Each way to be turned away, with the status and the code of the service.

use std::time::{Duration, SystemTime};

use crate::client::{Answer, World, rfc1123, sign, world};
use crate::policies;
use crate::sas::{EXPIRY, Sas, get};

const FILE: &str = "/share/dir%20file";
const SHARE: &str = "/share?restype=share";

/// A file of three bytes in the share.
async fn world_with_file() -> World {
    let world = world().await;
    world.one.create_file(FILE, 3).body(b"abc").send().await.expect(201);
    world
}

fn unauthenticated(answer: Answer, detail: &str) {
    let answer = answer.refused(403, "AuthenticationFailed");
    assert!(answer.elements("AuthenticationErrorDetail").concat().contains(detail), "{}", answer.text());
}

#[tokio::test]
async fn accept_emulator_3_a_wrong_signature_is_refused_in_every_scheme() {
    let world = world_with_file().await;
    let request = || world.one.get(SHARE).dated();
    for scheme in ["SharedKey", "SharedKeyLite"] {
        let wrong = request().header("authorization", &format!("{scheme} one:{}", sign("something else")));
        unauthenticated(wrong.send_as_it_is().await, "string to sign: 'GET");
    }
    let share = Sas::share("one", "share", "r");
    for sas in [Sas::account("one", "sco", "r"), share.clone(), Sas::file("one", "share/dir file", "r")] {
        sas.get(&world.one, FILE).await.expect(200);
        let wrong = get(&world.one, FILE, &sas.bearing(&sign("something else"))).await;
        unauthenticated(wrong, "Signature did not match. String to sign used was");
        unauthenticated(get(&world.one, FILE, &sas.bearing("no base64")).await, "Signature did not match");
    }
    let more = get(&world.one, FILE, &share.signed().replace("sp=r", "sp=rw")).await;
    unauthenticated(more, "Signature did not match");
}

#[tokio::test]
async fn accept_emulator_3_an_expired_signature_and_one_not_yet_valid_are_refused() {
    let world = world_with_file().await;
    for sas in [Sas::account("one", "sco", "r"), Sas::share("one", "share", "r")] {
        for (start, expiry) in [
            ("", "2020-01-01T00:00:00Z"),
            ("", "2020-01-01"),
            ("2020-01-01T00:00Z", "2020-01-02T00:00Z"),
            ("2098-01-01T00:00:00Z", EXPIRY),
        ] {
            let sas = sas.clone().with("se", expiry);
            let sas = if start.is_empty() { sas } else { sas.with("st", start) };
            unauthenticated(
                sas.get(&world.one, FILE).await,
                "Signature not valid in the specified time frame",
            );
        }
        sas.clone().with("st", "2020-01-01").get(&world.one, FILE).await.expect(200);
        unauthenticated(sas.with("se", "tomorrow").get(&world.one, FILE).await, "not well formed");
    }
}

#[tokio::test]
async fn accept_emulator_3_a_missing_permission_letter_is_refused() {
    let world = world_with_file().await;
    let one = &world.one;
    for sas in [Sas::account("one", "sco", "cwd"), Sas::share("one", "share", "cwd")] {
        for path in [FILE, "/share?restype=directory&comp=list", "/share?restype=directory"] {
            sas.get(one, path).await.refused(403, "AuthorizationPermissionMismatch");
        }
    }
    for (permissions, allowed) in [("r", 0), ("l", 0), ("c", 1), ("w", 1), ("d", 0)] {
        let sas = Sas::share("one", "share", permissions).signed();
        let create = one.create_file(&format!("/share/new?{sas}"), 0).send_as_it_is().await;
        let answer = (create.status, create.header("x-ms-error-code").to_owned());
        match allowed {
            1 => assert_eq!(answer, (201, String::new()), "{permissions}"),
            _ => assert_eq!(answer, (403, "AuthorizationPermissionMismatch".to_owned()), "{permissions}"),
        }
        let delete = one.delete(&format!("{FILE}?{sas}")).send_as_it_is().await;
        assert_eq!(delete.status, if permissions == "d" { 202 } else { 403 }, "{permissions}");
    }
}

#[tokio::test]
async fn accept_emulator_3_a_signature_of_another_share_file_or_account_is_refused() {
    let world = world_with_file().await;
    world.one.put("/other?restype=share").send().await.expect(201);
    world.one.create_file("/share/else", 3).send().await.expect(201);
    for sas in [
        Sas::share("one", "other", "r"),
        Sas::share("two", "share", "r"),
        Sas::file("one", "share/else", "r"),
        Sas::file("one", "other/dir file", "r"),
        Sas::account("two", "sco", "r"),
    ] {
        unauthenticated(sas.get(&world.one, FILE).await, "Signature did not match");
    }
}

#[tokio::test]
async fn accept_emulator_3_a_resource_type_or_service_that_was_not_signed_for_is_refused() {
    let world = world_with_file().await;
    let check = async |resources: &str, path: &str, allowed: bool| {
        let answer = Sas::account("one", resources, "rl").get(&world.one, path).await;
        match allowed {
            true => answer.expect(200),
            false => answer.refused(403, "AuthorizationResourceTypeMismatch"),
        };
    };
    for (letter, path) in [
        ("s", "/?comp=list"),
        ("s", "/?restype=service&comp=properties"),
        ("c", SHARE),
        ("c", "/share?restype=share&comp=acl"),
        ("c", "/share?restype=directory&comp=list"),
        ("o", FILE),
        ("o", "/share?restype=directory"),
    ] {
        for resources in ["s", "c", "o"] {
            check(resources, path, resources == letter).await;
        }
    }
    let blobs = Sas::account("one", "sco", "r").with("ss", "bqt");
    blobs.get(&world.one, FILE).await.refused(403, "AuthorizationServiceMismatch");
}

#[tokio::test]
async fn accept_emulator_3_a_share_signature_does_nothing_to_the_share_itself() {
    let world = world_with_file().await;
    let sas = Sas::share("one", "share", "rcwdl");
    for path in [SHARE, "/share?restype=share&comp=acl", "/share?restype=share&comp=stats"] {
        sas.get(&world.one, path).await.refused(403, "AuthorizationFailure");
    }
    sas.get(&world.one, "/?comp=list").await.refused(403, "AuthorizationFailure");
    let delete = world.one.delete(&format!("{SHARE}&{}", sas.signed())).send_as_it_is().await;
    delete.refused(403, "AuthorizationFailure");
    sas.get(&world.one, "/share?restype=directory&comp=list").await.expect(200);
}

#[tokio::test]
async fn accept_emulator_3_a_signature_without_its_fields_or_with_bad_ones_is_refused() {
    let world = world_with_file().await;
    let account = Sas::account("one", "sco", "r");
    let share = Sas::share("one", "share", "r");
    for sas in [&account, &share] {
        for name in ["sp", "se"] {
            let answer = sas.clone().without(name).get(&world.one, FILE).await;
            unauthenticated(answer, &format!("{name} is mandatory. Cannot be empty"));
        }
        let unversioned = sas.clone().without("sv").signed();
        let request = world.one.get(&format!("{FILE}?{unversioned}")).header("x-ms-version", "2026-06-06");
        unauthenticated(request.send_as_it_is().await, "sv is mandatory. Cannot be empty");
    }
    for malformed in [
        account.clone().with("sr", "s"),
        share.clone().without("sr"),
        share.clone().with("sr", "b"),
        share.clone().with("spr", "ftp"),
        share.clone().with("sip", "localhost"),
    ] {
        unauthenticated(malformed.get(&world.one, FILE).await, "");
    }
    // These versions name a code in the body only.
    for early in [share.with("sv", "2014-02-14"), account.with("sv", "2015-02-21")] {
        let answer = early.get(&world.one, FILE).await;
        assert_eq!((answer.status, answer.elements("Code").concat().as_str()), (403, "AuthenticationFailed"));
    }
}

#[tokio::test]
async fn accept_emulator_3_another_address_or_protocol_is_refused() {
    let world = world_with_file().await;
    let sas = Sas::share("one", "share", "r");
    for (range, status) in [("127.0.0.1", 200), ("127.0.0.0-127.0.0.9", 200), ("10.0.0.1", 403)] {
        let answer = sas.clone().with("sip", range).get(&world.one, FILE).await;
        match status {
            200 => answer.expect(200),
            _ => answer.refused(403, "AuthorizationSourceIPMismatch"),
        };
    }
    let secure = sas.with("spr", "https").get(&world.one, FILE).await;
    secure.refused(403, "AuthorizationProtocolMismatch");
}

#[tokio::test]
async fn accept_emulator_3_a_stored_policy_grants_until_it_is_changed_or_gone() {
    let world = world_with_file().await;
    let one = &world.one;
    let sas = Sas::share("one", "share", "").without("sp").without("se").with("si", "reader");
    unauthenticated(sas.get(one, FILE).await, "does not name a stored access policy");
    let policy = "<Expiry>2099-01-01</Expiry><Permission>r</Permission>";
    policies::set(one, &[("reader", policy)]).await.expect(200);
    sas.get(one, FILE).await.expect(200);
    sas.get(one, "/share?restype=directory&comp=list").await.refused(403, "AuthorizationPermissionMismatch");
    unauthenticated(sas.clone().with("sp", "rl").get(one, FILE).await, "but not both");
    unauthenticated(sas.clone().with("se", EXPIRY).get(one, FILE).await, "but not both");

    policies::set(one, &[("reader", "<Permission>r</Permission>")]).await.expect(200);
    unauthenticated(sas.get(one, FILE).await, "se is mandatory. Cannot be empty");
    sas.clone().with("se", EXPIRY).get(one, FILE).await.expect(200);
    policies::set(one, &[("reader", &policy.replace("2099", "2020"))]).await.expect(200);
    unauthenticated(sas.get(one, FILE).await, "Signature not valid in the specified time frame");
    policies::set(one, &[]).await.expect(200);
    unauthenticated(sas.get(one, FILE).await, "does not name a stored access policy");
}

#[tokio::test]
async fn accept_emulator_3_a_request_without_date_or_version_or_with_an_old_date_is_refused() {
    let world = world_with_file().await;
    let signed = |date: Option<String>| {
        let request = world.one.get(SHARE).header("x-ms-version", "2026-06-06");
        let request = match date {
            Some(date) => request.header("x-ms-date", &date),
            None => request,
        };
        let credentials = format!("SharedKey one:{}", sign(&request.string_to_sign()));
        request.header("authorization", &credentials).send_as_it_is()
    };
    let ago = |minutes: u64| Some(rfc1123(SystemTime::now() - Duration::from_secs(60 * minutes)));
    let ahead = |minutes: u64| Some(rfc1123(SystemTime::now() + Duration::from_secs(60 * minutes)));
    signed(ago(14)).await.expect(200);
    signed(ahead(14)).await.expect(200);
    unauthenticated(signed(ago(16)).await, "Request date header too old");
    signed(ahead(16)).await.refused(403, "AuthenticationFailed");
    unauthenticated(signed(None).await, "The Date header in the request is incorrect");
    unauthenticated(
        signed(Some("yesterday".to_owned())).await,
        "The Date header in the request is incorrect",
    );
    let unversioned = world.one.get(SHARE).header("authorization", "SharedKey one:AAAA");
    let refused = unversioned.send_as_it_is().await.refused(400, "MissingRequiredHeader");
    assert_eq!(refused.elements("HeaderName"), ["x-ms-version"]);
}

#[tokio::test]
async fn accept_emulator_3_an_authorization_header_that_is_none_is_refused() {
    let world = world_with_file().await;
    for authorization in ["SharedKey", "SharedKey one", "Basic b25lOm9uZQ==", "sig"] {
        let request = world.one.get(SHARE).dated().header("authorization", authorization);
        request.send_as_it_is().await.refused(400, "InvalidAuthenticationInfo");
    }
    let other = world.one.get(SHARE).dated();
    let credentials = format!("SharedKey two:{}", sign(&other.string_to_sign()));
    let other = other.header("authorization", &credentials);
    other.send_as_it_is().await.refused(403, "AuthenticationFailed");
    world.one.get(SHARE).dated().send_as_it_is().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn a_signature_sets_the_headers_of_an_answer() {
    let world = world_with_file().await;
    let sas = Sas::file("one", "share/dir file", "r")
        .with("rscc", "no-cache")
        .with("rscd", "attachment; filename=a b.txt")
        .with("rsce", "identity")
        .with("rscl", "de")
        .with("rsct", "text/plain");
    let answer = sas.get(&world.one, FILE).await.expect(200);
    let headers =
        ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type"];
    let expected = ["no-cache", "attachment; filename=a b.txt", "identity", "de", "text/plain"];
    assert_eq!(headers.map(|name| answer.header(name)), expected);
    let plain = world.one.head(FILE).send().await.expect(200);
    assert_eq!(plain.header("content-type"), "application/octet-stream");
}
