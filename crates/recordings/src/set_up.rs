//! Making what a recording takes for granted: what the first use of a name implies, and nothing that a replayed
//! exchange has decided before.

use anyhow::{Result, ensure};

use crate::client::Outgoing;
use crate::exchange::{Exchange, Headers, Received};
use crate::implied::{self, Need};
use crate::stage::{Stage, fact_of, fact_of_lease};
use crate::target::Target;

/// The version of what is set up.
const VERSION: &str = "2026-06-06";

impl Stage<'_> {
    /// Makes what the step needs and no step before it could have made.
    pub(crate) async fn set_up(&mut self, index: usize, exchange: &Exchange) -> Result<()> {
        self.keeps_trailing_dots = exchange.header("x-ms-allow-trailing-dot") == Some("true");
        let mut needs = self.needs_of_later(index);
        needs.extend(implied::needs(exchange));
        for need in needs {
            self.meet(&need, index).await?;
        }
        self.catch_up(exchange, index).await?;
        self.mention(exchange, index);
        Ok(())
    }

    /// A share snapshot shows later what is there now; and the pages of one listing show one directory.
    fn needs_of_later(&self, index: usize) -> Vec<Need> {
        let exchange = &self.steps[index].exchange;
        let later = || self.steps[index + 1..].iter().map(|step| &step.exchange);
        let mut needs = Vec::new();
        let target = &exchange.request.target;
        let named =
            ["sharesnapshot", "prevsharesnapshot"].into_iter().find_map(|name| target.parameter(name));
        let named = named.filter(|id| !self.names.knows(id) && exchange.succeeded());
        if let Some(id) = exchange.response.header("x-ms-snapshot").or(named) {
            for reader in
                later().filter(|reader| reader.request.target.parameter("sharesnapshot") == Some(id))
            {
                needs.extend(implied::needs(reader));
            }
            needs.retain(|need| matches!(need, Need::Share(_) | Need::Directory(_) | Need::File(_)));
        }
        needs.extend(self.snapshots_without(exchange, index));
        let mut marker = next_marker(exchange);
        while let Some(wanted) = marker.take() {
            let mut pages = later().filter(|page| page.request.target.parameter("marker") == Some(&wanted));
            if let Some(page) = pages.next() {
                needs.extend(implied::needs(page));
                marker = next_marker(page).filter(|next| *next != wanted);
            }
        }
        needs
    }

    /// A share snapshot in which something is not was taken before that was made.
    fn snapshots_without(&self, exchange: &Exchange, index: usize) -> Vec<Need> {
        let target = &exchange.request.target;
        let makes = exchange.request.method == "PUT" && target.parameter("comp").is_none();
        let taken = |id: &str| {
            self.steps.iter().any(|step| step.exchange.response.header("x-ms-snapshot") == Some(id))
        };
        let later = self.steps[index + 1..].iter().map(|step| &step.exchange);
        let missed = later.filter(|reader| {
            reader.error_code() == "ResourceNotFound" && reader.request.target.place() == target.place()
        });
        let ids = missed.filter_map(|reader| reader.request.target.parameter("sharesnapshot"));
        let ids = ids.filter(|id| makes && exchange.succeeded() && !self.names.knows(id) && !taken(id));
        let share = target.place().root();
        let needs = ids.flat_map(|id| {
            [Need::Share(share.clone()), Need::Snapshot { share: share.clone(), id: id.to_owned() }]
        });
        needs.collect()
    }

    fn mention(&mut self, exchange: &Exchange, index: usize) {
        self.note_decisions(exchange, index);
        let sources = ["x-ms-copy-source", "x-ms-file-rename-source"].map(|name| exchange.header(name));
        let sources: Vec<Target> = sources.into_iter().flatten().filter_map(Target::of_url).collect();
        if let Some(source) = sources.first() {
            self.renamed_from.insert(index, source.place());
        }
        for target in std::iter::once(exchange.request.target.clone()).chain(sources) {
            let place = target.place();
            // Older versions say of a share snapshot what they say of a share.
            let is_absent_then =
                target.parameter("sharesnapshot").is_some() && exchange.response.status == 404;
            if !(is_absent_then && exchange.error_code() == "ShareNotFound") {
                self.mentioned.insert(place.root(), index);
            }
            if !is_absent_then {
                self.mentioned.insert(place, index);
            }
        }
        for need in implied::needs(exchange) {
            if let Need::Directory(place) | Need::File(place) | Need::Share(place) = need {
                self.mentioned.insert(place, index);
            }
        }
        for name in ["x-ms-proposed-lease-id", "x-ms-lease-id"] {
            let ids = [exchange.header(name), exchange.response.header(name)].into_iter().flatten();
            for id in ids.filter(|_| exchange.succeeded()) {
                self.facts.insert(id.to_owned(), index);
            }
        }
        if exchange.request.method == "PUT" {
            self.facts.insert(fact_of(&exchange.request.target), index);
        }
        let renames = exchange.request.target.is("comp", "rename") && exchange.succeeded();
        if exchange.request.target.is("comp", "lease") || renames {
            self.facts.insert(fact_of_lease(&exchange.request.target), index);
        }
    }

    /// Whether nothing that was replayed decides if it is there.
    pub(crate) fn is_open(&self, last: Option<&usize>, index: usize) -> bool {
        last.is_none_or(|last| self.gaps[last + 1..=index].iter().any(|gap| *gap))
    }

    /// Whether what happened since a step, or what it did itself, is taken from another recording.
    pub(crate) fn is_filled_in(&self, last: Option<&usize>, index: usize) -> bool {
        last.is_some_and(|last| self.steps[*last..index].iter().any(|step| !step.judged))
    }

    async fn meet(&mut self, need: &Need, index: usize) -> Result<()> {
        match need {
            Need::Share(place) => self.share(place, index).await,
            Need::Directory(place) => self.directory(place, index).await,
            Need::File(place) => self.file(place, index).await,
            Need::Absent(target) => self.absent(target, index).await,
            Need::NotEmpty(place) => self.not_empty(place, index).await,
            Need::Beyond(last) => self.beyond(last, index).await,
            Need::ReadOnly(place) => self.read_only(place, index).await,
            Need::Key { share, key } => self.key(share, key).await,
            Need::Lease { on, hold } => self.lease(on, hold, index).await,
            Need::NoLease(on) => self.no_lease(on, index).await,
            Need::Policies { share, body } => self.policies(share, body, index).await,
            Need::ServiceProperties(body) => self.service_properties(body, index).await,
            Need::Snapshot { share, id } => self.snapshot(share, id, index).await,
        }
    }

    pub(crate) async fn is_there(&self, method: &str, target: &Target) -> Result<bool> {
        Ok(self.send(method, target.clone(), Headers::new(), Vec::new()).await?.status == 200)
    }

    /// Another request to the same thing, in the share snapshot that is here what the recorded one was.
    pub(crate) fn at_same_snapshot(&self, on: &Target, query: &[(&str, &str)]) -> Target {
        let mut target = Target::new(&on.place(), query);
        let snapshot = on.parameter("sharesnapshot").map(|id| self.names.translate(id));
        target.query.extend(snapshot.map(|id| ("sharesnapshot".to_owned(), id)));
        target
    }

    pub(crate) async fn make(
        &mut self,
        what: &'static str,
        method: &str,
        target: Target,
        headers: Headers,
        body: Vec<u8>,
    ) -> Result<Received> {
        let shown = target.to_string();
        let answer = self.send(method, target, headers, body).await?;
        ensure!(answer.status < 300, "Setting up {what} {shown}: {} {}", answer.status, answer.text());
        *self.set_ups.entry(what).or_default() += 1;
        Ok(answer)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: Target,
        mut headers: Headers,
        body: Vec<u8>,
    ) -> Result<Received> {
        headers.insert("x-ms-version".to_owned(), VERSION.to_owned());
        for name in ["x-ms-allow-trailing-dot", "x-ms-source-allow-trailing-dot"] {
            headers.insert(name.to_owned(), self.keeps_trailing_dots.to_string());
        }
        self.client
            .send(&Outgoing { method: method.to_owned(), target, headers, body, signs_itself: false })
            .await
    }
}

fn next_marker(exchange: &Exchange) -> Option<String> {
    let list = implied::listing(exchange)?;
    list.text_of("NextMarker").filter(|marker| !marker.is_empty()).map(str::to_owned)
}
