//! A signing client of some hundred lines, and an emulator with two accounts to talk to.

use std::fmt::Write;
use std::time::SystemTime;

use base64::prelude::{BASE64_STANDARD, Engine};
use file_share_emulator::{Account, AccountConfig, Config, Emulator};
use hmac::{Hmac, Mac};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Method, Response, Url};
use serde_json::Value;
use sha2::Sha256;

/// The published key of Microsoft's storage emulators.
pub(crate) const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
pub(crate) const VERSION: &str = "2026-06-06";

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) one: Client,
    pub(crate) two: Client,
}

pub(crate) struct Client {
    pub(crate) account: Account,
    http: reqwest::Client,
}

pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
    account: Account,
    http: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Two accounts, `one` with a share named `share`.
pub(crate) async fn world() -> World {
    world_with(Config::default()).await
}

pub(crate) async fn world_with(config: Config) -> World {
    let account = |name: &str| AccountConfig::new(name, KEY);
    let config = Config { accounts: vec![account("one"), account("two")], ..config };
    let emulator = Emulator::start(config).await.expect("the emulator starts");
    let client = |name| Client::new(emulator.account(name).clone());
    let (one, two) = (client("one"), client("two"));
    one.put("/share?restype=share").send().await.expect(201);
    World { emulator, one, two }
}

/// With a control API.
pub(crate) async fn controlled() -> World {
    world_with(Config { control_port: Some(0), ..Config::default() }).await
}

/// Asks the control API.
pub(crate) async fn control(world: &World, method: &str, path: &str, body: &str) -> (u16, Value) {
    let url = world.emulator.control().expect("a control API").join(path).expect("a URL");
    let method = method.parse().expect("a method");
    let answer = reqwest::Client::new().request(method, url).body(body.to_owned()).send().await;
    let answer = answer.expect("an answer");
    let (status, text) = (answer.status().as_u16(), answer.text().await.expect("text"));
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl World {
    /// The account by https; with the other ways it shares no connection.
    pub(crate) fn secure(&self, name: &str) -> Client {
        let mut account = self.emulator.account(name).clone();
        account.endpoint = account.https_endpoint.clone();
        let authority = Certificate::from_pem(self.emulator.authority().as_bytes()).expect("a certificate");
        let http = reqwest::Client::builder().tls_certs_only([authority]).build().expect("an HTTP client");
        Client { account, http }
    }
}

impl Client {
    pub(crate) fn new(account: Account) -> Self {
        Self { account, http: reqwest::Client::new() }
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    pub(crate) fn head(&self, path: &str) -> Request {
        self.request(Method::HEAD, path)
    }

    pub(crate) fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    pub(crate) fn create_file(&self, path: &str, size: u64) -> Request {
        self.put(path).header("x-ms-type", "file").header("x-ms-content-length", &size.to_string())
    }

    pub(crate) fn put_range(&self, path: &str, offset: usize, body: &[u8]) -> Request {
        let range = format!("bytes={offset}-{}", offset + body.len() - 1);
        self.put(&format!("{path}?comp=range"))
            .header("x-ms-write", "update")
            .header("x-ms-range", &range)
            .body(body)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let url = Url::parse(&format!("{}{path}", self.account.endpoint)).expect("a URL");
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            account: self.account.clone(),
            http: self.http.clone(),
        }
    }

    /// What the service answers as the URL of a resource.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.account.endpoint)
    }
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Signs with Shared Key and sends.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("the emulator answers")
    }

    pub(crate) async fn try_send(self) -> reqwest::Result<Answer> {
        self.signed().try_send_as_it_is().await
    }

    pub(crate) fn signed(self) -> Self {
        let request = self.dated();
        let credentials = format!("SharedKey {}:{}", request.account.name, sign(&request.string_to_sign()));
        request.header("authorization", &credentials)
    }

    /// The same request by the connections of another client.
    pub(crate) fn through(self, client: &Client) -> Self {
        Self { http: client.http.clone(), ..self }
    }

    pub(crate) async fn send_as_it_is(self) -> Answer {
        self.try_send_as_it_is().await.expect("the emulator answers")
    }

    async fn try_send_as_it_is(self) -> reqwest::Result<Answer> {
        let response = self.start().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        })
    }

    /// The answer up to its headers.
    pub(crate) async fn start(self) -> reqwest::Result<Response> {
        let length = self.body.len();
        let mut request = self.http.request(self.method.clone(), self.url).headers(self.headers);
        if self.method == Method::PUT || self.method == Method::POST {
            request = request.header("content-length", length).body(self.body);
        }
        request.send().await
    }

    /// With `x-ms-date` and `x-ms-version`, unless the test has set them.
    pub(crate) fn dated(mut self) -> Self {
        if !self.headers.contains_key("x-ms-date") {
            self = self.header("x-ms-date", &rfc1123(SystemTime::now()));
        }
        if !self.headers.contains_key("x-ms-version") {
            self = self.header("x-ms-version", VERSION);
        }
        self
    }

    pub(crate) fn string_to_sign(&self) -> String {
        let header = |name: &str| self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"));
        let length = if self.body.is_empty() { String::new() } else { self.body.len().to_string() };
        let mut text = format!("{}\n", self.method);
        for name in ["content-encoding", "content-language"] {
            writeln!(text, "{}", header(name)).expect("text");
        }
        writeln!(
            text,
            "{length}\n{}\n{}\n\n\n\n\n\n{}",
            header("content-md5"),
            header("content-type"),
            header("range")
        )
        .expect("text");
        let mut names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        for name in names.into_iter().filter(|name| name.starts_with("x-ms-")) {
            writeln!(text, "{name}:{}", header(name)).expect("text");
        }
        write!(text, "/{}{}", self.account.name, self.url.path()).expect("text");
        let mut query: Vec<(String, String)> = self.url.query_pairs().into_owned().collect();
        query.sort();
        for (name, value) in query {
            write!(text, "\n{}:{value}", name.to_lowercase()).expect("text");
        }
        text
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// An error in the service's format; without a body where the request was HEAD.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.header("x-ms-error-code")), (status, code), "{}", self.text());
        assert!(!self.header("x-ms-request-id").is_empty());
        if !self.body.is_empty() {
            let start = format!(
                "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>"
            );
            assert!(self.text().starts_with(&start), "{}", self.text());
            assert!(self.text().contains(&format!("\nRequestId:{}\nTime:", self.header("x-ms-request-id"))));
        }
        self
    }

    /// Empty where the header is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The texts of all elements of a name, in order.
    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let start = format!("<{name}>");
        let after_each_start = text.split(&start).skip(1);
        after_each_start.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
    }
}

pub(crate) fn sign(text: &str) -> String {
    sign_with(KEY, text)
}

pub(crate) fn sign_with(key: &str, text: &str) -> String {
    let key = BASE64_STANDARD.decode(key).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// `Wed, 18 Nov 2026 22:01:07 GMT`
pub(crate) fn rfc1123(time: SystemTime) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    time::OffsetDateTime::from(time).format(&format).expect("a date")
}
