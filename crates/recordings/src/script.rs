//! From exchanges to scripts: what is played in one go, in order, against one fresh emulator.
//!
//! Exchanges of one test, one version and one hour are one recording. Of a recording that is only there in parts, what
//! is missing is taken from the longest recording of the same test, where that asks the same of the same names: its
//! exchanges are played and not judged, and its request headers stand in for those that a recorder dropped.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::exchange::Exchange;

const ONE_RECORDING: time::Duration = time::Duration::minutes(30);

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) exchange: Exchange,
    /// Else it only brings about what a judged one needs.
    pub(crate) judged: bool,
}

type Recording = Vec<Exchange>;

pub(crate) fn scripts(exchanges: Vec<Exchange>) -> Vec<Script> {
    let mut tests: BTreeMap<(String, String), Vec<Exchange>> = BTreeMap::new();
    for exchange in exchanges {
        tests.entry((exchange.source.clone(), exchange.test.clone())).or_default().push(exchange);
    }
    tests.into_values().flat_map(scripts_of_test).collect()
}

fn scripts_of_test(exchanges: Vec<Exchange>) -> Vec<Script> {
    let mut recordings = recordings(exchanges);
    recordings.sort_by_key(|recording| std::cmp::Reverse(recording.len()));
    let longest = recordings.first().cloned().unwrap_or_default();
    let mut scripts = Vec::new();
    for (index, recording) in recordings.into_iter().enumerate() {
        if index == 0 {
            scripts.push(Script { steps: recording.into_iter().map(judged).collect() });
            continue;
        }
        let (parts, alone): (Vec<_>, Vec<_>) =
            recording.into_iter().partition(|exchange| counterpart(exchange, &longest).is_some());
        if !parts.is_empty() {
            scripts.push(completed(parts, &longest));
        }
        if !alone.is_empty() {
            scripts.push(Script { steps: alone.into_iter().map(judged).collect() });
        }
    }
    scripts
}

fn judged(exchange: Exchange) -> Step {
    Step { exchange, judged: true }
}

/// What the longest recording did at the same place, if it is the same.
fn counterpart<'a>(exchange: &Exchange, longest: &'a [Exchange]) -> Option<&'a Exchange> {
    longest.iter().find(|other| {
        other.seq == exchange.seq
            && other.request.method == exchange.request.method
            && other.request.target.is_like(&exchange.request.target)
            && !other.request.headers_lost
    })
}

fn completed(mut parts: Vec<Exchange>, longest: &[Exchange]) -> Script {
    let last = parts.iter().map(|exchange| exchange.seq).max().unwrap_or_default();
    let mut steps = Vec::new();
    for other in longest.iter().filter(|other| other.seq <= last) {
        let same = parts.iter().position(|part| {
            part.seq == other.seq && counterpart(part, std::slice::from_ref(other)).is_some()
        });
        match same {
            None => steps.push(Step { exchange: other.clone(), judged: false }),
            Some(index) => {
                let mut part = parts.remove(index);
                if part.request.headers_lost {
                    let version = part.request.headers.remove("x-ms-version");
                    part.request = other.request.clone();
                    part.request.headers.extend(version.map(|version| ("x-ms-version".to_owned(), version)));
                }
                steps.push(judged(part));
            }
        }
    }
    Script { steps }
}

/// By version, and by time: the same test was recorded again and again.
fn recordings(exchanges: Vec<Exchange>) -> Vec<Recording> {
    let mut versions: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for exchange in exchanges {
        versions.entry(exchange.version.clone()).or_default().push(exchange);
    }
    let mut recordings: Vec<Recording> = Vec::new();
    for mut exchanges in versions.into_values() {
        exchanges.sort_by_key(|exchange| (moment(exchange), exchange.seq));
        let mut before: Option<OffsetDateTime> = None;
        let mut open: Vec<Recording> = Vec::new();
        for exchange in exchanges {
            let now = moment(&exchange);
            if let (Some(now), Some(before)) = (now, before)
                && now - before > ONE_RECORDING
            {
                recordings.append(&mut open);
            }
            before = now.or(before);
            // A place that is taken belongs to another recording of the same hour.
            match open.iter_mut().find(|recording| recording.iter().all(|other| other.seq != exchange.seq)) {
                Some(recording) => recording.push(exchange),
                None => open.push(vec![exchange]),
            }
        }
        recordings.append(&mut open);
    }
    for recording in &mut recordings {
        recording.sort_by_key(|exchange| exchange.seq);
    }
    recordings
}

/// When it was answered, which every answer says.
pub(crate) fn moment(exchange: &Exchange) -> Option<OffsetDateTime> {
    let date = exchange.response.header("date")?;
    OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822).ok()
}
