//! What was asked of the emulator: counts per account and operation, and the last requests. Tests use it to
//! see waste; no signature is ever kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use serde::Serialize;

const REMEMBERED: usize = 10_000;

#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// By account, so that counting allocates nothing.
    counts: BTreeMap<String, Counts>,
    recent: VecDeque<RequestRecord>,
}

#[derive(Debug, Default)]
struct Counts {
    operations: BTreeMap<&'static str, u64>,
    /// File data that came or went, by operation.
    bytes: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<u16, u64>,
    fetched: u64,
}

/// The log at one moment.
#[derive(Clone, Debug, Default)]
pub struct RequestLogSnapshot {
    /// Requests by account and operation, operations named as in the REST reference.
    pub counts: BTreeMap<(String, &'static str), u64>,
    /// File data by account and operation that wrote, copied or read it.
    pub bytes: BTreeMap<(String, &'static str), u64>,
    /// Requests by account and status.
    pub statuses: BTreeMap<(String, u16), u64>,
    /// File data that copies read, by the account of their source.
    pub fetched: BTreeMap<String, u64>,
    /// The last 10,000 requests, oldest first.
    pub recent: Vec<RequestRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    pub account: String,
    pub method: String,
    /// As it came, with the value of `sig` taken out.
    pub path_and_query: String,
    /// `Unknown` where the request was no operation of the service.
    pub operation: &'static str,
    /// Of the answer, also where a fault kept it from leaving; 0 where a fault kept it from being made.
    pub status: u16,
    pub error_code: Option<&'static str>,
    /// File data that this put into a file or copied there; nothing where it was refused.
    pub written_bytes: u64,
    /// File data in the answer.
    pub read_bytes: u64,
    /// `x-ms-client-request-id`: clients send the same one when they repeat a request.
    pub client_request_id: Option<String>,
    /// Connections of all accounts are counted from 1 in the order in which they came.
    pub connection: u64,
}

impl RequestLog {
    pub fn snapshot(&self) -> RequestLogSnapshot {
        let log = self.lock();
        RequestLogSnapshot {
            counts: log.by_account(|counts| &counts.operations),
            bytes: log.by_account(|counts| &counts.bytes),
            statuses: log.by_account(|counts| &counts.statuses),
            fetched: log.counts.iter().map(|(account, counts)| (account.clone(), counts.fetched)).collect(),
            recent: log.recent.iter().cloned().collect(),
        }
    }

    pub fn reset(&self) {
        *self.lock() = Entries::default();
    }

    /// All requests to an account.
    pub fn total(&self, account: &str) -> u64 {
        self.lock().counts.get(account).map_or(0, |counts| counts.operations.values().sum())
    }

    pub fn count(&self, account: &str, operation: &str) -> u64 {
        let log = self.lock();
        log.counts.get(account).and_then(|counts| counts.operations.get(operation)).copied().unwrap_or(0)
    }

    pub(crate) fn add(&self, record: RequestRecord) {
        let mut log = self.lock();
        log.of(&record.account).add(&record);
        if log.recent.len() == REMEMBERED {
            log.recent.pop_front();
        }
        log.recent.push_back(record);
    }

    pub(crate) fn add_fetched(&self, account: &str, bytes: u64) {
        self.lock().of(account).fetched += bytes;
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().expect("nobody panics while holding the log")
    }
}

impl Entries {
    fn of(&mut self, account: &str) -> &mut Counts {
        if !self.counts.contains_key(account) {
            self.counts.insert(account.to_owned(), Counts::default());
        }
        self.counts.get_mut(account).expect("it was there, or is now")
    }

    fn by_account<K: Copy + Ord>(&self, of: fn(&Counts) -> &BTreeMap<K, u64>) -> BTreeMap<(String, K), u64> {
        let all = self.counts.iter();
        all.flat_map(|(account, counts)| {
            of(counts).iter().map(|(key, count)| ((account.clone(), *key), *count))
        })
        .collect()
    }
}

impl Counts {
    fn add(&mut self, record: &RequestRecord) {
        *self.operations.entry(record.operation).or_default() += 1;
        *self.statuses.entry(record.status).or_default() += 1;
        let bytes = record.written_bytes + record.read_bytes;
        if bytes > 0 {
            *self.bytes.entry(record.operation).or_default() += bytes;
        }
    }
}

/// A path and query without the value of `sig`.
pub(crate) fn without_signature(path_and_query: &str) -> String {
    let Some((path, query)) = path_and_query.split_once('?') else { return path_and_query.to_owned() };
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("sig") => "sig=REDACTED",
        _ => parameter,
    });
    format!("{path}?{}", parameters.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_never_kept() {
        assert_eq!(
            without_signature("/a/s/f?sv=2025-07-05&SIG=abc%3D&sp=r"),
            "/a/s/f?sv=2025-07-05&sig=REDACTED&sp=r"
        );
    }
}
