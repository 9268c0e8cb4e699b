//! What the real service answered, as far as it was recorded, is read as it was meant.
//!
//! The recordings are not part of this repository; without them these tests say so and check nothing.

use crate::fake::{FakeHttp, Reply};
use crate::*;
use bytes::Bytes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/recordings");

#[derive(Deserialize)]
struct Exchange {
    source: String,
    seq: u32,
    op: String,
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Deserialize)]
struct RecordedRequest {
    path_and_query: String,
}

#[derive(Deserialize)]
struct RecordedResponse {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_b64: Option<String>,
    body_omitted: Option<serde_json::Value>,
}

impl Exchange {
    fn operation(&self) -> &str {
        self.op.split(['(', '+']).next().unwrap_or_default()
    }

    fn body(&self) -> Bytes {
        match (&self.response.body, &self.response.body_b64) {
            (Some(text), _) => text.clone().into(),
            (None, Some(base64)) => azure_core::base64::decode(base64).expect("base64").into(),
            (None, None) => Bytes::new(),
        }
    }

    fn has(&self, header: &str) -> bool {
        self.response.headers.contains_key(header)
    }

    fn place(&self) -> String {
        format!("{} {} of {}", self.op, self.seq, self.source)
    }

    async fn replay(&self) -> Option<Result<Read>> {
        let http = FakeHttp::answering(Reply {
            status: self.response.status,
            headers: self.response.headers.clone(),
            body: self.body(),
        });
        let share = http.share();
        let (directory, file) = (share.directory_client("d"), share.file_client("f"));
        let (metadata, smb) = (Metadata::new(), SmbProperties::default());
        let source = file.copy_source(None);
        Some(match self.operation() {
            "CreateShare" => share.create(&CreateShareOptions::default()).await.map(|_| Read::Else),
            "GetShareProperties" => share.get_properties().await.map(|_| Read::Else),
            "GetShareStats" => share.get_statistics().await.map(|_| Read::Else),
            "LeaseShare:acquire" => {
                share.acquire_lease(&"1".into(), LeaseDuration::Infinite).await.map(|()| Read::Else)
            }
            "LeaseShare:release" => share.release_lease(&"1".into()).await.map(|()| Read::Else),
            "LeaseShare:break" => share.break_lease().await.map(|()| Read::Else),
            "LeaseFile:acquire" => file.acquire_lease(&"1".into()).await.map(|()| Read::Else),
            "LeaseFile:change" => file.change_lease(&"1".into(), &"2".into()).await.map(|()| Read::Else),
            "LeaseFile:release" => file.release_lease(&"1".into()).await.map(|()| Read::Else),
            "LeaseFile:break" => file.break_lease().await.map(|()| Read::Else),
            "CopyFile" => file.start_copy(&source, &CopyFile::default()).await.map(|_| Read::Else),
            "AbortCopy" => {
                let id = "1".parse().expect("any text is an id");
                file.abort_copy(&id).await.map(|()| Read::Else)
            }
            "SnapshotShare" => share.create_snapshot(&metadata).await.map(|_| Read::Else),
            "DeleteShare" => share.delete(DeleteSnapshots::Include).await.map(|()| Read::Else),
            "CreatePermission" => {
                let permission = Permission { value: "O:SY".to_owned(), format: PermissionFormat::Sddl };
                share.create_permission(&permission).await.map(|_| Read::Else)
            }
            "GetPermission" => {
                let permission = share.get_permission(&"1*2".into(), PermissionFormat::Sddl).await;
                permission.map(|permission| Read::Text(permission.value))
            }
            "ListShares" => {
                let service = http.service(ServiceVersion::default());
                let page = service.list_shares(&ListSharesOptions::default()).await;
                page.map(|page| Read::Count(page.shares.len()))
            }
            "ListDirectoriesAndFiles" => {
                let page = directory.list_directories_and_files(&ListOptions::default()).await;
                page.map(|page| Read::Count(page.entries.len()))
            }
            "ListRanges" if self.op.ends_with("+prevsharesnapshot") => {
                let diff = file.list_ranges_diff(&"then".into(), Renamed::Followed).await;
                diff.map(|diff| Read::Count(diff.changes.len()))
            }
            "ListRanges" => file.list_ranges().await.map(|list| Read::Count(list.ranges.len())),
            "CreateDirectory" => directory.create(&CreateDirectory::default()).await.map(Read::Written),
            "GetDirectoryProperties" | "GetRootDirectoryProperties" => {
                directory.get_properties().await.map(|properties| Read::Written(properties.written))
            }
            "SetDirectoryProperties" => directory.set_properties(&smb).await.map(Read::Written),
            "SetDirectoryMetadata" => directory.set_metadata(&metadata).await.map(|_| Read::Else),
            "DeleteDirectory" => directory.delete().await.map(|()| Read::Else),
            "RenameDirectory" => directory.rename("e", &RenameOptions::default()).await.map(Read::Written),
            "CreateFile" => file.create(&CreateFile::default()).await.map(Read::Written),
            "GetFileProperties" => {
                file.get_properties().await.map(|properties| Read::Written(properties.written))
            }
            "SetFileProperties" => {
                file.set_properties(&SetFileProperties::default()).await.map(Read::Written)
            }
            "SetFileMetadata" => file.set_metadata(&metadata).await.map(|_| Read::Else),
            "DeleteFile" => file.delete().await.map(|()| Read::Else),
            "RenameFile" => file.rename("g", &RenameOptions::default()).await.map(Read::Written),
            "PutRange" => file.put_range(0, "a".into(), LastWrite::Now).await.map(|_| Read::Else),
            "ClearRange" => file.clear_range(0, 1, LastWrite::Now).await.map(|_| Read::Else),
            "PutRangeFromURL" => {
                file.put_range_from_url(&source, 0, 0, 1, LastWrite::Now).await.map(|_| Read::Else)
            }
            _ => return None,
        })
    }
}

