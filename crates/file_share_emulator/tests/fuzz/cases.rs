//! Requests: some nearly right, some with one odd thing in each place, some broken on the way, some no requests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::signature::account_signature;

const METHODS: [&str; 9] = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "put"];

const PATHS: [&str; 20] = [
    "/one/share",
    "/one/share/dir",
    "/one/share/dir/file",
    "/one/share/file",
    "/one/share/new",
    "/one/share/dir/deeper",
    "/one/other",
    "/one/one",
    "/one/",
    "/one",
    "/",
    "//",
    "/one//share//file",
    "/share/file.",
    "/one/share/..",
    "/one/share/%2e%2e/file",
    "/one/share/a%00b",
    "/one/share/%ff%fe",
    "/one/share/%EF%BF%BF",
    "http://127.0.0.1/one/share/file",
];

const PARAMETERS: [&str; 24] = [
    "restype",
    "comp",
    "include",
    "prefix",
    "marker",
    "maxresults",
    "sharesnapshot",
    "prevsharesnapshot",
    "timeout",
    "copyid",
    "sv",
    "se",
    "st",
    "sp",
    "sr",
    "sig",
    "si",
    "sip",
    "spr",
    "ss",
    "srt",
    "skoid",
    "sdd",
    "sharesnapshot",
];

const VALUES: [&str; 42] = [
    "share",
    "directory",
    "service",
    "symboliclink",
    "list",
    "metadata",
    "properties",
    "acl",
    "lease",
    "snapshot",
    "stats",
    "range",
    "rangelist",
    "rename",
    "copy",
    "listhandles",
    "forceclosehandles",
    "filepermission",
    "undelete",
    "userdelegationkey",
    "timestamps,Etag,Attributes,PermissionKey",
    "snapshots,deleted",
    "2026-11-18T22:01:07.0000000Z",
    "9999-12-31T23:59:59.9999999Z",
    "0001-01-01T00:00:00.0000000Z",
    "1!8!ZmlsZTI-",
    "1!99999999999999999999!x",
    "!",
    "0",
    "1",
    "-1",
    "5000",
    "18446744073709551615",
    "99999999999999999999",
    "%",
    "%zz",
    "%C3%28",
    "%F0%9F%98%80",
    "a%26b%3D",
    "\u{FEFF}",
    "true",
    "f",
];

const HEADERS: [&str; 46] = [
    "x-ms-version",
    "x-ms-date",
    "x-ms-type",
    "x-ms-content-length",
    "x-ms-range",
    "range",
    "x-ms-write",
    "x-ms-source-range",
    "x-ms-copy-source",
    "x-ms-copy-source-authorization",
    "x-ms-copy-action",
    "x-ms-file-rename-source",
    "x-ms-file-rename-replace-if-exists",
    "x-ms-file-rename-ignore-readonly",
    "x-ms-file-attributes",
    "x-ms-file-creation-time",
    "x-ms-file-last-write-time",
    "x-ms-file-change-time",
    "x-ms-file-permission",
    "x-ms-file-permission-key",
    "x-ms-file-permission-format",
    "x-ms-file-property-semantics",
    "x-ms-lease-id",
    "x-ms-lease-action",
    "x-ms-lease-duration",
    "x-ms-proposed-lease-id",
    "x-ms-lease-break-period",
    "x-ms-meta-a",
    "x-ms-meta-",
    "x-ms-meta-ü",
    "x-ms-share-quota",
    "x-ms-enabled-protocols",
    "x-ms-access-tier",
    "x-ms-delete-snapshots",
    "x-ms-deleted-share-name",
    "x-ms-deleted-share-version",
    "x-ms-handle-id",
    "x-ms-recursive",
    "x-ms-range-get-content-md5",
    "content-md5",
    "content-length",
    "transfer-encoding",
    "expect",
    "authorization",
    "x-ms-file-request-intent",
    "x-ms-client-request-id",
];

const HEADER_VALUES: [&str; 44] = [
    "",
    "true",
    "false",
    "file",
    "directory",
    "now",
    "preserve",
    "inherit",
    "update",
    "clear",
    "acquire",
    "break",
    "change",
    "release",
    "renew",
    "include",
    "Restore",
    "New",
    "Binary",
    "Sddl",
    "backup",
    "0",
    "1",
    "-1",
    "15",
    "512",
    "4194305",
    "4398046511104",
    "18446744073709551615",
    "bytes=0-511",
    "bytes=512-",
    "bytes=1-0",
    "bytes=18446744073709551614-18446744073709551615",
    "2019-02-02",
    "2026-06-06",
    "9999-99-99",
    "9999-12-31T23:59:59.9999999Z",
    "0001-01-01T00:00:00Z",
    "None|ReadOnly",
    "Hidden|Directory",
    "00000000-0000-0000-0000-000000000000",
    "http://127.0.0.1:1/one/share/file?sig=x",
    "O:SYG:SYD:(A;;FA;;;SY)",
    "SharedKey one:AAAA",
];

