//! Requests through the proxy, and what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use azurite::Proxy;
use faults::{Fault, Plan, Seen, nth};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;

const ROW: &str = r#"{"PartitionKey":"a","RowKey":"b","Text":"one"}"#;
const KEY: &str = "(PartitionKey='a',RowKey='b')";

/// A table of its own, reached through a proxy of its own.
struct Stage {
    proxy: Proxy,
    through: Client,
    direct: Client,
    table: &'static str,
}

impl Stage {
    async fn with_table(table: &'static str) -> Stage {
        let azurite = azurite::shared().await;
        let proxy = Proxy::start(azurite).await.expect("the proxy starts");
        let through = Client::new(azurite, &proxy.endpoint());
        let direct = Client::new(azurite, &azurite.table_endpoint());
        assert_eq!(direct.create_table(table).send().await.expect("answer").status(), 201);
        Stage { proxy, through, direct, table }
    }

    fn plan(&self, plan: impl Plan + 'static) {
        self.proxy.set_faults(Some(Arc::new(plan)));
    }

    async fn insert(&self) -> reqwest::Result<reqwest::Response> {
        self.through.request(Method::POST, self.table).body(ROW).send().await
    }

    async fn has_row(&self) -> bool {
        let path = format!("{}{KEY}", self.table);
        let status = self.direct.request(Method::GET, &path).send().await.expect("answer").status();
        assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{status}");
        status == StatusCode::OK
    }
}

async fn json(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}

fn address(proxy: &Proxy) -> (&'static str, u16) {
    ("127.0.0.1", proxy.endpoint().port().expect("a port"))
}

#[tokio::test]
async fn without_faults_the_client_meets_azurite_itself() {
    let stage = Stage::with_table("without").await;
    let operations: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let seen = operations.clone();
    stage.plan(move |request: &Seen<'_>| {
        assert_eq!(request.account, "devstoreaccount1");
        seen.lock().expect("list").push(request.operation.to_owned());
        Fault::None
    });
    assert_eq!(stage.insert().await.expect("answer").status(), 201);
    let path = format!("without{KEY}");
    let read = stage.through.request(Method::GET, &path).send().await.expect("answer");
    assert_eq!(json(read).await["Text"], "one");
    let queried = stage.through.request(Method::GET, "without()").send().await.expect("answer");
    assert_eq!(json(queried).await["value"][0]["Text"], "one");
    let update = stage.through.request(Method::PUT, &path).header("if-match", "*").body(ROW);
    assert_eq!(update.send().await.expect("answer").status(), 204);
    let delete = stage.through.request(Method::DELETE, &path).header("if-match", "*");
    assert_eq!(delete.send().await.expect("answer").status(), 204);
    let expected = ["Insert Entity", "Get Entity", "Query Entities", "Update Entity", "Delete Entity"];
    assert_eq!(*operations.lock().expect("list"), expected);
    assert_eq!(stage.proxy.count(), 5);
}

#[tokio::test]
async fn a_transaction_passes_with_the_proxys_own_address_in_it() {
    let stage = Stage::with_table("transaction").await;
    let url = format!("{}/transaction", stage.proxy.endpoint());
    let body = format!(
        "--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n--changeset_1\r\n\
         Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nPOST {url} HTTP/1.1\r\n\
         Content-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n\
         DataServiceVersion: 3.0\r\n\r\n{ROW}\r\n--changeset_1--\r\n--batch_1--\r\n"
    );
    let request = stage.through.request(Method::POST, "$batch").body(body);
    let mut request = request.build().expect("request");
    let kind = "multipart/mixed; boundary=batch_1".parse().expect("header");
    request.headers_mut().insert("content-type", kind);
    stage.plan(|seen: &Seen<'_>| {
        assert_eq!(seen.operation, "Transaction");
        Fault::None
    });
    let answer = reqwest::Client::new().execute(request).await.expect("answer");
    assert_eq!(answer.status(), 202);
    assert!(stage.has_row().await, "{:?}", answer.text().await);
}

#[tokio::test]
async fn a_refused_request_has_no_effect_and_reads_like_the_services_own_error() {
    let stage = Stage::with_table("refused").await;
    stage.plan(nth(1, || Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: Some(2) }));
    let answer = stage.insert().await.expect("answer");
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"2".parse().expect("2")));
    assert_eq!(answer.headers()["x-ms-error-code"], "ServerBusy");
    assert!(answer.headers().contains_key("date"));
    assert_eq!(json(answer).await["odata.error"]["code"], "ServerBusy");
    assert!(!stage.has_row().await);
    assert_eq!(stage.insert().await.expect("answer").status(), 201);
}

#[tokio::test]
async fn a_dropped_request_has_its_effect_or_not_as_planned() {
    let stage = Stage::with_table("dropped").await;
    stage.plan(nth(1, || Fault::DropBefore));
    stage.insert().await.expect_err("no answer");
    assert!(!stage.has_row().await);
    stage.plan(nth(1, || Fault::DropAfter));
    stage.insert().await.expect_err("no answer");
    assert!(stage.has_row().await);
    assert_eq!(stage.insert().await.expect("the next connection works").status(), 409);
}