/// What can be compared with the recording.
#[derive(Debug)]
enum Read {
    Written(Written),
    Count(usize),
    Text(String),
    Else,
}

fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(RECORDINGS);
    let Ok(files) = folder.read_dir() else {
        #[allow(clippy::print_stderr, reason = "a test that checks nothing says so")]
        {
            eprintln!("No recorded exchanges here: nothing was checked against them");
        }
        return Vec::new();
    };
    let mut exchanges = Vec::new();
    for file in files {
        let path = file.expect("a folder entry").path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read_to_string(&path).expect("a readable recording");
            exchanges.extend(
                text.lines().map(|line| serde_json::from_str::<Exchange>(line).expect("an exchange a line")),
            );
        }
    }
    assert!(exchanges.len() > 1000, "{} exchanges", exchanges.len());
    exchanges
}

#[tokio::test]
async fn every_recorded_refusal_keeps_its_code() {
    let mut checked = 0;
    for exchange in exchanges().iter().filter(|exchange| exchange.response.status >= 400) {
        let Some(result) = exchange.replay().await else { continue };
        let error = result.expect_err(&exchange.place());
        assert_eq!(error.status, Some(exchange.response.status), "{}", exchange.place());
        if let Some(code) = exchange.response.headers.get("x-ms-error-code") {
            assert!(error.is_code(code), "{}: {error}", exchange.place());
        }
        if let Some(code) = exchange.response.headers.get("x-ms-copy-source-error-code") {
            assert_eq!(error.kind, ErrorKind::CopySource, "{}", exchange.place());
            let source = error.copy_source.as_deref().and_then(|source| source.code.as_ref());
            assert_eq!(source, Some(code), "{}", exchange.place());
        }
        checked += 1;
    }
    assert!(checked == 0 || checked > 80, "{checked} refusals");
}

#[tokio::test]
async fn every_recorded_success_is_read() {
    let mut checked = 0;
    for exchange in exchanges().iter().filter(|exchange| exchange.response.status < 300) {
        // Before 2019-02-02, and on NFS shares, the answer has no SMB properties. Get Properties of a directory
        // can lack them for the same reason; lists lack what was not asked for.
        if exchange.response.body_omitted.is_some() {
            continue;
        }
        let Some(result) = exchange.replay().await else { continue };
        let place = exchange.place();
        match result {
            Ok(Read::Written(written)) => {
                assert_eq!(written.attributes.to_string(), exchange.response.headers["x-ms-file-attributes"]);
                let change_time = &exchange.response.headers["x-ms-file-change-time"];
                assert_eq!(&written.change_time.to_string(), change_time, "{place}");
            }
            Ok(Read::Count(count)) => assert_eq!(count, exchange.items(), "{place}"),
            Ok(Read::Text(text)) => assert!(text.starts_with("O:S-1-5-"), "{place}"),
            Ok(Read::Else) => {}
            Err(error) => {
                assert!(!exchange.is_complete(), "{place}: {error}: {:?}", std::error::Error::source(&error));
                assert_eq!(error.kind, ErrorKind::Protocol, "{place}");
            }
        }
        checked += 1;
    }
    assert!(checked == 0 || checked > 500, "{checked} successes");
}

impl Exchange {
    /// Counted in the raw text.
    fn items(&self) -> usize {
        let body = self.body();
        let body = String::from_utf8_lossy(&body);
        ["<File>", "<Directory>", "<Share>", "<Range>", "<ClearRange>"]
            .iter()
            .map(|element| body.matches(element).count())
            .sum()
    }

    /// Has all that a request of ours would have brought.
    fn is_complete(&self) -> bool {
        match self.operation() {
            "ListDirectoriesAndFiles" => {
                self.request.path_and_query.contains("include=") || self.items() == 0
            }
            "GetShareStats" => !self.body().windows(12).any(|text| text == b"<ShareUsage>"),
            "CreateDirectory"
            | "GetDirectoryProperties"
            | "SetDirectoryProperties"
            | "CreateFile"
            | "GetFileProperties"
            | "SetFileProperties" => self.has("x-ms-file-attributes"),
            _ => true,
        }
    }
}
