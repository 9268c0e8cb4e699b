//! Shared access signatures as a client makes them, and as a careless or hostile one does.

use std::collections::BTreeMap;

use crate::client::{Answer, Client, sign, sign_with};

pub(crate) const EXPIRY: &str = "2099-01-01T00:00:00Z";
const RESPONSE: [&str; 5] = ["rscc", "rscd", "rsce", "rscl", "rsct"];

#[derive(Clone)]
pub(crate) struct Sas {
    fields: BTreeMap<&'static str, String>,
    /// What it is signed for: the name of the account, or the path of a share or file.
    resource: String,
}

impl Sas {
    pub(crate) fn account(account: &str, resources: &str, permissions: &str) -> Self {
        Self::new(account.to_owned(), permissions).with("ss", "f").with("srt", resources)
    }

    pub(crate) fn share(account: &str, share: &str, permissions: &str) -> Self {
        Self::new(format!("/file/{account}/{share}"), permissions).with("sr", "s")
    }

    pub(crate) fn file(account: &str, path: &str, permissions: &str) -> Self {
        Self::new(format!("/file/{account}/{path}"), permissions).with("sr", "f")
    }

    fn new(resource: String, permissions: &str) -> Self {
        let fields = [("sv", "2025-07-05"), ("sp", permissions), ("se", EXPIRY), ("spr", "https,http")];
        Self { fields: fields.map(|(name, value)| (name, value.to_owned())).into(), resource }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.insert(name, value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    /// The query, signed with the key of the accounts.
    pub(crate) fn signed(&self) -> String {
        self.bearing(&sign(&self.string_to_sign()))
    }

    /// The query, signed with the key that the service has given to a user.
    pub(crate) fn signed_with(&self, key: &Answer) -> String {
        let key = &key.elements("Value")[0];
        self.bearing(&sign_with(key, &self.string_to_sign()))
    }

    /// For the key that the service has given to a user.
    pub(crate) fn delegated(self, key: &Answer) -> Self {
        let fields = [
            ("skoid", "SignedOid"),
            ("sktid", "SignedTid"),
            ("skt", "SignedStart"),
            ("ske", "SignedExpiry"),
            ("sks", "SignedService"),
            ("skv", "SignedVersion"),
        ];
        let sas = self.with("sv", "2026-02-06").with("se", &key.elements("SignedExpiry")[0]);
        fields.into_iter().fold(sas, |sas, (name, element)| sas.with(name, &key.elements(element)[0]))
    }

    /// The query with a signature that somebody else has made.
    pub(crate) fn bearing(&self, signature: &str) -> String {
        let fields = self.fields.iter().map(|(name, value)| format!("{name}={}&", encode(value)));
        format!("{}sig={}", fields.collect::<String>(), encode(signature))
    }

    pub(crate) fn string_to_sign(&self) -> String {
        let value = |name: &str| self.fields.get(name).cloned().unwrap_or_default();
        if self.fields.contains_key("ss") || self.fields.contains_key("srt") {
            let names = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses"];
            let lines = names.map(|name| format!("{}\n", value(name)));
            return format!("{}\n{}", self.resource, lines.concat());
        }
        let signer: &[&str] = match self.fields.contains_key("skoid") {
            true => &["skoid", "sktid", "skt", "ske", "sks", "skv", "skdutid", "sduoid"],
            false => &["si"],
        };
        let mut lines = vec![value("sp"), value("st"), value("se"), self.resource.clone()];
        lines.extend(signer.iter().chain(&["sip", "spr", "sv"]).chain(&RESPONSE).map(|name| value(name)));
        lines.join("\n")
    }

    pub(crate) async fn get(&self, client: &Client, path: &str) -> Answer {
        get(client, path, &self.signed()).await
    }
}

/// GET with nothing but a query that is signed or claims to be.
pub(crate) async fn get(client: &Client, path: &str, sas: &str) -> Answer {
    let separator = if path.contains('?') { '&' } else { '?' };
    client.get(&format!("{path}{separator}{sas}")).send_as_it_is().await
}

fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = value.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}
