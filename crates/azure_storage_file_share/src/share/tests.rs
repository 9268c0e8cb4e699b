use super::*;
use crate::ErrorKind;
use crate::fake::{FakeHttp, Reply};

fn page(next_marker: &str, snapshots_of: &[&str]) -> Reply {
    let shares: String = snapshots_of
        .iter()
        .map(|name| {
            format!(
                "<Share><Name>{name}</Name><Snapshot>{next_marker}then</Snapshot><Properties><Last-Modified>Wed, 18 \
                 Nov 2026 21:00:00 GMT</Last-Modified><Etag>\"0x1\"</Etag></Properties></Share>"
            )
        })
        .collect();
    let base = shares.replace(&format!("<Snapshot>{next_marker}then</Snapshot>"), "");
    let body = format!(
        "<EnumerationResults><Shares>{shares}{base}</Shares><NextMarker>{next_marker}</NextMarker></EnumerationResults>"
    );
    Reply { status: 200, body: body.into(), ..Default::default() }
}

#[tokio::test]
async fn share_snapshots_of_longer_names_and_shares_themselves_are_left_out() {
    let http = FakeHttp::answering(page("", &["share", "share-2"]));
    let snapshots = http.share().list_snapshots().await.expect("a list");
    assert_eq!(snapshots.len(), 1);
    assert_eq!(
        http.last().url,
        "https://account.file.core.windows.net/?comp=list&prefix=share&include=snapshots%2Cmetadata"
    );
}

#[tokio::test]
async fn all_pages_are_asked_for() {
    let http = FakeHttp::paging([page("m+1", &["share"]), page("", &["share"])]);
    let snapshots = http.share().list_snapshots().await.expect("two pages");
    assert_eq!(snapshots.iter().filter_map(|item| item.snapshot.as_ref()).count(), 2);
    assert!(http.last().url.contains("&marker=m%2B1&"), "{}", http.last().url);
}

#[tokio::test]
async fn deleting_a_share_snapshot_never_names_the_share_alone() {
    let http = FakeHttp::answering(Reply { status: 202, ..Default::default() });
    let error = http.share().delete_snapshot(&"".into()).await.expect_err("no id");
    assert_eq!((error.kind, http.sent().len()), (ErrorKind::Invalid, 0));
    http.share().delete_snapshot(&"2026-11-18T22:01:07.0000000Z".into()).await.expect("a 202");
    assert!(http.last().url.ends_with("?restype=share&sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z"));
    assert_eq!(http.last().header("x-ms-delete-snapshots"), None);
}

#[tokio::test]
async fn a_permission_is_asked_of_the_live_share() {
    let body = "\u{feff}{\"permission\":\"AQAEgA==\",\"format\":\"binary\"}";
    let http = FakeHttp::answering(Reply { status: 200, body: body.into(), ..Default::default() });
    let share = http.share().with_snapshot(&"then".into());
    let permission =
        share.get_permission(&"1*2".into(), PermissionFormat::Binary).await.expect("a permission");
    assert_eq!(permission, Permission { value: "AQAEgA==".to_owned(), format: PermissionFormat::Binary });
    let sent = http.last();
    assert_eq!(sent.url, "https://account.file.core.windows.net/share?restype=share&comp=filepermission");
    assert_eq!(sent.header("x-ms-file-permission-format"), Some("Binary"));
    let error = share.get_permission(&"1*2".into(), PermissionFormat::Sddl).await.expect_err("not SDDL");
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[tokio::test]
async fn a_permission_is_created_from_json() {
    let reply = Reply { status: 201, ..Default::default() };
    let http = FakeHttp::answering(reply);
    let permission = Permission { value: "O:S-1-\"5\"".to_owned(), format: PermissionFormat::Sddl };
    let error = http.share().create_permission(&permission).await.expect_err("no key in the answer");
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert_eq!(http.last().body, r#"{"permission":"O:S-1-\"5\"","format":"sddl"}"#);
    assert_eq!(http.last().header("content-type"), Some("application/json"));
}
