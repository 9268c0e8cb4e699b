//! A document at work. Chance is drawn by a hash of seed, place and count, so the nth request that meets a rule has
//! the same fate in every run, however many tasks ask.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::document::{Class, Document, Mistake};
use crate::fault::{Fault, Plan, Seen};
use crate::limits::Limits;
use crate::rules::Armed;

#[derive(Debug)]
pub struct Planned {
    document: Document,
    rules: Vec<Armed>,
    limits: Limits,
}

impl Planned {
    pub fn new(document: Document) -> Result<Self, Mistake> {
        let rules = document.rules.iter().map(Armed::new).collect::<Result<_, _>>()?;
        document.latency.values().try_for_each(|latency| latency.check())?;
        let limits = Limits::new(&document.limits)?;
        Ok(Self { document, rules, limits })
    }

    pub fn parse(json: &str) -> Result<Self, Mistake> {
        Self::new(serde_json::from_str(json)?)
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// How often each rule was the one that decided.
    pub fn fired(&self) -> Vec<u64> {
        self.rules.iter().map(Armed::fired).collect()
    }

    fn draw(&self, place: u64, count: u64) -> f64 {
        let mixed = mix(self.document.seed ^ mix(place.wrapping_add(1) ^ mix(count)));
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Plan for Planned {
    fn fault(&self, seen: &Seen<'_>) -> Fault {
        let path = below_account(seen);
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let mut rules = self.rules.iter().zip(0..);
        let fault =
            rules.find_map(|(rule, place)| rule.fault(seen, &decoded, |count| self.draw(place, count)));
        fault.unwrap_or_else(|| self.limits.fault(seen, share(path)))
    }

    fn answered(&self, seen: &Seen<'_>, data_bytes: u64) -> Duration {
        self.limits.answered(seen, share(below_account(seen)), data_bytes);
        let latency = self.document.latency.get(&Class::of(seen));
        latency.map_or(Duration::ZERO, |latency| {
            latency.of(seen.data_bytes + data_bytes, self.draw(u64::MAX, seen.number))
        })
    }

    fn planned(&self) -> Option<&Planned> {
        Some(self)
    }
}

/// From its slash on. Whether the account stands in the path or in the host makes no difference to a rule.
fn below_account<'a>(seen: &Seen<'a>) -> &'a str {
    let below = seen.path.strip_prefix('/').and_then(|path| path.strip_prefix(seen.account));
    below.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(seen.path)
}

fn share(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
