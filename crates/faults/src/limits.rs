//! What a share can do in a second. Requests are paid in advance; bytes on credit, since nobody knows the length of
//! an answer before it is made, and the next request pays for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::bucket::Bucket;
use crate::document::{Limit, LimitAnswer, Mistake};
use crate::fault::{Fault, Seen};

#[derive(Debug)]
pub(crate) struct Limits {
    limits: Vec<Limit>,
    buckets: Mutex<HashMap<Key, Buckets>>,
}

/// The limit by its place, and account and share.
type Key = (usize, String, String);

#[derive(Debug)]
struct Buckets {
    requests: Option<Bucket>,
    bytes: Option<Bucket>,
}

impl Limits {
    pub(crate) fn new(limits: &[Limit]) -> Result<Self, Mistake> {
        let limits: Vec<Limit> = limits.iter().map(provisioned).collect();
        for limit in &limits {
            let rates = [limit.iops, limit.bytes_per_second, limit.burst_requests];
            if rates.into_iter().flatten().any(|rate| !rate.is_finite() || rate < 1.0) {
                return Err(Mistake::Number("iops, burstRequests and bytesPerSecond", "at least 1"));
            }
        }
        Ok(Self { limits, buckets: Mutex::default() })
    }

    /// The first limit that a request would break refuses it; else it waits for the slowest.
    pub(crate) fn fault(&self, seen: &Seen<'_>, share: &str) -> Fault {
        let mut buckets = self.lock();
        let mut longest = Duration::ZERO;
        for (index, limit) in self.meeting(seen, share) {
            let Buckets { requests, bytes } = entry(&mut buckets, index, limit, seen, share);
            let wait = requests.as_mut().map_or(Duration::ZERO, |bucket| bucket.wait_for(1.0));
            let wait = wait.max(bytes.as_mut().map_or(Duration::ZERO, |bucket| bucket.wait_for(0.0)));
            if wait > Duration::from_millis(limit.longest_wait_ms) {
                return refusal(limit);
            }
            longest = longest.max(wait);
        }
        for (index, limit) in self.meeting(seen, share) {
            let Buckets { requests, bytes } = entry(&mut buckets, index, limit, seen, share);
            requests.iter_mut().for_each(|bucket| bucket.take(1.0));
            bytes.iter_mut().for_each(|bucket| bucket.take(seen.data_bytes as f64));
        }
        if longest.is_zero() { Fault::None } else { Fault::Delay { by: longest } }
    }

    pub(crate) fn answered(&self, seen: &Seen<'_>, share: &str, data_bytes: u64) {
        if data_bytes == 0 || self.limits.is_empty() {
            return;
        }
        let mut buckets = self.lock();
        for (index, limit) in self.meeting(seen, share) {
            let bytes = &mut entry(&mut buckets, index, limit, seen, share).bytes;
            bytes.iter_mut().for_each(|bucket| bucket.take(data_bytes as f64));
        }
    }

    fn meeting(&self, seen: &Seen<'_>, share: &str) -> impl Iterator<Item = (usize, &Limit)> {
        self.limits.iter().enumerate().filter(move |(_, limit)| {
            !share.is_empty()
                && limit.account.as_deref().is_none_or(|account| account == seen.account)
                && limit.share.as_deref().is_none_or(|limited| limited == share)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Buckets>> {
        self.buckets.lock().expect("nobody panics while holding the buckets")
    }
}

fn entry<'a>(
    buckets: &'a mut HashMap<Key, Buckets>,
    index: usize,
    limit: &Limit,
    seen: &Seen<'_>,
    share: &str,
) -> &'a mut Buckets {
    buckets.entry((index, seen.account.to_owned(), share.to_owned())).or_insert_with(|| Buckets {
        requests: limit.iops.map(|iops| Bucket::new(iops, limit.burst_requests.unwrap_or(iops))),
        bytes: limit.bytes_per_second.map(|rate| Bucket::new(rate, rate)),
    })
}

fn refusal(limit: &Limit) -> Fault {
    let (status, code) = match limit.answer {
        LimitAnswer::ServerBusy => (503, "ServerBusy"),
        LimitAnswer::OperationTimedOut => (500, "OperationTimedOut"),
    };
    Fault::Refuse { status, code, retry_after_seconds: limit.retry_after_seconds }
}

/// <https://learn.microsoft.com/azure/storage/files/understanding-billing#provisioned-v1-model>
fn provisioned(limit: &Limit) -> Limit {
    let Some(gib) = limit.ssd_gib.map(|gib| gib as f64) else { return limit.clone() };
    let iops = (3000.0 + gib).min(102_400.0);
    let mib = (100.0 + (0.04 * gib).ceil() + (0.06 * gib).ceil()).min(10_340.0);
    Limit {
        iops: limit.iops.or(Some(iops)),
        burst_requests: limit.burst_requests.or(Some((3.0 * iops).max(10_000.0))),
        bytes_per_second: limit.bytes_per_second.or(Some(mib * 1_048_576.0)),
        ..limit.clone()
    }
}
