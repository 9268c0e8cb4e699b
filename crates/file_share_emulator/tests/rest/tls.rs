use std::sync::Arc;
use std::time::Duration;

use faults::{Fault, nth};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::authentication::share_sas_for;
use crate::client::world;

#[tokio::test]
async fn https_is_served_beside_http_on_the_same_shares() {
    let world = world().await;
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    let secure = world.secure("one");
    assert_eq!(secure.get("/share/file").send().await.expect(200).body, b"data");
    let listing = secure.get("/share?restype=directory&comp=list").send().await.expect(200).text();
    assert!(listing.contains(&format!("ServiceEndpoint=\"{}/\"", secure.account.endpoint)), "{listing}");
}

#[tokio::test]
async fn a_client_that_does_not_know_the_authority_sends_nothing() {
    let world = world().await;
    world.emulator.log().reset();
    let stranger = reqwest::Client::new();
    let error = stranger.get(world.secure("one").account.endpoint).send().await.expect_err("no trust");
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(world.emulator.log().total("one"), 0);
}

#[tokio::test]
async fn another_emulator_is_another_authority() {
    let (world, other) = (world().await, world().await);
    assert_ne!(world.emulator.authority(), other.emulator.authority());
    let request = world.one.get("/share?restype=share").through(&other.secure("one"));
    request.send().await.expect(200);
    let request = world.secure("one").get("/share?restype=share").through(&other.secure("one"));
    assert!(request.try_send().await.is_err());
}

#[tokio::test]
async fn a_caller_who_never_shakes_hands_keeps_nobody_waiting() {
    let world = world().await;
    let secure = world.secure("one");
    let port = secure.account.endpoint.port().expect("a port");
    let _silent = TcpStream::connect(("127.0.0.1", port)).await.expect("the emulator listens");
    let answer = timeout(Duration::from_secs(20), secure.get("/share?restype=share").send()).await;
    answer.expect("answered in time").expect(200);
}

#[tokio::test]
async fn plain_http_at_the_https_port_is_cut_off() {
    let world = world().await;
    let mut url = world.secure("one").account.endpoint;
    url.set_scheme("http").expect("a scheme");
    assert!(reqwest::get(url).await.is_err());
}

#[tokio::test]
async fn faults_break_https_as_they_break_http() {
    let world = world().await;
    let secure = world.secure("one");
    let create = |name: &str| secure.create_file(&format!("/share/{name}"), 4).body(b"data");
    world.emulator.set_faults(Some(Arc::new(nth(1, || Fault::DropBefore))));
    assert!(create("before").try_send().await.is_err());
    world.emulator.set_faults(Some(Arc::new(nth(1, || Fault::DropAfter))));
    assert!(create("after").try_send().await.is_err());
    world.emulator.set_faults(None);
    secure.head("/share/before").send().await.expect(404);
    secure.head("/share/after").send().await.expect(200);
}

#[tokio::test]
async fn a_cut_answer_arrives_by_half_over_https_too() {
    let world = world().await;
    let secure = world.secure("one");
    let data: Vec<u8> = (0..1_000_000_u32).map(|byte| byte as u8).collect();
    secure.create_file("/share/file", 1_000_000).body(&data).send().await.expect(201);
    world.emulator.set_faults(Some(Arc::new(nth(1, || Fault::Cut))));
    let mut response = secure.get("/share/file").signed().start().await.expect("the headers arrive");
    assert_eq!(response.content_length(), Some(1_000_000));
    let mut received = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        received.extend_from_slice(&piece);
    }
    assert!(received == data[..500_000], "{} bytes", received.len());
}

#[tokio::test]
async fn a_signature_for_https_alone_is_refused_over_http() {
    let world = world().await;
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    let path = format!("/share/file?{}", share_sas_for("one", "share", "r", "https"));
    world.one.get(&path).send_as_it_is().await.refused(403, "AuthorizationProtocolMismatch");
    world.secure("one").get(&path).send_as_it_is().await.expect(200);
}
