//! A transport that fails where a test says so, before or after the request had its effect.

use std::collections::HashMap;
use std::fmt;
use std::future::pending;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::HeaderName;
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;

/// What becomes of the request with this number, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// It has its effect and its answer is lost.
    Answer,
    /// It is not sent.
    Request,
    /// The connection is lost at once, and the request has its effect so much later, unless the machine is so slow
    /// that it would be later still.
    Late(Duration),
    /// The process dies before the request is sent.
    Kill,
    /// The process dies when the request has had its effect.
    KillAfter,
}

/// One request in twenty goes wrong, but the same one no more than twice: a write that has lost three answers is a
/// failure, and told as one.
pub struct Luck {
    dice: StdRng,
    wrong: HashMap<String, u32>,
}

impl Luck {
    pub fn new(seed: u64) -> Self {
        Self { dice: StdRng::seed_from_u64(seed), wrong: HashMap::new() }
    }

    pub fn fault(&mut self, method: &Method, request: &str, late: Duration) -> Fault {
        let faults = [Fault::Answer, Fault::Request, Fault::Late(late)];
        let Some(fault) = faults.get(self.dice.random_range(0..60_usize)) else { return Fault::None };
        let wrong = self.wrong.entry(format!("{method} {request}")).or_default();
        *wrong += 1;
        if *wrong > 2 { Fault::None } else { *fault }
    }
}

type Rule = Box<dyn Fn(u64, &Method, &str) -> Fault + Send + Sync>;

/// Sends requests, unless the rule says otherwise.
pub struct Faulty {
    rule: Rule,
    sent: AtomicU64,
    under_way: Arc<AtomicU64>,
    is_dead: AtomicBool,
    died: Notify,
    /// Ranges that were put: paths, and bytes as the request named them.
    put: Mutex<Vec<(String, String)>>,
    /// What copies were told to read.
    copied: Mutex<Vec<String>>,
    http: reqwest::Client,
}

impl Faulty {
    /// `rule` sees the number, the method, and the path with the query but without its time limit.
    pub fn new(rule: impl Fn(u64, &Method, &str) -> Fault + Send + Sync + 'static) -> Self {
        Self {
            rule: Box::new(rule),
            sent: AtomicU64::new(0),
            under_way: Arc::default(),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            put: Mutex::default(),
            copied: Mutex::default(),
            http: cheap_client(),
        }
    }

    pub fn healthy() -> Self {
        Self::new(|_, _, _| Fault::None)
    }

    /// Does not send what `is_meant` names by method, and path with query.
    pub fn failing(is_meant: impl Fn(&Method, &str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(
            move |_, method, request| if is_meant(method, request) { Fault::Request } else { Fault::None },
        )
    }

    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// The ranges that were put so far, in the order they were sent.
    pub fn ranges(&self) -> Vec<(String, Range<u64>)> {
        let bytes = |text: &str| {
            let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
            Some(start.parse().ok()?..end.parse::<u64>().ok()? + 1)
        };
        let put = self.put.lock().expect("no test panics with it");
        put.iter().map(|(path, range)| (path.clone(), bytes(range).expect("a range"))).collect()
    }

    /// The addresses that copies were told to read so far, a request each.
    pub fn copied(&self) -> Vec<String> {
        self.copied.lock().expect("no test panics with it").clone()
    }

    /// Whether nothing that was sent can still change anything.
    pub fn is_quiet(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) == 0
    }

    /// Runs `work` unless it dies. What was sent before has had its effect when this returns.
    pub async fn until_death<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let outcome = tokio::select! {
            outcome = work => Some(outcome),
            () = self.died.notified() => None,
        };
        while !self.is_quiet() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        outcome
    }

    /// To the end also if whoever waits for it is gone.
    async fn send(&self, request: &Request, after: Duration) -> azure_core::Result<AsyncRawResponse> {
        if let Some(range) = request.headers().get_optional_str(&HeaderName::from_static("x-ms-range"))
            && request.method() == Method::Put
        {
            let path = request.url().path().to_owned();
            self.put.lock().expect("no test panics with it").push((path, range.to_owned()));
        }
        if let Some(source) = request.headers().get_optional_str(&HeaderName::from_static("x-ms-copy-source"))
        {
            self.copied.lock().expect("no test panics with it").push(source.to_owned());
        }
        let (http, request, under_way) = (self.http.clone(), request.clone(), self.under_way.clone());
        // reads change nothing, and neither does a permission that nobody uses
        let is_permission = request.url().query().is_some_and(|query| query.contains("filepermission"));
        let counts = u64::from(!matches!(request.method(), Method::Get | Method::Head) && !is_permission);
        under_way.fetch_add(counts, Ordering::SeqCst);
        let sending = tokio::spawn(async move {
            let asked = Instant::now();
            tokio::time::sleep(after).await;
            let answer = if after == Duration::ZERO || asked.elapsed() < after.mul_f32(1.25) {
                http.execute_request(&request).await
            } else {
                Err(Error::with_message(ErrorKind::Io, "too late even for a late one"))
            };
            under_way.fetch_sub(counts, Ordering::SeqCst);
            answer
        });
        if after > Duration::ZERO {
            return Err(Error::with_message(ErrorKind::Io, "cut off, and late"));
        }
        sending.await.expect("sending does not panic")
    }

    async fn die(&self) -> azure_core::Result<AsyncRawResponse> {
        self.is_dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
        pending().await
    }
}

/// Tests make many; the certificates of a real one take their time, and nothing here is encrypted.
pub fn cheap_client() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).no_proxy().build().expect("a client")
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("sent", &self.sent).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Faulty {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if self.is_dead.load(Ordering::SeqCst) {
            return pending().await;
        }
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        let url = request.url();
        let query: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
        let query: Vec<&str> = query.into_iter().filter(|one| !one.starts_with("timeout=")).collect();
        let target = format!("{}?{}", url.path(), query.join("&"));
        match (self.rule)(number, &request.method(), &target) {
            Fault::None => self.send(request, Duration::ZERO).await,
            Fault::Late(by) => self.send(request, by).await,
            Fault::Request => Err(Error::with_message(ErrorKind::Io, "cut off before")),
            Fault::Answer => {
                self.send(request, Duration::ZERO).await?;
                Err(Error::with_message(ErrorKind::Io, "cut off after"))
            }
            Fault::Kill => self.die().await,
            Fault::KillAfter => {
                self.send(request, Duration::ZERO).await?;
                self.die().await
            }
        }
    }
}