const BODIES: [&str; 9] = [
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers><SignedIdentifier><Id>a</Id><AccessPolicy><Start>\
     2026-01-01</Start><Expiry>2099-01-01T00:00:00Z</Expiry><Permission>rwd</Permission></AccessPolicy>\
     </SignedIdentifier></SignedIdentifiers>",
    "<StorageServiceProperties><HourMetrics><Version>1.0</Version><Enabled>true</Enabled></HourMetrics><Cors/>\
     <ShareDeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days></ShareDeleteRetentionPolicy>\
     </StorageServiceProperties>",
    "<KeyInfo><Start>2026-01-01T00:00:00Z</Start><Expiry>9999-12-31T23:59:59Z</Expiry></KeyInfo>",
    "{\"permission\":\"O:SYG:SYD:(A;;FA;;;SY)\"}",
    "{\"permission\":\"AQAEgA\",\"format\":\"binary\"}",
    "<a><a><a>",
    "<!DOCTYPE a [<!ENTITY b \"&b;\">]><a>&b;</a>",
    "\u{FEFF}<SignedIdentifiers />",
    "]]>&#0;&amp;<![CDATA[",
];

/// What the cases need: a share, a directory and a file in it, and a file with content.
pub(crate) fn preparation() -> Vec<Vec<u8>> {
    let file = "x-ms-type: file\r\nx-ms-content-length: 1024\r\n";
    [
        ("/one/share?restype=share&", ""),
        ("/one/share/dir?restype=directory&", ""),
        ("/one/share/dir/file?", file),
        ("/one/share/file?", file),
    ]
    .map(|(target, headers)| request("PUT", target, headers, b""))
    .to_vec()
}

/// Answered 200 whatever came before. (A signature's holder may delete the share, but not the account.)
pub(crate) fn alive() -> Vec<u8> {
    request("GET", "/one/?comp=list&", "", b"")
}

pub(crate) fn anything() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![8 => made(), 3 => broken(), 1 => vec(any::<u8>(), 0..600)];
    vec(one, 1..3).prop_map(|requests| requests.concat())
}

fn made() -> impl Strategy<Value = Vec<u8>> {
    let value = || prop_oneof![6 => select(&VALUES[..]).prop_map(str::to_owned), 1 => "[!-~]{0,40}"];
    let text = prop_oneof![6 => select(&HEADER_VALUES[..]).prop_map(|value| value.as_bytes().to_vec()),
        1 => "[ -~]{0,300}".prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..40)];
    let parameters = vec((select(&PARAMETERS[..]), value()), 0..4);
    let headers = vec((select(&HEADERS[..]), text), 0..8);
    let path = prop_oneof![8 => select(&PATHS[..]).prop_map(str::to_owned), 1 => "/one/share/[!-~]{1,300}"];
    (select(&METHODS[..]), path, parameters, headers, body(), any::<[bool; 3]>()).prop_map(
        |(method, path, parameters, headers, body, [is_signed, is_usual, has_length])| {
            let mut target = path + "?";
            for (name, value) in parameters {
                target.push_str(&format!("{name}={value}&"));
            }
            if is_signed || is_usual {
                target.push_str(&account_signature());
            }
            let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n").into_bytes();
            if is_usual {
                bytes.extend(b"x-ms-version: 2026-06-06\r\nx-ms-type: file\r\nx-ms-content-length: 1024\r\n");
            }
            for (name, value) in headers {
                bytes.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
            }
            if has_length || is_usual {
                bytes.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
            }
            [bytes, b"\r\n".to_vec(), body].concat()
        },
    )
}

/// Cut off, doubled, or with a few other bytes.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (made(), vec(change, 0..4), option::of(any::<prop::sample::Index>())).prop_map(
        |(mut bytes, changes, end)| {
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let end = end.map_or(bytes.len(), |end| end.index(bytes.len()));
            bytes.truncate(end);
            bytes
        },
    )
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let xml = (select(&BODIES[..]), any::<prop::sample::Index>(), "[<>/&;a-zA-Z0-9 \"=]{0,30}").prop_map(
        |(text, place, odd)| {
            let place = (0..=place.index(text.len())).rev().find(|at| text.is_char_boundary(*at));
            let (left, right) = text.split_at(place.unwrap_or(0));
            format!("{left}{odd}{right}").into_bytes()
        },
    );
    let deep = (1_usize..20_000).prop_map(|depth| "<a>".repeat(depth).into_bytes());
    let intact = select(&BODIES[..]).prop_map(|text| text.as_bytes().to_vec());
    prop_oneof![
        4 => Just(Vec::new()),
        2 => intact,
        2 => xml,
        1 => vec(any::<u8>(), 0..2000),
        1 => Just(vec![0; 1024]),
        1 => deep,
    ]
}

fn request(method: &str, target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let signature = account_signature();
    let head = format!(
        "{method} {target}{signature} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nx-ms-version: 2026-06-06\r\n\
         {headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
