//! What is logged, at its loudest. Alone in its process, because a subscriber is for a whole one.

use azure_core::http::{Context, Method, Request, Url};
use azure_storage::*;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// The published key of a well-known emulator, so no secret.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads the head of a request and hangs up.
async fn take_request(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("more of the request"));
    }
    String::from_utf8(request).expect("text")
}

#[tokio::test]
async fn a_repeat_is_logged_and_no_signature() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    subscriber.with_writer(move || writer.clone()).init();

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let credential = Credential::SharedKey(SharedKey::new("account", KEY).expect("base64"));
    let retry = RetryOptions { attempts: 2, base: std::time::Duration::from_millis(1), ..Default::default() };
    let http = http_client().expect("an HTTP client");
    let pipeline = Pipeline::new(("test", "0"), http, retry, None, &credential, Vec::new());
    let url = Url::parse(&format!("http://127.0.0.1:{port}/account/share?sig=c2ln")).expect("a URL");
    let call =
        Call { operation: "Get File", resource: &"share/a", repeat: Repeat::Safe, context: Context::new() };

    let requests = async { [take_request(&listener).await, take_request(&listener).await] };
    let (answer, requests) = tokio::join!(pipeline.send(call, Request::new(url, Method::Get)), requests);
    answer.expect_err("nobody answered");

    let log = String::from_utf8(log.0.lock().expect("no writer panics").clone()).expect("text");
    assert!(log.contains("Repeating a storage request"), "{log}");
    assert!(!log.contains(KEY) && !log.contains("c2ln"), "{log}");
    for request in requests {
        let signature = request.split("SharedKey account:").nth(1).and_then(|rest| rest.lines().next());
        assert!(!log.contains(signature.expect("a signature")), "{log}");
    }
}
