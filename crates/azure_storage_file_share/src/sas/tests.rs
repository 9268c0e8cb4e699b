use super::*;
use crate::fake::{FakeHttp, KEY, Reply};
use crate::{CopySource, ErrorKind, LastWrite, ShareClient, ShareServiceClient};
use time::macros::datetime;

fn share() -> ShareClient {
    FakeHttp::answering(Reply { status: 403, ..Default::default() }).share()
}

fn sas() -> Sas {
    let permissions = SasPermissions { list: true, ..SasPermissions::READ };
    share().generate_sas(permissions, datetime!(2026-11-18 23:01:07.5 +1)).expect("a key to sign with")
}

#[test]
fn a_share_is_signed_field_by_field() {
    let fields = Fields {
        permissions: "rl".to_owned(),
        expiry: "2026-11-18T22:01:07Z".to_owned(),
        protocol: "https",
        version: "2026-06-06",
    };
    assert_eq!(
        fields.string_to_sign("account", "share"),
        "rl\n\n2026-11-18T22:01:07Z\n/file/account/share\n\n\nhttps\n2026-06-06\n\n\n\n\n"
    );
}

/// The signature was computed independently, with Python's hmac.
#[test]
fn a_sas_says_what_was_signed() {
    assert_eq!(
        sas().as_query(),
        "sv=2026-06-06&sr=s&sp=rl&se=2026-11-18T22%3A01%3A07Z&spr=https&sig=ctD5MpX5zC7DmgSJ68ann1qvBZx0wryC%2BSCDcgNGSQ0%3D"
    );
}

#[test]
fn permissions_come_in_the_order_of_the_service() {
    let all = SasPermissions { read: true, create: true, write: true, delete: true, list: true };
    assert_eq!(all.to_string(), "rcwdl");
}

#[test]
fn a_plain_endpoint_is_signed_for_plain_http() {
    let endpoint = url::Url::parse("http://127.0.0.1:10004/account").expect("a URL");
    let credential = Credential::SharedKey(azure_storage::SharedKey::new("account", KEY).expect("base64"));
    let service = ShareServiceClient::new(&endpoint, "account", credential, Default::default());
    let share = service.expect("a client").share_client("share");
    let sas = share.generate_sas(SasPermissions::READ, datetime!(2026-11-18 0:00 UTC)).expect("a signature");
    assert!(sas.as_query().contains("&spr=https%2Chttp&"), "{}", sas.as_query());
}

fn copy_source(path: &str) -> CopySource {
    share().with_snapshot(&"2026-11-18T22:01:07.0000000Z".into()).file_client(path).copy_source(Some(&sas()))
}

#[test]
fn a_copy_source_is_a_full_address_and_shows_none_of_its_query() {
    let source = copy_source("a b/50%.txt");
    let expected = format!(
        "https://account.file.core.windows.net/share/a%20b/50%25.txt?sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z&{}",
        sas().as_query()
    );
    assert_eq!(source.address(), expected);
    let shown = format!("{source:?} {:?}", sas());
    assert_eq!(shown, "CopySource(share/a b/50%.txt at 2026-11-18T22:01:07.0000000Z) Sas(…)");
    let unsigned = share().file_client("a").copy_source(None);
    assert_eq!(unsigned.address(), "https://account.file.core.windows.net/share/a");
}

#[tokio::test]
async fn a_copy_source_that_the_service_would_not_take_is_refused_here() {
    let fits = copy_source("a");
    assert!(fits.is_usable());
    // Each of these characters takes nine bytes of an address.
    let source = copy_source(&vec!["日".repeat(100); 2].join("/"));
    assert!(source.is_usable());
    let source = copy_source(&vec!["日".repeat(100); 3].join("/"));
    assert!(!source.is_usable());
    let http = FakeHttp::answering(Reply::default());
    let copied =
        http.share().file_client("a").put_range_from_url(&source, 0, 0, 512, LastWrite::Preserve).await;
    let error = copied.expect_err("too long");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Invalid, Some("CopySourceTooLong")));
    assert_eq!(http.sent().len(), 0);
}

#[tokio::test]
async fn a_refused_copy_shows_no_signature() {
    let http = FakeHttp::answering(Reply { status: 403, ..Default::default() });
    let file = http.share().file_client("a");
    let copied = file.put_range_from_url(&copy_source("b"), 0, 512, 512, LastWrite::Preserve).await;
    let error = copied.expect_err("a 403");
    assert!(!format!("{error} {error:?}").contains("sig="));
    let sent = http.last();
    assert_eq!(sent.header("x-ms-copy-source"), Some(copy_source("b").address()));
    assert_eq!(sent.header("x-ms-source-range"), Some("bytes=0-511"));
    assert_eq!(sent.header("x-ms-range"), Some("bytes=512-1023"));
    assert_eq!(sent.header("x-ms-source-allow-trailing-dot"), Some("true"));
    assert_eq!(sent.header("x-ms-file-last-write-time"), Some("preserve"));
}
