//! Keys that the service gives to users, and what these sign with them.

use std::time::SystemTime;

use file_share_emulator::{Action, Config, Identity, Role};
use reqwest::Method;

use crate::client::{Answer, Client, Request, World, world_with};
use crate::sas::{Sas, get};
use crate::tokens::{Authorized, STORAGE, token_for};

const KEY: &str = "/?restype=service&comp=userdelegationkey";
const FILE: &str = "/share/file";
const READER: &str = "11111111-0000-4000-8000-00000000000a";
const STRANGER: &str = "11111111-0000-4000-8000-00000000000b";

/// A file, somebody who may read it and ask for keys, and somebody who may do neither.
async fn world() -> World {
    let delegator = Role::custom(&[Action::GenerateUserDelegationKey]);
    let reader = Identity::user_assigned(READER).with(Role::privileged_reader()).with(delegator);
    let identities = vec![reader, Identity::user_assigned(STRANGER)];
    let world = world_with(Config { identities, ..Config::default() }).await;
    world.one.create_file(FILE, 3).body(b"abc").send().await.expect(201);
    world
}

/// In so many hours, as the service writes it.
fn time(hours: i64) -> String {
    let time = time::OffsetDateTime::from(SystemTime::now()) + time::Duration::hours(hours);
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    time.format(&format).expect("a time")
}

fn request(client: &Client, start: &str, expiry: &str) -> Request {
    let body = format!("<KeyInfo><Start>{start}</Start><Expiry>{expiry}</Expiry></KeyInfo>");
    client.request(Method::POST, KEY).body(body.as_bytes())
}

async fn reader(world: &World) -> String {
    token_for(world, STORAGE, &format!("&client_id={READER}")).await
}

async fn key(world: &World) -> Answer {
    let token = reader(world).await;
    let request = request(&world.secure("one"), &time(-1), &time(24)).by(&token);
    request.send_as_it_is().await.expect(200)
}

#[tokio::test]
async fn a_key_signs_what_its_owner_may_do() {
    let world = world().await;
    let key = key(&world).await;
    assert_eq!(
        (key.elements("SignedService"), key.elements("SignedVersion")),
        (vec!["f".into()], vec!["2026-06-06".into()])
    );
    for sas in [Sas::share("one", "share", "rwl"), Sas::file("one", "share/file", "rw")] {
        let sas = sas.delegated(&key).signed_with(&key);
        assert_eq!(get(&world.one, FILE, &sas).await.expect(200).body, b"abc");
        let write = world.one.put(&format!("{FILE}?comp=metadata&{sas}")).send_as_it_is().await;
        write.refused(403, "AuthorizationPermissionMismatch");
    }
    let sas = Sas::share("one", "share", "rwl").delegated(&key);
    get(&world.one, "/share?restype=share", &sas.signed_with(&key))
        .await
        .refused(403, "AuthorizationFailure");
    let list = "/share?restype=directory&comp=list";
    get(&world.one, list, &sas.signed_with(&key)).await.expect(200);
    let less = sas.with("sp", "r").signed_with(&key);
    get(&world.one, list, &less).await.refused(403, "AuthorizationPermissionMismatch");
}

#[tokio::test]
async fn accept_emulator_3_a_delegated_signature_that_was_tampered_with_is_refused() {
    let world = world().await;
    let key = key(&world).await;
    let sas = Sas::share("one", "share", "r").delegated(&key);
    get(&world.one, FILE, &sas.signed_with(&key)).await.expect(200);
    let other = "2098-01-01T00:00:00Z";
    for tampered in [
        sas.clone().with("ske", other),
        sas.clone().with("skoid", READER),
        sas.clone().with("sks", "b"),
        sas.clone().with("se", other),
        sas.clone().with("si", "policy"),
        sas.clone().with("sduoid", READER),
        sas.clone().with("sv", "2025-07-05"),
        sas.clone().without("sktid"),
    ] {
        let answer = get(&world.one, FILE, &tampered.signed_with(&key)).await;
        answer.refused(403, "AuthenticationFailed");
    }
    get(&world.one, FILE, &sas.signed()).await.refused(403, "AuthenticationFailed");
    let foreign = Sas::share("two", "share", "r").delegated(&key).signed_with(&key);
    get(&world.two, FILE, &foreign).await.refused(403, "AuthenticationFailed");
}

#[tokio::test]
async fn accept_emulator_3_a_key_is_given_to_tokens_with_the_right_to_it_only() {
    let world = world().await;
    let one = world.secure("one");
    let wanted = || request(&one, &time(-1), &time(24));
    wanted().send().await.refused(403, "AuthenticationFailed");
    let signed = Sas::account("one", "sco", "rwdlc").signed();
    one.request(Method::POST, &format!("{KEY}&{signed}"))
        .send_as_it_is()
        .await
        .refused(403, "AuthenticationFailed");
    let stranger = token_for(&world, STORAGE, &format!("&client_id={STRANGER}")).await;
    wanted().by(&stranger).send_as_it_is().await.refused(403, "AuthorizationPermissionMismatch");
    let token = reader(&world).await;
    let mut without_intent = wanted().by(&token);
    without_intent.headers.remove("x-ms-file-request-intent");
    without_intent.send_as_it_is().await.expect(200);
    let older = wanted().header("x-ms-version", "2025-11-05").by(&token);
    older.send_as_it_is().await.refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn a_key_lives_seven_days_at_most_and_mistakes_are_named() {
    let world = world().await;
    let (one, token) = (world.secure("one"), reader(&world).await);
    for (start, expiry) in [(-1, 24 * 8), (2, 1), (-2, -1)] {
        let answer = request(&one, &time(start), &time(expiry)).by(&token).send_as_it_is().await;
        answer.refused(400, "InvalidXmlNodeValue");
    }
    request(&one, "now", &time(1)).by(&token).send_as_it_is().await.refused(400, "InvalidXmlNodeValue");
    for (body, code) in [
        ("<KeyInfo />", "MissingRequiredXmlNode"),
        ("<Key />", "UnsupportedXmlNode"),
        ("KeyInfo", "InvalidXmlDocument"),
        ("<KeyInfo><Purpose /></KeyInfo>", "UnsupportedXmlNode"),
    ] {
        let request = one.request(Method::POST, KEY).body(body.as_bytes()).by(&token);
        request.send_as_it_is().await.refused(400, code);
    }
}

#[tokio::test]
async fn a_key_that_is_not_valid_yet_signs_nothing() {
    let world = world().await;
    let token = reader(&world).await;
    let key = request(&world.secure("one"), &time(1), &time(2)).by(&token).send_as_it_is().await.expect(200);
    let sas = Sas::share("one", "share", "r").delegated(&key).signed_with(&key);
    get(&world.one, FILE, &sas).await.refused(403, "AuthenticationFailed");
}
