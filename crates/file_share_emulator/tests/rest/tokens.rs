use std::sync::Arc;
use std::time::Duration;

use faults::{Fault, nth};
use file_share_emulator::{Action, Config, Identity, IdentityEndpoint, Role};
use serde_json::Value;

use crate::authentication::{account_sas, share_sas};
use crate::client::{Client, Request, World, sign, world_with};

pub(crate) const STORAGE: &str = "https://storage.azure.com";
const READER: &str = "11111111-0000-4000-8000-000000000001";

/// An app that may do everything a backup does, and somebody who may read the data of `one`.
async fn world() -> World {
    world_of(Config::default()).await
}

async fn world_of(config: Config) -> World {
    let app = Identity::system_assigned().with(Role::privileged_contributor()).with(Role::share_operator());
    let reader = Identity::user_assigned(READER).with_on("one", Role::privileged_reader());
    world_with(Config { identities: vec![app, reader], ..config }).await
}

fn endpoint(world: &World) -> &IdentityEndpoint {
    world.emulator.identity_endpoint().expect("there are identities")
}

/// Status and JSON of the endpoint's answer.
async fn ask(endpoint: &IdentityEndpoint, query: &str) -> (u16, Value) {
    let url = format!("{}?{query}", endpoint.url);
    let request = reqwest::Client::new().get(url).header("X-IDENTITY-HEADER", &endpoint.header);
    let response = request.send().await.expect("the endpoint answers");
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
}

