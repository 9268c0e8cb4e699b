use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use faults::{Fault, Plan, Script, Seen, nth};
use file_share_emulator::{Config, Emulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::authentication::share_sas;
use crate::client::{Client, World, world, world_with};

/// Time that moves only when the test says so. By itself it would run ahead whenever all wait for a socket, but
/// not while a blocking task is under way.
struct StoppedTime {
    _running: mpsc::Sender<()>,
}

impl StoppedTime {
    fn new() -> Self {
        tokio::time::pause();
        let (running, ended) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        Self { _running: running }
    }

    async fn pass(&self, milliseconds: u64) {
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
        tokio::task::yield_now().await;
    }
}

/// A server that does a request later than its caller waits.
fn late_by(milliseconds: u64) -> impl Fn() -> Fault {
    move || Fault::Late { by: Duration::from_millis(milliseconds) }
}

fn plan(emulator: &Emulator, plan: impl Plan + 'static) {
    emulator.set_faults(Some(Arc::new(plan)));
}

async fn has(client: &Client, path: &str) -> bool {
    match client.head(path).send().await.status {
        200 => true,
        404 => false,
        status => panic!("{path} answers {status}"),
    }
}

/// The bytes that come back for a request written by hand, until the connection is closed.
async fn raw(world: &World, method: &str, path: &str, headers: &str) -> Vec<u8> {
    let endpoint = &world.one.account.endpoint;
    let address = (endpoint.host_str().expect("a host"), endpoint.port().expect("a port"));
    let mut stream = TcpStream::connect(address).await.expect("the emulator listens");
    let sas = share_sas("one", "share", "rw");
    let request = format!(
        "{method} /one{path}?{sas} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("closed, not reset");
    answer
}

fn head_length(answer: &[u8]) -> usize {
    answer.windows(4).position(|window| window == b"\r\n\r\n").expect("whole headers") + 4
}

#[tokio::test]
async fn a_refusal_is_answered_as_planned_and_nothing_happens() {
    let world = world().await;
    let refuse = || Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: Some(7) };
    plan(&world.emulator, Script::new().on("Create File", "", 2, refuse));
    let create = || world.one.create_file("/share/file", 1 << 20).body(&[7; 100_000]);
    let refused = create().send().await.refused(503, "ServerBusy");
    assert_eq!(refused.header("retry-after"), "7");
    assert_eq!(refused.elements("Code"), ["ServerBusy"]);
    create().send().await.refused(503, "ServerBusy");
    assert!(!has(&world.one, "/share/file").await);
    create().send().await.expect(201);
}

#[tokio::test]
async fn a_refused_read_is_refused_without_a_body_for_head() {
    let world = world().await;
    plan(
        &world.emulator,
        nth(1, || Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }),
    );
    let refused = world.one.head("/share?restype=share").send().await.refused(403, "AuthorizationFailure");
    assert_eq!((refused.header("retry-after"), refused.body.len()), ("", 0));
}

#[tokio::test]
async fn a_request_dropped_before_its_effect_has_none() {
    let world = world().await;
    plan(&world.emulator, nth(1, || Fault::DropBefore));
    let lost = world.one.create_file("/share/file", 4).body(b"data").try_send().await;
    assert!(lost.is_err());
    assert!(!has(&world.one, "/share/file").await);
}

#[tokio::test]
async fn a_request_dropped_after_its_effect_has_it() {
    let world = world().await;
    plan(&world.emulator, nth(1, || Fault::DropAfter));
    assert!(world.one.create_file("/share/file", 4).body(b"data").try_send().await.is_err());
    assert_eq!(world.one.get("/share/file").send().await.expect(200).body, b"data");
}

#[tokio::test]
async fn a_dropped_read_leaves_no_byte_and_a_refused_write_stays_refused() {
    let world = world().await;
    world.one.create_file("/share/file", 4).body(b"data").send().await.expect(201);
    for fault in [|| Fault::DropBefore, || Fault::DropAfter] {
        plan(&world.emulator, nth(1, fault));
        assert_eq!(raw(&world, "GET", "/share/file", "").await, b"");
    }
    plan(&world.emulator, nth(1, || Fault::DropAfter));
    assert!(world.one.put_range("/share/missing", 0, b"data").try_send().await.is_err());
    let recent = world.emulator.log().snapshot().recent;
    assert_eq!(recent.last().and_then(|last| last.error_code), Some("ResourceNotFound"));
}

