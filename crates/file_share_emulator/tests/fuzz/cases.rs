//! Requests: some nearly right, some with one odd thing in each place, some broken on the way, some no requests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::signature::account_signature;
use crate::words::{BODIES, HEADER_VALUES, HEADERS, METHODS, PARAMETERS, PATHS, VALUES};

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
