//! From exchanges to scripts: what is played in one go, in order, against one fresh emulator.
//!
//! Exchanges of one test, one version and one hour are one recording. Of a recording that is only there in parts, what
//! is missing is taken from the longest recording of the same test that asks the same of the same names: its exchanges
//! are played and not judged. In the same way, the request headers of one stand in for those that the recorder of
//! another dropped.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::exchange::{Body, Exchange};

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
    /// Ids in this exchange, with those of the recording that fills its gaps: they name the same thing.
    pub(crate) aliases: Vec<(String, String)>,
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
    recordings.sort_by_key(|recording| Reverse(recording.len()));
    let scripts = (0..recordings.len()).map(|index| {
        let recording = &recordings[index];
        let others = recordings.iter().enumerate().filter(|(other, _)| *other != index);
        let alike: Vec<&Recording> =
            others.map(|(_, other)| other).filter(|other| are_alike(recording, other)).collect();
        script(recording, &alike)
    });
    scripts.collect()
}

/// Of what both did at the same place, more is the same than not; without such a place, both use the same share.
fn are_alike(one: &[Exchange], other: &[Exchange]) -> bool {
    let pairs = one.iter().filter_map(|exchange| Some((exchange, at(other, exchange.seq)?)));
    let (same, different): (Vec<_>, Vec<_>) = pairs.partition(|(one, other)| is_same(one, other));
    match (same.len(), different.len()) {
        (0, 0) => one.iter().any(|one| other.iter().any(|other| share(one) == share(other))),
        (same, different) => same > different,
    }
}

fn at(recording: &[Exchange], seq: u64) -> Option<&Exchange> {
    recording.iter().find(|exchange| exchange.seq == seq)
}

fn is_same(one: &Exchange, other: &Exchange) -> bool {
    let (one, other) = (&one.request, &other.request);
    one.method == other.method && one.target.is_like(&other.target)
}

fn share(exchange: &Exchange) -> String {
    exchange.request.target.place().share
}

fn script(recording: &[Exchange], alike: &[&Recording]) -> Script {
    let last = recording.iter().map(|exchange| exchange.seq).max().unwrap_or_default();
    let of_all = alike.iter().copied().flatten().chain(recording).map(|exchange| exchange.seq);
    let places: BTreeSet<u64> = of_all.filter(|seq| *seq <= last).collect();
    let mut steps = Vec::new();
    for seq in places {
        match at(recording, seq) {
            Some(exchange) => {
                let exchange = with_document(with_headers(exchange, alike), recording);
                let other = alike.iter().find_map(|other| at(other, seq));
                let aliases = other.map(|other| aliases(&exchange, other)).unwrap_or_default();
                steps.push(Step { exchange, judged: true, aliases });
            }
            None => {
                let other = alike.iter().find_map(|other| at(other, seq));
                steps.extend(other.map(|other| Step {
                    exchange: with_headers(other, alike),
                    judged: false,
                    aliases: Vec::new(),
                }));
            }
        }
    }
    Script { steps }
}

/// With the request of another recording, where the recorder dropped this one's.
fn with_headers(exchange: &Exchange, alike: &[&Recording]) -> Exchange {
    let mut exchange = exchange.clone();
    if exchange.request.headers_lost {
        let kept = alike.iter().filter_map(|other| at(other, exchange.seq));
        let mut kept = kept.filter(|other| !other.request.headers_lost && is_same(&exchange, other));
        if let Some(kept) = kept.next() {
            let version = exchange.request.headers.remove("x-ms-version");
            exchange.request = kept.request.clone();
            exchange.request.headers.extend(version.map(|version| ("x-ms-version".to_owned(), version)));
        }
    }
    exchange
}

const IDS: [&str; 4] =
    ["x-ms-lease-id", "x-ms-file-permission-key", "x-ms-source-lease-id", "x-ms-destination-lease-id"];

fn aliases(one: &Exchange, other: &Exchange) -> Vec<(String, String)> {
    if !is_same(one, other) {
        return Vec::new();
    }
    let parameters = ["sharesnapshot", "prevsharesnapshot"]
        .map(|name| (one.request.target.parameter(name), other.request.target.parameter(name)));
    let headers = IDS.map(|name| (one.header(name), other.header(name)));
    let pairs = parameters.into_iter().chain(headers).filter_map(|(one, other)| Some((one?, other?)));
    pairs.filter(|(one, other)| one != other).map(|(one, other)| (one.to_owned(), other.to_owned())).collect()
}

/// A document that was set and not kept is what the same recording shows next.
fn with_document(mut exchange: Exchange, recording: &[Exchange]) -> Exchange {
    let sets = matches!(exchange.request.target.parameter("comp"), Some("acl" | "properties"))
        && exchange.request.method == "PUT";
    let was_lost = at(recording, exchange.seq)
        .is_some_and(|own| own.request.headers_lost || own.request.body == Body::LeftOut);
    if !(sets && was_lost) {
        return exchange;
    }
    let later = recording.iter().filter(|later| later.seq > exchange.seq);
    let shown =
        later.filter(|later| later.request.target.is_like(&exchange.request.target)).find_map(|later| {
            let text = later.response.text().trim_start_matches('\u{FEFF}');
            (later.request.method == "GET" && text.starts_with("<?xml")).then(|| text.as_bytes().to_vec())
        });
    if let Some(shown) = shown {
        exchange.request.body = Body::Whole(shown);
        exchange.request.headers_lost = false;
    }
    exchange
}

/// By version, and by time: the same test was recorded again and again.
fn recordings(exchanges: Vec<Exchange>) -> Vec<Recording> {
    let mut versions: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for exchange in exchanges {
        versions.entry(exchange.version.clone()).or_default().push(exchange);
    }
    let mut recordings: Vec<Recording> = Vec::new();
    for mut exchanges in versions.into_values() {
        exchanges.sort_by_key(|exchange| (exchange.request.at, exchange.seq));
        let mut before: Option<OffsetDateTime> = None;
        let mut open: Vec<Recording> = Vec::new();
        for exchange in exchanges {
            let now = exchange.request.at;
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