#[tokio::test]
async fn a_cut_answer_ends_in_the_middle_of_its_body() {
    let world = world().await;
    let content: Vec<u8> = (0..=255).cycle().take(3_000_001).collect();
    world.one.create_file("/share/file", content.len() as u64).body(&content).send().await.expect(201);
    plan(&world.emulator, nth(1, || Fault::Cut));
    let answer = raw(&world, "GET", "/share/file", "").await;
    let body = &answer[head_length(&answer)..];
    assert!(body == &content[..content.len() / 2], "{} bytes", body.len());

    plan(&world.emulator, nth(1, || Fault::Cut));
    let listing = "/share?restype=directory&comp=list";
    assert!(world.one.get(listing).try_send().await.is_err());
    world.one.get(listing).send().await.expect(200);
}

#[tokio::test]
async fn a_cut_answer_without_a_body_ends_in_the_middle_of_its_headers() {
    let world = world().await;
    let headers = "x-ms-type: file\r\nx-ms-content-length: 9\r\n";
    let whole = raw(&world, "PUT", "/share/file", headers).await;
    assert_eq!(head_length(&whole), whole.len());
    plan(&world.emulator, |_: &Seen<'_>| Fault::Cut);
    let cut = raw(&world, "PUT", "/share/cut", headers).await;
    assert_eq!(cut.len(), whole.len() / 2);
    assert!(cut.starts_with(b"HTTP/1.1 201 Created\r\n"));
    let of_head = raw(&world, "HEAD", "/share/cut", "").await;
    assert!(!of_head.is_empty() && !of_head.ends_with(b"\r\n\r\n"));
    world.emulator.set_faults(None);
    assert!(has(&world.one, "/share/cut").await);
}

#[tokio::test]
async fn what_comes_after_the_effect_sees_it_and_the_caller_no_answer() {
    let world = world().await;
    let called = Arc::new(AtomicU64::new(0));
    let counted = called.clone();
    plan(
        &world.emulator,
        Script::new().on("Delete File", "/file", 1, move || {
            let counted = counted.clone();
            Fault::After(Box::new(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            }))
        }),
    );
    world.one.create_file("/share/file", 0).send().await.expect(201);
    assert!(world.one.delete("/share/file").try_send().await.is_err());
    assert_eq!(called.load(Ordering::Relaxed), 1);
    assert!(!has(&world.one, "/share/file").await);
    plan(&world.emulator, nth(1, || Fault::After(Box::new(|| {}))));
    assert_eq!(raw(&world, "HEAD", "/share", "").await, b"");
}

#[tokio::test]
async fn a_late_create_empties_the_file_that_its_repetition_has_filled() {
    let world = world().await;
    let time = StoppedTime::new();
    plan(&world.emulator, nth(1, late_by(300)));
    let create = || world.one.create_file("/share/file", 4);
    assert!(create().try_send().await.is_err());
    time.pass(299).await;
    assert!(!has(&world.one, "/share/file").await, "not yet");
    create().send().await.expect(201);
    world.one.put_range("/share/file", 0, b"data").send().await.expect(201);
    assert_eq!(world.one.get("/share/file").send().await.expect(200).body, b"data");
    time.pass(2).await;
    assert_eq!(world.one.get("/share/file").send().await.expect(200).body, [0; 4]);
    let ranges = world.one.get("/share/file?comp=rangelist").send().await.expect(200);
    assert_eq!(ranges.elements("Start"), Vec::<String>::new());
}

#[tokio::test]
async fn a_late_delete_takes_away_what_was_made_meanwhile() {
    let world = world().await;
    let time = StoppedTime::new();
    world.one.create_file("/share/file", 0).send().await.expect(201);
    plan(&world.emulator, Script::new().on("Delete File", "", 1, late_by(1_000)));
    assert!(world.one.delete("/share/file?timeout=1").try_send().await.is_err());
    world.one.delete("/share/file").send().await.expect(202);
    world.one.create_file("/share/file", 0).send().await.expect(201);
    time.pass(1_001).await;
    assert!(!has(&world.one, "/share/file").await);
}

#[tokio::test]
async fn nothing_happens_later_than_the_time_limit_of_the_request() {
    let world = world().await;
    let time = StoppedTime::new();
    plan(&world.emulator, Script::new().on("Snapshot Share", "", 2, late_by(1_001)));
    for limit in [1, 2] {
        let path = format!("/share?restype=share&comp=snapshot&timeout={limit}");
        assert!(world.one.put(&path).try_send().await.is_err());
    }
    time.pass(10_000).await;
    let listed = world.one.get("/?comp=list&include=snapshots").send().await.expect(200);
    assert_eq!(listed.elements("Snapshot").len(), 1);
    let log = world.emulator.log().snapshot();
    let snapshots = log.recent.iter().filter(|record| record.operation == "Snapshot Share");
    assert_eq!(snapshots.map(|record| record.status).collect::<Vec<_>>(), [0, 201]);
}

