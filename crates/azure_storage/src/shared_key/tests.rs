use super::*;
use crate::fake::{FakeHttp, KEY, Script};
use crate::{Credential, Repeat};
use azure_core::http::headers::HeaderName;
use azure_core::http::{Method, Url};

fn request(method: Method, url: &str, headers: &[(&'static str, &'static str)]) -> Request {
    let mut request = Request::new(Url::parse(url).expect("a URL"), method);
    for (name, value) in headers {
        request.insert_header(HeaderName::from_static(name), *value);
    }
    request
}

fn check(request: &Request, expected: &[&str]) {
    assert_eq!(string_to_sign("account", request), expected.join("\n"));
}

#[test]
fn a_listing_is_signed_with_its_decoded_query() {
    let url = "https://account.file.core.windows.net/share/a%20b/c%2Bd+e?restype=directory&comp=list\
               &include=Timestamps%2CEtag&sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z&prefix=50%25%20%2B";
    let request = request(
        Method::Get,
        url,
        &[("x-ms-version", "2026-06-06"), ("x-ms-date", "Wed, 18 Nov 2026 22:01:07 GMT"), ("accept", "*/*")],
    );
    check(
        &request,
        &[
            "GET",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "x-ms-date:Wed, 18 Nov 2026 22:01:07 GMT",
            "x-ms-version:2026-06-06",
            "/account/share/a%20b/c%2Bd+e",
            "comp:list",
            "include:Timestamps,Etag",
            "prefix:50% +",
            "restype:directory",
            "sharesnapshot:2026-11-18T22:01:07.0000000Z",
        ],
    );
}

#[test]
fn a_body_is_signed_by_its_length_and_no_body_by_nothing() {
    let mut request = request(
        Method::Put,
        "http://127.0.0.1:10004/account/share?restype=share&comp=filepermission",
        &[("content-type", "application/json"), ("content-length", "0"), ("date", "yesterday")],
    );
    let resource = ["/account/account/share", "comp:filepermission", "restype:share"];
    let lines = |length| {
        [&["PUT", "", "", length, "", "application/json", "", "", "", "", "", ""][..], &resource].concat()
    };
    check(&request, &lines(""));
    request.set_body("{}".to_owned());
    check(&request, &lines("2"));
}

#[test]
fn header_names_are_sorted_as_the_service_sorts_them() {
    let request = request(
        Method::Put,
        "http://host/share",
        &[("x-ms-meta-a1", "2"), ("x-ms-meta-a_b", " 1 "), ("x-ms-meta-ab", "3"), ("x-ms-meta-a", "0")],
    );
    let text = string_to_sign("account", &request);
    assert!(text.contains("x-ms-meta-a:0\nx-ms-meta-a_b:1\nx-ms-meta-a1:2\nx-ms-meta-ab:3\n"), "{text}");
}

#[test]
fn parameters_of_one_name_share_a_line() {
    let request = request(Method::Get, "http://host/?b=2&A=1&a=0", &[]);
    let text = string_to_sign("account", &request);
    assert!(text.ends_with("/account/\na:0,1\nb:2"), "{text}");
}

/// Computed independently, with Python's hmac.
#[test]
fn a_signature_is_the_hmac_of_the_text() {
    let key = SharedKey::new("account", KEY).expect("base64");
    assert_eq!(key.sign("GET\n\n"), "mLrIsJtxZuTuwJqcgvuCBHeQQL5SLTSs3HIX7tqVfS0=");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_signed() {
    let http = FakeHttp::new([Script::LostAnswer, Script::Answer(201, &[])]);
    http.send(Repeat::Safe).await.expect("the second attempt");
    let authorizations = http.authorizations();
    assert_eq!(authorizations.len(), 2);
    assert!(authorizations.iter().all(|value| value.starts_with("SharedKey account:")));
}

#[test]
fn a_key_shows_in_no_debug_output() {
    let key = SharedKey::new("account", KEY).expect("base64");
    let shown = format!("{key:?} {:?}", Credential::SharedKey(key.clone()));
    assert!(shown.contains("account") && !shown.contains(&KEY[..8]), "{shown}");
}

#[test]
fn what_is_no_key_is_refused_without_being_shown() {
    for text in ["", "not base64!", "secret="] {
        let error = SharedKey::new("account", text).expect_err("no key");
        assert_eq!(error.to_string(), "The account key is not base64 text");
    }
}
