//! An account signature that allows everything, so that what is wrong with a request is all that can be wrong.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

pub(crate) const KEY: &str = "a2V5";

const FIELDS: [(&str, &str); 6] = [
    ("sp", "rwdlcup"),
    ("ss", "f"),
    ("srt", "sco"),
    ("se", "2099-01-01T00:00:00Z"),
    ("spr", "https,http"),
    ("sv", "2022-11-02"),
];

/// As parameters of a query.
pub(crate) fn account_signature() -> String {
    let value = |name: &str| FIELDS.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
    let mut text = "one\n".to_owned();
    for name in ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses"] {
        text.push_str(value(name));
        text.push('\n');
    }
    let key = BASE64_STANDARD.decode(KEY).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    mac.update(text.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let encoded = utf8_percent_encode(&signature, NON_ALPHANUMERIC);
    let fields = FIELDS.map(|(name, value)| format!("{name}={value}")).join("&");
    format!("{fields}&sig={encoded}")
}