#[tokio::test]
async fn several_late_requests_happen_in_the_order_of_their_delays() {
    let world = world().await;
    let time = StoppedTime::new();
    world.one.create_file("/share/file", 1).send().await.expect(201);
    for (byte, delay) in [(b"a", 30), (b"b", 10), (b"c", 20)] {
        plan(&world.emulator, nth(1, late_by(delay)));
        assert!(world.one.put_range("/share/file", 0, byte).try_send().await.is_err());
    }
    // Timers round up to the next millisecond.
    time.pass(1).await;
    for expected in [&[0], b"b", b"c", b"a"] {
        assert_eq!(world.one.get("/share/file").send().await.expect(200).body, expected);
        time.pass(10).await;
    }
}

#[tokio::test]
async fn a_late_read_is_a_lost_read() {
    let world = world().await;
    plan(&world.emulator, nth(1, late_by(0)));
    assert_eq!(raw(&world, "HEAD", "/share", "").await, b"");
}

#[tokio::test]
async fn requests_are_counted_over_all_accounts_and_named_as_in_the_log() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let faults: Arc<dyn Plan> = Arc::new(move |seen: &Seen<'_>| {
        let Seen { number, account, operation, method, path, query, .. } = seen;
        let line = format!("{number} {account} {operation:?} {method} {path} {query}");
        noted.lock().expect("unpoisoned").push(line);
        Fault::None
    });
    let world = world_with(Config { faults: Some(faults.clone()), ..Config::default() }).await;
    world.two.get("/?comp=list").send().await.expect(200);
    world.one.create_file("/share/a%20b", 0).send().await.expect(201);
    world.one.get("/share").send().await.refused(400, "InvalidUri");
    world.emulator.set_faults(Some(faults));
    world.one.delete("/share/a%20b").send().await.expect(202);
    assert_eq!(
        *seen.lock().expect("unpoisoned"),
        [
            "1 one \"Create Share\" PUT /one/share restype=share",
            "2 two \"List Shares\" GET /two/ comp=list",
            "3 one \"Create File\" PUT /one/share/a%20b ",
            "4 one \"\" GET /one/share ",
            "1 one \"Delete File\" DELETE /one/share/a%20b ",
        ]
    );
    let log = world.emulator.log().snapshot();
    let logged: Vec<&str> = log.recent.iter().map(|record| record.operation).collect();
    assert_eq!(logged, ["Create Share", "List Shares", "Create File", "Unknown", "Delete File"]);
}

#[tokio::test]
async fn a_request_whose_caller_goes_away_midway_is_none() {
    let world = world().await;
    let endpoint = &world.one.account.endpoint;
    let address = (endpoint.host_str().expect("a host"), endpoint.port().expect("a port"));
    for length in ["Content-Length: 4", "Transfer-Encoding: chunked"] {
        let mut stream = TcpStream::connect(address).await.expect("the emulator listens");
        let sas = share_sas("one", "share", "rw");
        let start = format!(
            "PUT /one/share/file?{sas} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-type: file\r\n\
             x-ms-content-length: 4\r\n{length}\r\n\r\n2\r\n"
        );
        stream.write_all(start.as_bytes()).await.expect("it is sent");
        stream.shutdown().await.expect("no more is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("closed, not reset");
        assert_eq!(String::from_utf8_lossy(&answer), "");
    }
    assert_eq!(world.emulator.log().count("one", "Create File"), 0);
    assert!(!has(&world.one, "/share/file").await);
    let too_long = world.one.create_file("/share/file", 4).body(&vec![0; (4 << 20) + 1]).send().await;
    too_long.refused(413, "RequestBodyTooLarge");
}

#[tokio::test]
async fn a_connection_is_closed_for_one_request_only() {
    let world = world().await;
    plan(&world.emulator, |seen: &Seen<'_>| match seen.number % 3 {
        0 => Fault::None,
        1 => Fault::Cut,
        _ => Fault::DropAfter,
    });
    for number in 1..=30 {
        let path = format!("/share/file{number}");
        let answer = world.one.create_file(&path, 5).body(b"hello").try_send().await;
        assert_eq!(answer.is_ok(), number % 3 == 0, "request {number}");
    }
    world.emulator.set_faults(None);
    for number in 1..=30 {
        let read = world.one.get(&format!("/share/file{number}")).send().await.expect(200);
        assert_eq!(read.body, b"hello");
    }
}