#[tokio::test]
async fn a_cut_answer_has_its_effect_and_ends_within_headers_or_body() {
    let stage = Stage::with_table("cut").await;
    stage.plan(|_: &Seen<'_>| Fault::Cut);
    let answer = stage.insert().await.expect("whole headers");
    assert_eq!(answer.status(), 201);
    answer.bytes().await.expect_err("half a body");
    assert!(stage.has_row().await);
    let delete = stage.through.request(Method::DELETE, &format!("cut{KEY}")).header("if-match", "*");
    delete.send().await.expect_err("half of the headers");
    assert!(!stage.has_row().await);
}

#[tokio::test]
async fn a_late_effect_comes_although_its_client_was_cut_off() {
    let stage = Stage::with_table("late").await;
    stage.plan(nth(1, || Fault::Late { by: Duration::from_millis(50) }));
    stage.insert().await.expect_err("no answer");
    stage.proxy.settled().await;
    assert!(stage.has_row().await);
}

#[tokio::test]
async fn nothing_happens_later_than_the_requests_own_timeout() {
    let stage = Stage::with_table("timeout").await;
    stage.plan(nth(1, || Fault::Late { by: Duration::from_millis(1001) }));
    let request = stage.through.request(Method::POST, "timeout?timeout=1").body(ROW);
    request.send().await.expect_err("no answer");
    stage.proxy.settled().await;
    assert!(!stage.has_row().await);
}

#[tokio::test]
async fn a_request_that_is_repeated_on_the_way_takes_effect_twice() {
    let stage = Stage::with_table("twice").await;
    assert_eq!(stage.insert().await.expect("answer").status(), 201);
    stage.plan(nth(1, || Fault::Twice { by: Duration::from_millis(200) }));
    let path = format!("twice{KEY}");
    let delete = stage.through.request(Method::DELETE, &path).header("if-match", "*");
    delete.send().await.expect_err("no answer");
    assert!(!stage.has_row().await, "the first time is over");
    let again = stage.direct.request(Method::POST, "twice").body(ROW);
    assert_eq!(again.send().await.expect("answer").status(), 201);
    stage.proxy.settled().await;
    assert!(!stage.has_row().await, "the second one met what came between");
}

#[tokio::test]
async fn a_delayed_answer_waits_and_its_effect_does_not() {
    let stage = Stage::with_table("delay").await;
    let by = Duration::from_millis(300);
    stage.plan(nth(1, move || Fault::Delay { by }));
    let started = Instant::now();
    let (answer, is_there) = tokio::join!(stage.insert(), async {
        tokio::time::sleep(by / 2).await;
        stage.has_row().await
    });
    assert_eq!(answer.expect("answer").status(), 201);
    assert!(started.elapsed() >= by && is_there);
}

#[tokio::test]
async fn a_stalled_answer_stands_still_in_the_middle_of_its_body() {
    let stage = Stage::with_table("stall").await;
    let by = Duration::from_millis(300);
    stage.plan(nth(1, move || Fault::Stall { by }));
    let started = Instant::now();
    let answer = stage.insert().await.expect("whole headers");
    let at_headers = started.elapsed();
    assert_eq!(json(answer).await["Text"], "one");
    assert!(at_headers < started.elapsed() && started.elapsed() >= by, "{at_headers:?}");
    let read = stage.through.request(Method::GET, &format!("stall{KEY}")).send().await.expect("answer");
    assert_eq!(json(read).await["Text"], "one", "the connection goes on");
}

#[tokio::test]
async fn what_a_plan_does_after_the_effect_comes_before_the_end_of_the_connection() {
    let stage = Stage::with_table("after").await;
    let is_done = Arc::new(AtomicBool::new(false));
    let done = is_done.clone();
    stage.plan(nth(1, move || {
        let done = done.clone();
        Fault::After(Box::new(move || done.store(true, Ordering::SeqCst)))
    }));
    stage.insert().await.expect_err("no answer");
    assert!(is_done.load(Ordering::SeqCst) && stage.has_row().await);
}

#[tokio::test]
async fn connections_are_kept_alive_until_the_client_ends_them() {
    let stage = Stage::with_table("alive").await;
    let mut connection = TcpStream::connect(address(&stage.proxy)).await.expect("the proxy listens");
    let unsigned = "GET /devstoreaccount1/Tables HTTP/1.1\r\nhost: localhost\r\n";
    let three = format!("{unsigned}\r\n{unsigned}\r\n{unsigned}connection: close\r\n\r\n");
    connection.write_all(three.as_bytes()).await.expect("three requests");
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.expect("three answers and the end");
    assert_eq!(answers.matches("HTTP/1.1 403 ").count(), 3, "{answers}");
    assert_eq!(stage.proxy.count(), 3);
}

#[tokio::test]
async fn a_request_that_does_not_arrive_whole_is_none() {
    let stage = Stage::with_table("whole").await;
    let mut connection = TcpStream::connect(address(&stage.proxy)).await.expect("the proxy listens");
    let half = b"POST /devstoreaccount1/whole HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc";
    connection.write_all(half).await.expect("half a request");
    connection.shutdown().await.expect("and no more");
    assert_eq!(connection.read(&mut [0]).await.expect("the end"), 0);
    assert_eq!(stage.proxy.count(), 0);
}

#[tokio::test]
async fn dropping_the_proxy_closes_its_connections() {
    let stage = Stage::with_table("closed").await;
    let mut connection = TcpStream::connect(address(&stage.proxy)).await.expect("the proxy listens");
    connection.write_all(b"GET / HTTP/1.1\r\n").await.expect("the beginning of a request");
    let Stage { proxy, .. } = stage;
    drop(proxy);
    let end = connection.read(&mut [0]).await;
    assert!(!matches!(end, Ok(1..)), "{end:?}");
}

#[tokio::test]
async fn azurites_end_is_told_as_such() {
    let azurite = azurite::Azurite::start().await.expect("Azurite starts");
    let proxy = Proxy::start(&azurite).await.expect("the proxy starts");
    let client = Client::new(&azurite, &proxy.endpoint());
    drop(azurite);
    let answer = client.request(Method::GET, "Tables").send().await.expect("the proxy answers");
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.expect("text").contains("Azurite did not answer"));
}
