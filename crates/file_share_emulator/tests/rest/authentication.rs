use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{sign, world};
use crate::sas::Sas;

/// A service signature for a whole share.
pub(crate) fn share_sas(account: &str, share: &str, permissions: &str) -> String {
    Sas::share(account, share, permissions).signed()
}

pub(crate) fn share_sas_for(account: &str, share: &str, permissions: &str, protocols: &str) -> String {
    Sas::share(account, share, permissions).with("spr", protocols).signed()
}

pub(crate) fn account_sas(account: &str, resources: &str, permissions: &str) -> String {
    Sas::account(account, resources, permissions).signed()
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let world = world().await;
    let get = || world.one.get("/share?restype=share").dated();
    get().send_as_it_is().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn shared_key_lite_is_accepted() {
    let world = world().await;
    let request = world.one.get("/share?restype=share&comp=metadata").dated();
    let date = request.headers["x-ms-date"].to_str().expect("ASCII").to_owned();
    let text = format!("GET\n\n\n\nx-ms-date:{date}\nx-ms-version:2026-06-06\n/one/one/share?comp=metadata");
    let authorization = format!("SharedKeyLite one:{}", sign(&text));
    request.header("authorization", &authorization).send_as_it_is().await.expect(200);
}

#[tokio::test]
async fn metadata_names_may_be_sorted_as_the_service_sorts_them() {
    let world = world().await;
    let put = || world.one.put("/share?restype=share&comp=metadata").header("x-ms-meta-a_b", "1");
    put().header("x-ms-meta-ab", "2").header("x-ms-meta-a1", "3").send().await.expect(200);
    let request = put().header("x-ms-meta-ab", "2").header("x-ms-meta-a1", "3").dated();
    let by_bytes = "x-ms-meta-a1:3\nx-ms-meta-a_b:1\nx-ms-meta-ab:2";
    let by_collation = "x-ms-meta-a_b:1\nx-ms-meta-a1:3\nx-ms-meta-ab:2";
    let text = request.string_to_sign();
    assert!(text.contains(by_bytes));
    let authorization = format!("SharedKey one:{}", sign(&text.replace(by_bytes, by_collation)));
    request.header("authorization", &authorization).send_as_it_is().await.expect(200);
}

#[tokio::test]
async fn the_version_is_required_and_checked() {
    let world = world().await;
    for version in ["2099-01-01", "2001-01-01", "latest"] {
        let get = world.one.get("/share?restype=share").header("x-ms-version", version);
        assert_eq!(get.send().await.refused(400, "InvalidHeaderValue").elements("HeaderValue"), [version]);
    }
    let none = world.one.get("/share?restype=share").header("authorization", "SharedKey one:AAAA");
    none.send_as_it_is().await.refused(400, "MissingRequiredHeader");
}

#[tokio::test]
async fn requests_are_counted_and_remembered_without_their_signature() {
    let world = world().await;
    world.emulator.log().reset();
    let sas = share_sas("one", "share", "r");
    world.one.get(&format!("/share/none?{sas}")).send_as_it_is().await.refused(404, "ResourceNotFound");
    world.one.get("/share?restype=directory&comp=list").send().await.expect(200);
    let log = world.emulator.log();
    assert_eq!((log.total("one"), log.total("two")), (2, 0));
    assert_eq!(log.count("one", "List Directories and Files"), 1);
    let recent = log.snapshot().recent;
    assert_eq!((recent[0].operation, recent[0].error_code), ("Get File", Some("ResourceNotFound")));
    assert!(recent[0].path_and_query.ends_with("sig=REDACTED"));
}

#[tokio::test]
async fn a_put_must_say_how_long_it_is() {
    let world = world().await;
    let port = world.one.account.endpoint.port().expect("a port");
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    let request =
        "PUT /one/share/file HTTP/1.1\r\nHost: one\r\nx-ms-version: 2026-06-06\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 411 ") && answer.contains("MissingContentLengthHeader"), "{answer}");
}

#[tokio::test]
async fn an_account_answers_without_its_name_in_the_path_too() {
    let world = world().await;
    let mut request = world.one.get("/share?restype=share").dated();
    request.url.set_path("/share");
    request.send().await.expect(200);
}
