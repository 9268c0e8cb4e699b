//! Where a script is played: against which emulator, and what is known so far of what is there.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::change::CONTENT;
use crate::client::Client;
use crate::describe::{Description, describe};
use crate::exchange::{Body, Exchange, Received};
use crate::names::Names;
use crate::script::Step;
use crate::target::{Place, Target};

#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) client: &'a Client,
    pub(crate) names: Names,
    pub(crate) steps: &'a [Step],
    /// The last step that named something, by what it named.
    pub(crate) mentioned: HashMap<Place, usize>,
    /// The last step that decided or showed a property of a thing.
    pub(crate) decided: HashMap<(Place, &'static str), usize>,
    /// The last step that decided a lease, policies and the like.
    pub(crate) facts: HashMap<String, usize>,
    /// The last recorded lease id of what was leased.
    pub(crate) held: HashMap<String, String>,
    /// Steps before which something happened that is not replayed.
    pub(crate) gaps: Vec<bool>,
    pub(crate) set_ups: BTreeMap<&'static str, u64>,
    /// Where each recorded file id was seen.
    pub(crate) ids: HashMap<String, Place>,
    /// Files whose bytes are not those of the recording.
    pub(crate) unknown: HashSet<Place>,
    /// Those of them whose bytes no replayed request has written.
    pub(crate) unwritten: HashSet<Place>,
    /// Steps that were left out.
    pub(crate) skipped: HashSet<usize>,
    /// Where what a step renamed was before.
    pub(crate) renamed_from: HashMap<usize, Place>,
    pub(crate) keeps_trailing_dots: bool,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(client: &'a Client, steps: &'a [Step]) -> Self {
        let follows = |index: usize| {
            index > 0 && steps[index - 1].exchange.seq.saturating_add(1) >= steps[index].exchange.seq
        };
        Self {
            client,
            names: Names::default(),
            steps,
            mentioned: HashMap::new(),
            decided: HashMap::new(),
            facts: HashMap::new(),
            held: HashMap::new(),
            gaps: (0..steps.len()).map(|index| !follows(index)).collect(),
            set_ups: BTreeMap::new(),
            ids: HashMap::new(),
            unknown: HashSet::new(),
            unwritten: HashSet::new(),
            skipped: HashSet::new(),
            renamed_from: HashMap::new(),
            keeps_trailing_dots: false,
        }
    }

    /// The step was left out: what it did is unknown from here on.
    pub(crate) fn left_out(&mut self, index: usize) {
        self.skipped.insert(index);
        if let Some(gap) = self.gaps.get_mut(index + 1) {
            *gap = true;
        }
    }

    /// Remembers what the answer says of the thing, beside what has another value now.
    pub(crate) fn learn(&mut self, exchange: &Exchange, answer: &Received) {
        self.names.learn(&exchange.response, answer);
        let target = &exchange.request.target;
        if let Some(id) = exchange.response.header("x-ms-file-id") {
            self.ids.insert(id.to_owned(), target.place());
        }
        if target.is("comp", "lease") && exchange.succeeded() {
            match exchange.response.header("x-ms-lease-id") {
                Some(id) => self.held.insert(fact_of_lease(target), id.to_owned()),
                None => self.held.remove(&fact_of_lease(target)),
            };
        }
        // A lease goes with what is renamed.
        if let Some(source) = exchange.header("x-ms-file-rename-source").and_then(Target::of_url)
            && exchange.succeeded()
        {
            let moved = self.held.remove(&fact_of_lease(&source));
            self.held.remove(&fact_of_lease(target));
            self.held.extend(moved.map(|id| (fact_of_lease(target), id)));
        }
    }

    /// The leases that are held of what the exchange names, by the header that would name them.
    pub(crate) fn leases_of(&self, exchange: &Exchange) -> [(&'static str, Option<String>); 3] {
        let source = exchange.header("x-ms-file-rename-source").and_then(Target::of_url);
        let own = self.lease_of(&exchange.request.target);
        [
            ("x-ms-lease-id", own.clone()),
            ("x-ms-destination-lease-id", own),
            ("x-ms-source-lease-id", source.and_then(|source| self.lease_of(&source))),
        ]
    }

    pub(crate) fn lease_of(&self, target: &Target) -> Option<String> {
        self.held.get(&fact_of_lease(target)).cloned()
    }

    pub(crate) fn description(&self, place: &Place, snapshot: Option<&str>, index: usize) -> Description {
        let later: Vec<&Exchange> = self.steps[index..].iter().map(|step| &step.exchange).collect();
        describe(place, snapshot, false, &later)
    }

    /// What a file will look like once it is copied.
    pub(crate) fn description_of_copy(&self, place: &Place, index: usize) -> Description {
        let later: Vec<&Exchange> = self.steps[index..].iter().map(|step| &step.exchange).collect();
        describe(place, None, true, &later)
    }

    /// What an answer tells, else what the ranges need that are written or read.
    pub(crate) fn size_of(&self, place: &Place, description: &Description, index: usize) -> u64 {
        let ends = self.steps[index..].iter().flat_map(|step| {
            let exchange = &step.exchange;
            let source = exchange.header("x-ms-copy-source").and_then(Target::of_url);
            let own = exchange.header("x-ms-range").or(exchange.header("range"));
            let here = exchange.request.target.place() == *place && exchange.succeeded();
            let from = source.is_some_and(|source| source.place() == *place);
            let read = exchange.header("x-ms-source-range").filter(|_| from).and_then(ends_of);
            let too_short = exchange.error_code() == "CannotVerifyCopySource";
            let read = read.map(|(start, end)| if too_short { start } else { end });
            [own.filter(|_| here).and_then(ends_of).map(|(_, end)| end), read]
        });
        let needed = ends.flatten().map(|end| end.saturating_add(1)).max();
        description.size.or(needed).unwrap_or_default()
    }

    /// Follows the bytes that were made up, from file to file.
    pub(crate) fn trace_content(&mut self, exchange: &Exchange, index: usize, is_own: bool) {
        let place = exchange.request.target.place();
        let source = exchange.header("x-ms-copy-source").or(exchange.header("x-ms-file-rename-source"));
        let source = source.and_then(Target::of_url).map(|source| source.place());
        if let Some(source) = source
            .as_ref()
            .filter(|source| self.is_open(self.decided.get(&((*source).clone(), CONTENT)), index))
        {
            self.unknown.insert(source.clone());
            self.unwritten.insert(source.clone());
        }
        // Another recording of the test may have sent other random bytes.
        let made_up = exchange.request.body == Body::LeftOut || exchange.request.headers_lost || !is_own;
        let is_write =
            exchange.request.method == "PUT" && exchange.request.target.parameter("restype").is_none();
        if is_write {
            self.unwritten.remove(&place);
        }
        if is_write && (made_up || source.is_some_and(|source| self.unknown.contains(&source))) {
            self.unknown.insert(place);
        }
    }

    pub(crate) fn knows_content(&self, exchange: &Exchange) -> bool {
        !self.unknown.contains(&exchange.request.target.place()) && exchange.response.body != Body::LeftOut
    }
}

pub(crate) fn ends_of(range: &str) -> Option<(u64, u64)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?))
}

/// That something was set: policies, properties.
pub(crate) fn fact_of(what: &Target) -> String {
    format!("{} of {}", what.parameter("comp").unwrap_or_default(), what.path)
}

pub(crate) fn fact_of_lease(on: &Target) -> String {
    format!("lease of {} {}", on.path, on.parameter("sharesnapshot").unwrap_or_default())
}
