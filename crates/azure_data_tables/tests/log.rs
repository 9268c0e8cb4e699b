//! What is logged, at its loudest. Alone in its process, because a subscriber is for a whole one.

use azure_data_tables::*;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// The published key of a well-known emulator, so no secret.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const REFUSAL: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 63\r\n\r\n\
                       {\"odata.error\":{\"code\":\"AuthenticationFailed\",\"hidden\":\"this\"}}";

const ROW: &str = r#"{"PartitionKey":"p","RowKey":"r","A":"written"}"#;

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Refuses two requests on one connection; gives back what it read.
async fn refuse_twice(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut requests = Vec::new();
    for count in 1..=2 {
        while String::from_utf8_lossy(&requests).matches(ROW).count() < count {
            requests.push(stream.read_u8().await.expect("more of the request"));
        }
        stream.write_all(REFUSAL.as_bytes()).await.expect("somebody listens");
    }
    String::from_utf8(requests).expect("text")
}

#[tokio::test]
async fn a_refused_write_is_logged_without_signature_rows_or_answer() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    subscriber.with_writer(move || writer.clone()).init();

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let endpoint = Url::parse(&format!("http://127.0.0.1:{port}/account")).expect("a URL");
    let credential = Credential::SharedKey(SharedKey::new("account", KEY).expect("base64"));
    let options = ClientOptions::default();
    let service = TableServiceClient::new(&endpoint, "account", credential, options).expect("a client");
    let table = service.table_client("table");
    let entity = Entity::new("p", "r").with("A", Value::Text("written".to_owned()));
    let (result, requests) = tokio::join!(table.apply(Change::Insert(entity)), refuse_twice(&listener));
    let error = result.expect_err("refused");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Unauthorized, Some("AuthenticationFailed")));

    let log = String::from_utf8(log.0.lock().expect("no writer panics").clone()).expect("text");
    assert!(log.contains("Repeating a storage request"), "{log}");
    let signatures = requests.split("SharedKeyLite account:").skip(1).filter_map(|rest| rest.lines().next());
    let signatures: Vec<&str> = signatures.collect();
    assert_eq!(signatures.len(), 2, "{requests}");
    let shown = format!("{log} {error} {error:?}");
    for secret in [KEY, "written", "hidden"].iter().chain(&signatures) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
