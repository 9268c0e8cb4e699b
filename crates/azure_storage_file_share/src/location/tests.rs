use crate::fake::{self, FakeHttp, Reply};
use crate::*;

fn http() -> std::sync::Arc<FakeHttp> {
    FakeHttp::answering(Reply { status: 404, ..Default::default() })
}

/// A file of this name is asked for; what stands in the URL?
async fn check(name: &str, expected: &str) {
    let http = http();
    http.share().file_client(&format!("dir/{name}")).delete().await.expect_err("a 404");
    let url = http.last().url;
    assert_eq!(url, format!("https://account.file.core.windows.net/share/dir/{expected}"));
    let decoded = percent_encoding::percent_decode_str(url.rsplit('/').next().unwrap_or_default());
    assert_eq!(decoded.decode_utf8().expect("UTF-8"), name);
}

#[tokio::test]
async fn names_keep_every_character() {
    check("plain.txt", "plain.txt").await;
    check("50%.txt", "50%25.txt").await;
    check("%41%2F", "%2541%252F").await;
    check("a+b & c=d;e", "a%2Bb%20%26%20c%3Dd%3Be").await;
    check("#1?", "%231%3F").await;
    check("[x]{y}^~'`!@$,()", "%5Bx%5D%7By%7D%5E~%27%60%21%40%24%2C%28%29").await;
    check("trailing. ", "trailing.%20").await;
    check("...", "...").await;
    check(".hidden", ".hidden").await;
    check("naïve", "na%C3%AFve").await;
    check("nai\u{308}ve", "nai%CC%88ve").await;
    check("🦀", "%F0%9F%A6%80").await;
    check("\u{fffe}", "%EF%BF%BE").await;
    check("%2e%2e", "%252e%252e").await;
    check("tab\there", "tab%09here").await;
}

#[tokio::test]
async fn names_that_a_url_would_drop_are_refused_before_they_are_sent() {
    for path in ["", ".", "..", "a/../b", "a//b", "/a", "a/"] {
        let http = http();
        let file = http.share().file_client(path);
        let error = file.create(&CreateFile::default()).await.expect_err(path);
        assert_eq!(error.kind, ErrorKind::Invalid, "{path:?}");
        assert!(error.is_code("InvalidFileOrDirectoryPathName"), "{path:?}");
        let error =
            http.share().file_client("b").rename(path, &RenameOptions::default()).await.expect_err(path);
        assert_eq!(error.kind, ErrorKind::Invalid, "{path:?}");
        let error = file.rename("b", &RenameOptions::default()).await.expect_err(path);
        assert_eq!(error.kind, ErrorKind::Invalid, "{path:?}");
        assert!(!file.copy_source(None).is_usable(), "{path:?}");
        assert_eq!(http.sent().len(), 0, "{path:?}");
    }
    for share in ["", ".", ".."] {
        let http = http();
        let client = http.service(ServiceVersion::default()).share_client(share);
        client.delete(DeleteSnapshots::Include).await.expect_err(share);
        assert_eq!(http.sent().len(), 0, "{share:?}");
    }
}

#[tokio::test]
async fn the_root_directory_is_the_share() {
    let http = http();
    let share = http.share();
    for root in [share.root_directory_client(), share.directory_client("")] {
        root.get_properties().await.expect_err("a 404");
        assert_eq!(http.last().url, "https://account.file.core.windows.net/share?restype=directory");
    }
}

#[tokio::test]
async fn path_style_endpoints_keep_the_account_in_the_path() {
    let credential = Credential::SharedKey(SharedKey::new("acct", fake::KEY).expect("base64"));
    for endpoint in ["http://127.0.0.1:10004/acct", "http://127.0.0.1:10004/acct/"] {
        let endpoint = url::Url::parse(endpoint).expect("a URL");
        let service =
            ShareServiceClient::new(&endpoint, "acct", credential.clone(), ClientOptions::default());
        let share = service.expect("a client").share_client("share");
        assert_eq!(share.url().as_str(), "http://127.0.0.1:10004/acct/share");
        assert_eq!(share.file_client("a/b c").url().as_str(), "http://127.0.0.1:10004/acct/share/a/b%20c");
    }
}