pub(crate) async fn token_for(world: &World, resource: &str, who: &str) -> String {
    let query = format!("api-version=2019-08-01&resource={resource}{who}");
    let (status, answer) = ask(endpoint(world), &query).await;
    assert_eq!((status, answer["token_type"].as_str()), (200, Some("Bearer")), "{answer}");
    answer["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) async fn token(world: &World) -> String {
    token_for(world, STORAGE, "").await
}

pub(crate) async fn reader(world: &World) -> String {
    token_for(world, STORAGE, &format!("&client_id={READER}")).await
}

pub(crate) trait Authorized {
    fn by(self, token: &str) -> Self;
}

impl Authorized for Request {
    fn by(self, token: &str) -> Self {
        self.dated()
            .header("authorization", &format!("Bearer {token}"))
            .header("x-ms-file-request-intent", "backup")
    }
}

fn share(client: &Client) -> Request {
    client.get("/share?restype=share")
}

fn listing(client: &Client) -> Request {
    client.get("/share?restype=directory&comp=list")
}

#[tokio::test]
async fn a_token_opens_shares_and_files_over_https() {
    let world = world().await;
    let (one, token) = (world.secure("one"), token(&world).await);
    one.create_file("/share/file", 4).body(b"data").by(&token).send_as_it_is().await.expect(201);
    assert_eq!(one.get("/share/file").by(&token).send_as_it_is().await.expect(200).body, b"data");
    share(&one).by(&token).send_as_it_is().await.expect(200);
    one.get("/?comp=list").by(&token).send_as_it_is().await.expect(200);
    one.put("/share?restype=share&comp=snapshot").by(&token).send_as_it_is().await.expect(201);
    one.put("/new?restype=share").by(&token).send_as_it_is().await.expect(201);
    one.delete("/new?restype=share").by(&token).send_as_it_is().await.expect(202);
}

#[tokio::test]
async fn accept_emulator_3_a_request_without_its_intent_is_refused() {
    let world = world().await;
    let (one, token) = (world.secure("one"), token(&world).await);
    for request in [listing(&one), share(&one), one.get("/?comp=list"), one.put("/share/file?comp=range")] {
        let request = request.dated().header("authorization", &format!("Bearer {token}"));
        let refused = request.send_as_it_is().await.refused(400, "MissingRequiredHeader");
        assert_eq!(refused.elements("HeaderName"), ["x-ms-file-request-intent"]);
    }
    let curious = listing(&one).by(&token).header("x-ms-file-request-intent", "curiosity");
    curious.send_as_it_is().await.refused(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn accept_emulator_3_a_token_over_http_is_refused() {
    let world = world().await;
    let refused = listing(&world.one).by(&token(&world).await).send_as_it_is().await;
    let refused = refused.refused(403, "AuthenticationFailed");
    let detail = ["Authentication scheme Bearer is not allowed with HTTP."];
    assert_eq!(refused.elements("AuthenticationErrorDetail"), detail);
}

#[tokio::test]
async fn accept_emulator_3_a_token_for_another_audience_is_refused() {
    let world = world().await;
    let one = world.secure("one");
    let others =
        ["https://vault.azure.net", "https://two.file.core.windows.net", "https://one.blob.core.windows.net"];
    for audience in others {
        let token = token_for(&world, audience, "").await;
        let refused =
            listing(&one).by(&token).send_as_it_is().await.refused(401, "InvalidAuthenticationInfo");
        let detail = ["Audience validation failed. Audience did not match."];
        assert_eq!(refused.elements("AuthenticationErrorDetail"), detail);
        let challenge = refused.header("www-authenticate");
        assert!(challenge.starts_with("Bearer authorization_uri=https://login.microsoftonline.com/"));
        assert!(challenge.ends_with("/oauth2/authorize resource_id=https://storage.azure.com"));
    }
    for audience in ["https://storage.azure.com/", "https://one.file.core.windows.net"] {
        listing(&one).by(&token_for(&world, audience, "").await).send_as_it_is().await.expect(200);
    }
}

#[tokio::test]
async fn accept_emulator_3_a_token_that_is_old_or_forged_is_refused() {
    let world = world_of(Config { token_life: Duration::ZERO, ..Config::default() }).await;
    let (one, expired) = (world.secure("one"), token(&world).await);
    let other_emulator = self::world().await;
    let foreign = token(&other_emulator).await;
    let (claims, _) = foreign.rsplit_once('.').expect("three parts");
    let signed_with_the_account_key = format!("{claims}.{}", sign(claims));
    for bad in [&expired, &foreign, &signed_with_the_account_key, "token"] {
        let refused = listing(&one).by(bad).send_as_it_is().await;
        refused.refused(401, "InvalidAuthenticationInfo");
    }
}

#[tokio::test]
async fn accept_emulator_3_roles_limit_what_a_token_allows() {
    let world = world().await;
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    let (one, two, reader) = (world.secure("one"), world.secure("two"), reader(&world).await);
    let denied = "AuthorizationPermissionMismatch";
    one.get("/share/file").by(&reader).send_as_it_is().await.expect(200);
    listing(&one).by(&reader).send_as_it_is().await.expect(200);
    one.delete("/share/file").by(&reader).send_as_it_is().await.refused(403, denied);
    one.put_range("/share/file", 0, b"x").by(&reader).send_as_it_is().await.refused(403, denied);
    share(&one).by(&reader).send_as_it_is().await.refused(403, denied);
    one.get("/?comp=list").by(&reader).send_as_it_is().await.refused(403, denied);
    one.put("/share?restype=share&comp=snapshot").by(&reader).send_as_it_is().await.refused(403, denied);
    listing(&two).by(&reader).send_as_it_is().await.refused(403, denied);
}

#[tokio::test]
async fn the_roles_of_smb_allow_nothing_and_a_writer_sets_no_permissions() {
    let smb = Identity::user_assigned("smb").with(Role::smb_share_contributor());
    let writes = Role::custom(&[Action::FilesWrite, Action::WriteFileBackupSemantics]);
    let writer = Identity::user_assigned("writer").with(writes);
    let world = world_with(Config { identities: vec![smb, writer], ..Config::default() }).await;
    let one = world.secure("one");
    let denied = "AuthorizationPermissionMismatch";
    let smb = token_for(&world, STORAGE, "&client_id=smb").await;
    listing(&one).by(&smb).send_as_it_is().await.refused(403, denied);
    one.create_file("/share/file", 4).by(&smb).send_as_it_is().await.refused(403, denied);

    let writer = token_for(&world, STORAGE, "&client_id=writer").await;
    one.create_file("/share/file", 4).by(&writer).send_as_it_is().await.expect(201);
    let set = || one.put("/share/file?comp=properties").by(&writer);
    set().send_as_it_is().await.expect(200);
    set().header("x-ms-file-permission", "inherit").send_as_it_is().await.refused(403, denied);
    let permission = one.put("/share?restype=share&comp=filepermission").body(b"{}").by(&writer);
    permission.send_as_it_is().await.refused(403, denied);
}

#[tokio::test]
async fn a_version_opens_what_it_knew_tokens_for() {
    let world = world().await;
    let (one, token) = (world.secure("one"), token(&world).await);
    let at = |request: Request, version| request.header("x-ms-version", version).by(&token).send_as_it_is();
    at(listing(&one), "2022-11-02").await.expect(200);
    let too_old = at(listing(&one), "2021-12-02").await.refused(403, "AuthenticationFailed");
    let detail = ["Authentication scheme Bearer is not supported in this version."];
    assert_eq!(too_old.elements("AuthenticationErrorDetail"), detail);
    at(share(&one), "2024-11-04").await.expect(200);
    for request in [share(&one), one.get("/?comp=list"), one.put("/new?restype=share")] {
        at(request, "2024-08-04").await.refused(409, "FileOAuthManagementApiRestrictedToSrp");
    }
}

#[tokio::test]
async fn accept_emulator_3_an_account_without_shared_key_takes_tokens_alone() {
    let mut world = world().await;
    let accounts = world.emulator.accounts().iter().map(|account| {
        let allow_shared_key = account.name != "one";
        let config = file_share_emulator::AccountConfig::new(&account.name, &account.key);
        file_share_emulator::AccountConfig { allow_shared_key, ..config }
    });
    let app = Identity::system_assigned().with(Role::privileged_contributor()).with(Role::share_operator());
    let config = Config { accounts: accounts.collect(), identities: vec![app], ..Config::default() };
    world.emulator = file_share_emulator::Emulator::start(config).await.expect("the emulator starts");
    let (one, token) = (world.secure("one"), token(&world).await);
    let denied = "KeyBasedAuthenticationNotPermitted";
    one.put("/share?restype=share").send().await.refused(403, denied);
    one.put("/share?restype=share").by(&token).send_as_it_is().await.expect(201);
    for sas in [share_sas("one", "share", "rl"), account_sas("one", "sco", "rl")] {
        let request = one.get(&format!("/share?restype=directory&comp=list&{sas}"));
        request.send_as_it_is().await.refused(403, denied);
    }
    let two = world.secure("two");
    two.put("/share?restype=share").send().await.expect(201);
}

#[tokio::test]
async fn a_copy_reads_its_source_by_a_token_of_its_own() {
    let world = world().await;
    let (one, two, token) = (world.secure("one"), world.secure("two"), token(&world).await);
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    world.two.put("/share?restype=share").send().await.expect(201);
    world.two.create_file("/share/copy", 4).send().await.expect(201);
    let copy = |source: &str, authorization: &str| {
        two.put("/share/copy?comp=range")
            .header("x-ms-write", "update")
            .header("x-ms-range", "bytes=0-3")
            .header("x-ms-source-range", "bytes=0-3")
            .header("x-ms-copy-source", source)
            .header("x-ms-copy-source-authorization", authorization)
            .by(&token)
    };
    let source = one.url("/share/file");
    let reader = reader(&world).await;
    copy(&source, &format!("Bearer {reader}")).send_as_it_is().await.expect(201);
    assert_eq!(two.get("/share/copy").by(&token).send_as_it_is().await.expect(200).body, b"data");

    let over_http = copy(&world.one.url("/share/file"), &format!("Bearer {reader}")).send_as_it_is().await;
    over_http.refused(403, "CannotVerifyCopySource");
    let of_two = copy(&two.url("/share/copy"), &format!("Bearer {reader}")).send_as_it_is().await;
    let of_two = of_two.refused(403, "CannotVerifyCopySource");
    assert_eq!(of_two.header("x-ms-copy-source-error-code"), "AuthorizationPermissionMismatch");
    for (bad, status) in [("Bearer token", 401), ("SharedKey one:AAAA", 401)] {
        copy(&source, bad).send_as_it_is().await.refused(status, "CannotVerifyCopySource");
    }
}

#[tokio::test]
async fn the_endpoint_answers_as_the_platform_does() {
    let world = world_of(Config { token_life: Duration::from_secs(90), ..Config::default() }).await;
    let endpoint = endpoint(&world);
    let resource = "resource=https%3A%2F%2Fstorage.azure.com";
    let (status, answer) = ask(endpoint, &format!("{resource}&api-version=2019-08-01")).await;
    let expires_on: u64 = answer["expires_on"].as_str().expect("text").parse().expect("seconds");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now").as_secs();
    assert!(status == 200 && (80..=90).contains(&(expires_on - now)), "{answer}");
    assert_eq!(answer["resource"], STORAGE);
    let (_, answer) = ask(endpoint, &format!("{resource}&api-version=2019-08-01&client_id={READER}")).await;
    assert_eq!(answer["client_id"], READER);
}

#[tokio::test]
async fn the_endpoint_refuses_strangers_and_what_it_does_not_know() {
    let refused = Identity { refused: true, ..Identity::user_assigned("gone") };
    let world = world_with(Config { identities: vec![refused], ..Config::default() }).await;
    let endpoint = endpoint(&world);
    let good = "api-version=2019-08-01&resource=https://storage.azure.com";
    for query in [
        good.to_owned(),
        format!("{good}&client_id=gone"),
        format!("{good}&client_id=unknown"),
        format!("{good}&mi_res_id=/subscriptions/1"),
        "api-version=2017-09-01&resource=https://storage.azure.com".to_owned(),
        "api-version=2019-08-01".to_owned(),
    ] {
        let (status, answer) = ask(endpoint, &query).await;
        assert_eq!((status, answer["statusCode"].as_u64()), (400, Some(400)), "{query}");
    }
    let stranger = IdentityEndpoint { header: "guess".to_owned(), ..endpoint.clone() };
    assert_eq!(ask(&stranger, good).await.0, 401);
    assert!(!format!("{endpoint:?}").contains(&endpoint.header));
}

#[tokio::test]
async fn the_endpoint_has_faults_and_is_counted() {
    let world = world().await;
    let refuse = || Fault::Refuse { status: 500, code: "Busy", retry_after_seconds: None };
    world.emulator.set_faults(Some(Arc::new(nth(1, refuse))));
    let query = "api-version=2019-08-01&resource=https://storage.azure.com";
    assert_eq!(ask(endpoint(&world), query).await.0, 500);
    world.emulator.set_faults(Some(Arc::new(nth(1, || Fault::DropBefore))));
    let url = format!("{}?{query}", endpoint(&world).url);
    assert!(reqwest::get(url).await.is_err());
    world.emulator.set_faults(None);
    token(&world).await;
    assert_eq!(world.emulator.log().count("identity endpoint", "Get Token"), 3);
}
