use crate::fake::{FakeHttp, Reply};
use crate::*;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts who passes.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl Gate for Counting {
    async fn enter(&self) -> std::result::Result<Deadline, GateClosed> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Deadline::after(Duration::from_secs(60)))
    }
}

#[derive(Debug)]
struct Closed;

#[async_trait]
impl Gate for Closed {
    async fn enter(&self) -> std::result::Result<Deadline, GateClosed> {
        Err(GateClosed)
    }
}

/// Each operation once, in the order of [`Operation`]; what they answer does not matter here.
async fn all_operations(service: &ShareServiceClient) -> Vec<Option<Error>> {
    let share = service.share_client("share");
    let (directory, file) = (share.directory_client("d"), share.file_client("f"));
    let (metadata, smb) = (Metadata::new(), SmbProperties::default());
    let permission = Permission { value: "O:SY".to_owned(), format: PermissionFormat::Sddl };
    let source = file.copy_source(None);
    vec![
        directory.create(&CreateDirectory::default()).await.err(),
        file.create(&CreateFile::default()).await.err(),
        share.create_permission(&permission).await.err(),
        share.create(&CreateShareOptions::default()).await.err(),
        directory.delete().await.err(),
        file.delete().await.err(),
        share.delete_snapshot(&"then".into()).await.err(),
        directory.get_properties().await.err(),
        file.get(None).await.err(),
        file.get_properties().await.err(),
        share.get_permission(&"1*2".into(), PermissionFormat::Sddl).await.err(),
        share.get_properties().await.err(),
        share.get_statistics().await.err(),
        share.break_lease().await.err(),
        directory.list_directories_and_files(&ListOptions::default()).await.err(),
        file.list_ranges().await.err(),
        service.list_shares(&ListSharesOptions::default()).await.err(),
        file.put_range(0, "a".into(), LastWrite::Now).await.err(),
        file.put_range_from_url(&source, 0, 0, 1, LastWrite::Now).await.err(),
        directory.rename("e", &RenameOptions::default()).await.err(),
        file.rename("g", &RenameOptions::default()).await.err(),
        directory.set_metadata(&metadata).await.err(),
        directory.set_properties(&smb).await.err(),
        file.set_metadata(&metadata).await.err(),
        file.set_properties(&SetFileProperties::default()).await.err(),
        share.create_snapshot(&metadata).await.err(),
    ]
}

const ALL: usize = 26;

/// These can be done at any time and any number of times.
const HARMLESS: [Operation; 10] = [
    Operation::CreatePermission,
    Operation::GetDirectoryProperties,
    Operation::GetFile,
    Operation::GetFileProperties,
    Operation::GetPermission,
    Operation::GetShareProperties,
    Operation::GetShareStatistics,
    Operation::ListDirectoriesAndFiles,
    Operation::ListRanges,
    Operation::ListShares,
];

fn answering(status: u16) -> Arc<FakeHttp> {
    FakeHttp::answering(Reply { status, ..Default::default() })
}

#[tokio::test]
async fn all_that_changes_the_share_passes_the_gate_and_says_its_time_limit() {
    let http = answering(404);
    let gate = Arc::new(Counting::default());
    let unsettled = Unsettled::default();
    let options = ClientOptions {
        gate: Some(gate.clone()),
        unsettled: unsettled.clone(),
        request_limit: Some(Duration::from_millis(2_500)),
        ..Default::default()
    };
    all_operations(&http.service_with(options)).await;
    let operations = http.operations.lock().expect("no test panics with it").clone();
    let mut limited = 0;
    assert!(operations.is_sorted() && operations.len() == ALL, "{operations:?}");
    for (operation, sent) in operations.iter().zip(http.sent()) {
        let is_limited = sent.url.contains("&timeout=2") || sent.url.contains("?timeout=2");
        assert_eq!(is_limited, !HARMLESS.contains(operation), "{operation:?}: {}", sent.url);
        limited += usize::from(is_limited);
    }
    assert_eq!(gate.0.load(Ordering::Relaxed), limited);
    assert_eq!((unsettled.count(), limited), (0, ALL - HARMLESS.len()));
}

#[tokio::test]
async fn without_a_limit_no_request_says_one() {
    let http = answering(404);
    all_operations(&http.service(ServiceVersion::default())).await;
    assert!(http.sent().iter().all(|sent| !sent.url.contains("timeout")));
}

#[tokio::test]
async fn behind_a_closed_gate_one_can_only_look() {
    let http = answering(404);
    let options = ClientOptions { gate: Some(Arc::new(Closed)), ..Default::default() };
    let errors = all_operations(&http.service_with(options)).await;
    assert_eq!(*http.operations.lock().expect("no test panics with it"), HARMLESS);
    let closed = errors.iter().flatten().filter(|error| error.kind == ErrorKind::Closed);
    assert_eq!(closed.count(), ALL - HARMLESS.len());
}

#[tokio::test]
async fn only_writes_are_noted_when_the_service_fails() {
    let http = answering(500);
    let unsettled = Unsettled::default();
    let options = ClientOptions { unsettled: unsettled.clone(), ..Default::default() };
    all_operations(&http.service_with(options)).await;
    assert_eq!(unsettled.count(), (ALL - HARMLESS.len()) as u64);
}

#[tokio::test]
async fn another_version_of_a_client_stands_before_the_same_gate() {
    let http = answering(404);
    let options = ClientOptions { gate: Some(Arc::new(Closed)), ..Default::default() };
    let old = http.service_with(options).with_version(ServiceVersion::V2024_11_04);
    let error = old.share_client("share").file_client("f").delete().await.expect_err("closed");
    assert_eq!((error.kind, http.sent().len()), (ErrorKind::Closed, 0));
}
