//! The emulator's control API: what it was asked for, how slow it is, and shares made and compared without requests.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use faults::Document;
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Control {
    url: Url,
    http: Client,
}

/// What was asked of the emulator since its log was cleared, by account and operation.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Counters {
    pub(super) requests: BTreeMap<String, BTreeMap<String, u64>>,
    /// File data that each operation moved.
    pub(super) bytes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Requests by the status of their answer.
    pub(super) statuses: BTreeMap<String, BTreeMap<u16, u64>>,
    /// File data that copies read in an account.
    pub(super) fetched: BTreeMap<String, u64>,
}

/// A share, or a share snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) account: &'a str,
    pub(super) share: &'a str,
    pub(super) snapshot: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Differences {
    pub(super) count: u64,
    differences: Vec<Value>,
}

impl Control {
    pub(super) fn new(url: Url, http: Client) -> Self {
        Self { url, http }
    }

    pub(super) async fn set_plan(&self, plan: &Document) -> Result<()> {
        self.send(Method::PUT, "plan", &serde_json::to_value(plan)?).await.map(drop)
    }

    pub(super) async fn clear_plan(&self) -> Result<()> {
        self.send(Method::DELETE, "plan", &Value::Null).await.map(drop)
    }

    pub(super) async fn clear_log(&self) -> Result<()> {
        self.send(Method::DELETE, "log", &Value::Null).await.map(drop)
    }

    pub(super) async fn counters(&self) -> Result<Counters> {
        parse(&self.send(Method::GET, "counters", &Value::Null).await?)
    }

    /// Entries that can be changed like any others, in a new directory or, without a path, in the empty root.
    pub(super) async fn plant(&self, account: &str, share: &str, path: &str, tree: &str) -> Result<()> {
        let plant = json!({"account": account, "share": share, "path": path, "tree": tree});
        self.send(Method::POST, "trees", &plant).await.map(drop)
    }

    /// A new share with the tree of another.
    pub(super) async fn copy(&self, from: Named<'_>, to: Named<'_>) -> Result<()> {
        let copy = json!({"from": from.document(), "to": to.document()});
        self.send(Method::POST, "copies", &copy).await.map(drop)
    }

    pub(super) async fn differences(&self, one: Named<'_>, other: Named<'_>) -> Result<Differences> {
        let compare = json!({"one": one.document(), "other": other.document()});
        parse(&self.send(Method::POST, "differences", &compare).await?)
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<String> {
        let url = self.url.join(path)?;
        let mut request = self.http.request(method.clone(), url).timeout(Duration::from_secs(600));
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.with_context(|| format!("{method} /{path} of the emulator"))?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{method} /{path} of the emulator answered {status}: {text}");
        Ok(text)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).with_context(|| format!("The emulator answered {text}"))
}

impl Named<'_> {
    fn document(&self) -> Value {
        json!({"account": self.account, "share": self.share, "snapshot": self.snapshot})
    }
}

impl Differences {
    pub(super) fn none(&self) -> Result<()> {
        self.as_many_as(0)
    }

    pub(super) fn as_many_as(&self, expected: u64) -> Result<()> {
        let shown: Vec<String> = self.differences.iter().take(10).map(Value::to_string).collect();
        let (count, shown) = (self.count, shown.join(", "));
        ensure!(count == expected, "The copy differs in {count} ways, and {expected} are expected: {shown}");
        Ok(())
    }
}
