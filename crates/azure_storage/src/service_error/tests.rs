use super::*;
use crate::Repeat;
use crate::fake::{FakeHttp, Script};
use azure_core::http::headers::HeaderName;
use std::error::Error as _;

fn answered(status: u16, lines: &[(&'static str, &'static str)], body: &str) -> Error {
    let mut headers = Headers::new();
    for (name, value) in lines {
        headers.insert(HeaderName::from_static(name), *value);
    }
    from_answer("Get File Properties", "share/a", status, &headers, body.as_bytes())
}

fn check(status: u16, code: &'static str, expected: ErrorKind) {
    let error = answered(status, &[("x-ms-error-code", code)], "");
    assert_eq!(
        (error.kind, error.is_code(code), error.status),
        (expected, true, Some(status)),
        "{code} {status}"
    );
}

#[test]
fn a_code_decides_before_its_status() {
    check(404, "ResourceNotFound", ErrorKind::NotFound);
    check(412, "ParentNotFound", ErrorKind::NotFound);
    check(409, "ResourceAlreadyExists", ErrorKind::AlreadyExists);
    check(409, "ShareAlreadyExists", ErrorKind::AlreadyExists);
    check(409, "SharingViolation", ErrorKind::Conflict);
    check(409, "ReadOnlyAttribute", ErrorKind::Conflict);
    check(409, "PreviousSnapshotNotFound", ErrorKind::PreviousNotFound);
    check(409, "FileGenerationMismatch", ErrorKind::GenerationMismatch);
    check(412, "ReadOnlyAttribute", ErrorKind::Conflict);
    check(403, "ShareSizeLimitReached", ErrorKind::Conflict);
    check(413, "ShareSizeLimitReached", ErrorKind::Conflict);
    check(412, "LeaseIdMissing", ErrorKind::Precondition);
    check(503, "ServerBusy", ErrorKind::Throttled);
    check(503, "OperationTimedOut", ErrorKind::Server);
    check(500, "InternalError", ErrorKind::Server);
    check(408, "ClientCacheFlushDelay", ErrorKind::Server);
    check(403, "AuthenticationFailed", ErrorKind::Unauthorized);
    check(401, "InvalidAuthenticationInfo", ErrorKind::Unauthorized);
    check(400, "FileInvalidPermissionKey", ErrorKind::Invalid);
    check(416, "InvalidRange", ErrorKind::Invalid);
    check(501, "NotImplemented", ErrorKind::Invalid);
    check(418, "SomethingNew", ErrorKind::Invalid);
}

#[test]
fn a_refused_copy_source_is_told_from_a_refused_request() {
    let error = answered(
        403,
        &[
            ("x-ms-error-code", "CannotVerifyCopySource"),
            ("x-ms-copy-source-status-code", "401"),
            ("x-ms-copy-source-error-code", "NoAuthenticationInformation"),
        ],
        "",
    );
    assert_eq!(error.kind, ErrorKind::CopySource);
    let source = error.copy_source.expect("what the source answered");
    assert_eq!((source.status, source.code.as_deref()), (Some(401), Some("NoAuthenticationInformation")));
    check(404, "CannotVerifyCopySource", ErrorKind::CopySource);
}

#[test]
fn a_head_has_its_code_in_a_header_and_others_may_have_it_in_the_body() {
    let error = answered(404, &[("x-ms-error-code", "ShareNotFound"), ("x-ms-request-id", "5c0f")], "");
    assert_eq!(error.to_string(), "Get File Properties of share/a: ShareNotFound (404), request 5c0f");
    let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ShareNotFound</Code><Message>The \
                specified share does not exist.</Message></Error>";
    assert!(answered(404, &[], body).is_code("ShareNotFound"));
    for no_xml in ["", "<html><p>Bad gateway", "{\"a\":1}", "<Error><Code></Code></Error>"] {
        assert_eq!(answered(502, &[], no_xml).code, None, "{no_xml}");
    }
}

#[test]
fn the_body_of_a_refusal_does_not_reach_the_error() {
    let body = "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>The MAC signature 'c2ln' is not \
                the same</AuthenticationErrorDetail></Error>";
    let error = answered(403, &[], body);
    assert!(!format!("{error} {error:?}").contains("c2ln"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_names_its_cause() {
    let error = FakeHttp::new([Script::LostAnswer]).send(Repeat::OnlyIfNotSent).await.expect_err("lost");
    assert_eq!(error.to_string(), "Put Range of share/a: No usable answer");
    assert_eq!(error.source().expect("a cause").to_string(), "reset");
}
