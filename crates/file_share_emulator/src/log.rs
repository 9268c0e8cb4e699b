//! What was asked of the emulator: counts per account and operation, and the last requests. Tests use it to
//! see waste; no signature is ever kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

const REMEMBERED: usize = 10_000;

#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// By account, then by operation, so that counting allocates nothing.
    counts: BTreeMap<String, BTreeMap<&'static str, u64>>,
    recent: VecDeque<RequestRecord>,
}

/// The log at one moment.
#[derive(Clone, Debug, Default)]
pub struct RequestLogSnapshot {
    /// Requests by account and operation, operations named as in the REST reference.
    pub counts: BTreeMap<(String, &'static str), u64>,
    /// The last 10,000 requests, oldest first.
    pub recent: Vec<RequestRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// `x-ms-client-request-id`: clients send the same one when they repeat a request.
    pub client_request_id: Option<String>,
    /// Connections of all accounts are counted from 1 in the order in which they came.
    pub connection: u64,
}

impl RequestLog {
    pub fn snapshot(&self) -> RequestLogSnapshot {
        let log = self.lock();
        let counts = log.counts.iter().flat_map(|(account, operations)| {
            operations.iter().map(|(operation, count)| ((account.clone(), *operation), *count))
        });
        RequestLogSnapshot { counts: counts.collect(), recent: log.recent.iter().cloned().collect() }
    }

    pub fn reset(&self) {
        *self.lock() = Entries::default();
    }

    /// All requests to an account.
    pub fn total(&self, account: &str) -> u64 {
        self.lock().counts.get(account).map_or(0, |operations| operations.values().sum())
    }

    pub fn count(&self, account: &str, operation: &str) -> u64 {
        let log = self.lock();
        log.counts.get(account).and_then(|operations| operations.get(operation)).copied().unwrap_or(0)
    }

    pub(crate) fn add(&self, record: RequestRecord) {
        let mut log = self.lock();
        match log.counts.get_mut(&record.account) {
            Some(operations) => *operations.entry(record.operation).or_default() += 1,
            None => {
                log.counts.insert(record.account.clone(), BTreeMap::from([(record.operation, 1)]));
            }
        }
        if log.recent.len() == REMEMBERED {
            log.recent.pop_front();
        }
        log.recent.push_back(record);
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().expect("nobody panics while holding the log")
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