#[test]
fn an_endpoint_with_a_signature_is_refused() {
    let credential = Credential::SharedKey(SharedKey::new("acct", fake::KEY).expect("base64"));
    for endpoint in ["https://acct.file.core.windows.net/?sig=c2ln", "https://u:p@host/", "data:text"] {
        let endpoint = url::Url::parse(endpoint).expect("a URL");
        let error = ShareServiceClient::new(&endpoint, "acct", credential.clone(), ClientOptions::default());
        assert_eq!(
            error.expect_err("refused").to_string(),
            "Open the file service of account acct: InvalidUri"
        );
    }
}

#[tokio::test]
async fn a_share_snapshot_is_read_and_never_written() {
    let http = http();
    let share = http.share().with_snapshot(&"2026-11-18T22:01:07.0000000Z".into());
    let (directory, file) = (share.directory_client("d"), share.file_client("d/f"));
    let smb = SmbProperties::default();
    let errors = [
        share.create(&CreateShareOptions::default()).await.expect_err("a write"),
        share.create_snapshot(&Metadata::new()).await.expect_err("a write"),
        share.delete(DeleteSnapshots::Include).await.expect_err("a write"),
        directory.create(&CreateDirectory::default()).await.expect_err("a write"),
        directory.set_properties(&smb).await.expect_err("a write"),
        directory.set_metadata(&Metadata::new()).await.expect_err("a write"),
        directory.delete().await.expect_err("a write"),
        file.create(&CreateFile::default()).await.expect_err("a write"),
        file.put_range(0, "a".into(), LastWrite::Now).await.expect_err("a write"),
        file.clear_range(0, 1, LastWrite::Now).await.expect_err("a write"),
        file.rename("g", &RenameOptions::default()).await.expect_err("a write"),
        file.delete().await.expect_err("a write"),
    ];
    for error in errors {
        assert!(error.is_code("InvalidQueryParameterValue") && error.kind == ErrorKind::Invalid, "{error}");
    }
    let nameless = http.share().with_snapshot(&"".into());
    nameless.file_client("a").get(None).await.expect_err("it might be read from the live share");
    assert_eq!(http.sent().len(), 0);

    let error = file.get_properties().await.expect_err("a 404");
    assert_eq!(
        http.last().url,
        "https://account.file.core.windows.net/share/d/f?sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z"
    );
    assert_eq!(
        error.to_string(),
        "Get File Properties of share/d/f at 2026-11-18T22:01:07.0000000Z: Not found (404)"
    );
}

#[test]
fn clients_show_where_they_point_and_no_secret() {
    let share = http().share().with_snapshot(&"then".into());
    let shown = format!("{share:?} {:?} {:?}", share.file_client("a"), share.directory_client(""));
    assert!(
        shown.contains("share/a at then of account account") && !shown.contains(&fake::KEY[..8]),
        "{shown}"
    );
}

#[tokio::test]
async fn within_a_directory_paths_are_counted_from_it_and_the_share_stays_what_it_is() {
    let http = FakeHttp::answering(Reply { status: 200, ..Default::default() });
    let share = http.share().within("/a b/c/");
    assert_eq!(share.file_client("d/e").path(), "a b/c/d/e");
    assert_eq!(share.directory_client("").path(), "a b/c");
    assert_eq!(share.root_directory_client().path(), "a b/c");
    assert!(share.file_client("d").url().as_str().ends_with("/share/a%20b/c/d"));
    assert!(share.url().as_str().ends_with("/share"));
    let snapshot = share.with_snapshot(&"then".into());
    assert_eq!(snapshot.directory_client("d").path(), "a b/c/d");
    assert_eq!(http.share().within("").directory_client("").path(), "");
}
