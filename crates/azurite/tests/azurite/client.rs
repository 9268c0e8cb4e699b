//! Requests to a table service, signed here and sent without the client crate.

use azurite::Azurite;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::{Method, RequestBuilder, Url};
use sha2::Sha256;
use time::OffsetDateTime;
use time::macros::format_description;

/// The test's own connections, kept open between its requests.
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: Url,
    account: String,
    key: Vec<u8>,
}

impl Client {
    pub(crate) fn new(azurite: &Azurite, endpoint: &Url) -> Client {
        let http = reqwest::Client::builder().no_proxy().build().expect("client");
        let key = STANDARD.decode(azurite.key()).expect("the key is base64");
        Client { http, endpoint: endpoint.clone(), account: azurite.account().to_string(), key }
    }

    /// With SharedKeyLite, which covers the date and the path.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = Url::parse(&format!("{}/{path}", self.endpoint)).expect("the path is legal");
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = OffsetDateTime::now_utc().format(&format).expect("now can be written");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length will do");
        mac.update(format!("{date}\n/{}{}", self.account, url.path()).as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        self.http
            .request(method, url)
            .header("x-ms-date", date)
            .header("x-ms-version", "2019-02-02")
            .header("authorization", format!("SharedKeyLite {}:{signature}", self.account))
            .header("accept", "application/json;odata=nometadata")
            .header("content-type", "application/json")
    }

    pub(crate) fn create_table(&self, name: &str) -> RequestBuilder {
        self.request(Method::POST, "Tables").body(format!(r#"{{"TableName":"{name}"}}"#))
    }
}
