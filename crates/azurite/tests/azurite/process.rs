//! The life of the process.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use azurite::Azurite;
use reqwest::Method;

use crate::client::Client;

#[tokio::test]
async fn a_service_begins_empty_and_takes_the_published_key() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let client = Client::new(&azurite, &azurite.table_endpoint());
    assert_eq!(client.create_table("one").send().await.expect("answer").status(), 201);
    assert_eq!(client.create_table("one").send().await.expect("answer").status(), 409);

    let other = Azurite::start().await.expect("another one starts");
    let client = Client::new(&other, &other.table_endpoint());
    assert_eq!(client.create_table("one").send().await.expect("answer").status(), 201);
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let azurite = azurite::shared().await;
    let client = Client::new(azurite, &azurite.table_endpoint());
    let request = client.request(Method::GET, "Tables").build().expect("request");
    let mut stolen = request.try_clone().expect("no body");
    stolen.url_mut().set_path("/devstoreaccount1/Other()");
    let http = reqwest::Client::new();
    assert_eq!(http.execute(request).await.expect("answer").status(), 200);
    assert_eq!(http.execute(stolen).await.expect("answer").status(), 403);
}

#[tokio::test]
async fn all_share_one_service() {
    let (one, other) = tokio::join!(azurite::shared(), azurite::shared());
    assert_eq!(one.table_endpoint(), other.table_endpoint());
}

#[tokio::test]
async fn dropping_ends_it() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let connection = connect(&azurite.table_endpoint());
    drop(azurite);
    assert_ends(connection);
}

/// The test starts itself again, as the process that is to die.
#[tokio::test]
async fn it_ends_with_a_process_that_aborts() {
    const NAME: &str = "process::it_ends_with_a_process_that_aborts";
    if std::env::var_os("AZURITE_TEST_ABORTS").is_some() {
        println!("\nendpoint {}", azurite::shared().await.table_endpoint());
        std::io::stdin().read_line(&mut String::new()).expect("the word to die");
        std::process::abort();
    }
    let mut dying = Command::new(std::env::current_exe().expect("own path"))
        .args([NAME, "--exact", "--nocapture"])
        .env("AZURITE_TEST_ABORTS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(dying.stdout.take().expect("stdout is piped"));
    let mut lines = output.lines().map(|line| line.expect("a line"));
    let endpoint = lines.find_map(|line| line.strip_prefix("endpoint ").map(str::to_owned));
    let connection = connect(&endpoint.expect("it told the endpoint").parse().expect("a URL"));
    drop(dying.stdin.take());
    assert!(!dying.wait().expect("it ends").success());
    assert_ends(connection);
}

fn connect(endpoint: &reqwest::Url) -> TcpStream {
    let port = endpoint.port().expect("a port");
    TcpStream::connect(("127.0.0.1", port)).expect("Azurite listens")
}

/// A connection ends with the process at its other side.
fn assert_ends(mut connection: TcpStream) {
    let end = connection.read(&mut [0]);
    assert!(!matches!(end, Ok(1..)), "{end:?}");
}
