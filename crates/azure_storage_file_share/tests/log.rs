//! What is logged, at its loudest. Alone in its process, because a subscriber is for a whole one.

use azure_storage_file_share::*;
use file_share_emulator::{AccountConfig, Config, Emulator};
use std::io::Write;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

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

#[tokio::test]
async fn a_copy_is_logged_and_no_signature() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    subscriber.with_writer(move || writer.clone()).init();

    let account = AccountConfig::new("one", KEY);
    let config = Config { accounts: vec![account], ..Default::default() };
    let emulator = Emulator::start(config).await.expect("an emulator");
    let credential = Credential::SharedKey(SharedKey::new("one", KEY).expect("base64"));
    let endpoint = &emulator.account("one").endpoint;
    let service = ShareServiceClient::new(endpoint, "one", credential, ClientOptions::default());
    let share = service.expect("a client").share_client("share");
    share.create(&CreateShareOptions::default()).await.expect("a new share");
    let (source, target) = (share.file_client("source"), share.file_client("target"));
    let options = CreateFile { size: 4, body: Some("data".into()), ..Default::default() };
    source.create(&options).await.expect("a new file");
    target.create(&options).await.expect("a new file");
    let expires_on = OffsetDateTime::now_utc() + Duration::hours(1);
    let sas = share.generate_sas(SasPermissions::READ, expires_on).expect("a key to sign with");
    let source = source.copy_source(Some(&sas));
    target.put_range_from_url(&source, 0, 0, 4, LastWrite::Now).await.expect("a copy");

    let log = String::from_utf8(log.0.lock().expect("no writer panics").clone()).expect("text");
    let signature = sas.as_query().rsplit("sig=").next().expect("a signature");
    let decoded = percent_encoding::percent_decode_str(signature).decode_utf8().expect("base64");
    assert!(log.contains("/one/share/target"), "the request was logged: {log}");
    for secret in [KEY, signature, &decoded, "SharedKey one:"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
