//! Leases that a recording takes for granted, and those that are over.

use anyhow::Result;

use crate::exchange::{Exchange, Headers, Received};
use crate::stage::{Stage, fact_of_lease};
use crate::target::Target;

/// The id of a lease that a recording shows and does not name.
const ANYBODY: &str = "11111111-2222-3333-4444-555555555555";
/// Longer than a replay takes.
const FIXED_SECONDS: &str = "60";

/// A lease as far as an exchange shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) id: Option<String>,
    /// Of its time: `infinite` or `fixed`.
    pub(crate) duration: Option<String>,
}

impl Stage<'_> {
    pub(crate) async fn lease(&mut self, on: &Target, hold: &Hold, index: usize) -> Result<()> {
        let fact = fact_of_lease(on);
        let facts = [hold.id.as_deref(), Some(fact.as_str())].into_iter().flatten();
        let last = facts.filter_map(|fact| self.facts.get(fact)).max();
        if !self.is_open(last, index) {
            return Ok(());
        }
        let now = self.look_at_lease(on).await?;
        let is_leased = now.header("x-ms-lease-state") == Some("leased");
        let held = self.held.get(&fact).filter(|_| is_leased).cloned();
        let same = |one: &str, other: &str| self.names.translate(one) == self.names.translate(other);
        let id = match (&hold.id, &held) {
            (Some(id), Some(held)) if !same(id, held) => {
                let headers =
                    [("x-ms-lease-id", self.names.translate(held)), ("x-ms-proposed-lease-id", id.clone())];
                self.operate("lease", on, "change", &headers).await?;
                id.clone()
            }
            (_, Some(held)) => held.clone(),
            (Some(_), None) if is_leased => return Ok(()),
            (Some(id), None) => id.clone(),
            (None, None) => self.id_of_later(on, index),
        };
        let shown = hold.duration.as_deref();
        if !is_leased || shown.is_some_and(|shown| now.header("x-ms-lease-duration") != Some(shown)) {
            let seconds = if shown == Some("fixed") { FIXED_SECONDS } else { "-1" };
            let proposed = if is_leased { self.names.translate(&id) } else { id.clone() };
            let headers = [("x-ms-lease-duration", seconds.to_owned()), ("x-ms-proposed-lease-id", proposed)];
            self.operate("lease", on, "acquire", &headers).await?;
        }
        if held.as_ref() != Some(&id) {
            self.names.pair(&id, &id);
        }
        self.held.insert(fact.clone(), id.clone());
        self.facts.insert(id, index);
        self.facts.insert(fact, index);
        Ok(())
    }

    /// A lease that was there before the gap is there no more.
    pub(crate) async fn no_lease(&mut self, on: &Target, index: usize) -> Result<()> {
        if on.is("restype", "share") && on.parameter("sharesnapshot").is_none() {
            for snapshot in self.leased_snapshots(on, index) {
                self.end_lease(&snapshot, index).await?;
            }
        }
        self.end_lease(on, index).await
    }

    async fn end_lease(&mut self, on: &Target, index: usize) -> Result<()> {
        let fact = fact_of_lease(on);
        let last = self.facts.get(&fact);
        if last.is_none() || !self.is_open(last, index) {
            return Ok(());
        }
        if self.look_at_lease(on).await?.header("x-ms-lease-state") != Some("leased") {
            return Ok(());
        }
        match self.held.remove(&fact).map(|id| self.names.translate(&id)) {
            Some(id) => self.operate("endedLease", on, "release", &[("x-ms-lease-id", id)]).await?,
            None => {
                let at_once = [("x-ms-lease-break-period", "0".to_owned())];
                self.operate("endedLease", on, "break", &at_once).await?
            }
        };
        Ok(())
    }

    fn leased_snapshots(&self, share: &Target, index: usize) -> Vec<Target> {
        let targets = self.steps[..index].iter().map(|step| &step.exchange.request.target);
        let leased = targets
            .filter(|target| target.place() == share.place() && target.parameter("sharesnapshot").is_some());
        leased.cloned().collect()
    }

    /// The id by which later exchanges name the lease.
    pub(crate) fn id_of_later(&self, on: &Target, index: usize) -> String {
        let later = self.steps[index..].iter().map(|step| &step.exchange);
        let of_it = |exchange: &&Exchange| {
            exchange.succeeded() && fact_of_lease(&exchange.request.target) == fact_of_lease(on)
        };
        let named = |exchange: &Exchange| {
            let sent = ["x-ms-destination-lease-id", "x-ms-lease-id", "x-ms-proposed-lease-id"];
            let sent = sent.into_iter().find_map(|name| exchange.header(name));
            sent.or(exchange.response.header("x-ms-lease-id")).map(str::to_owned)
        };
        later.filter(of_it).find_map(named).unwrap_or_else(|| ANYBODY.to_owned())
    }

    async fn look_at_lease(&self, on: &Target) -> Result<Received> {
        let (method, query) = match on.is("restype", "share") {
            true => ("GET", vec![("restype", "share")]),
            false => ("HEAD", Vec::new()),
        };
        self.send(method, self.at_same_snapshot(on, &query), Headers::new(), Vec::new()).await
    }

    async fn operate(
        &mut self,
        what: &'static str,
        on: &Target,
        action: &str,
        headers: &[(&str, String)],
    ) -> Result<()> {
        let mut query = vec![("comp", "lease")];
        query.extend(on.is("restype", "share").then_some(("restype", "share")));
        let target = self.at_same_snapshot(on, &query);
        let mut sent = Headers::from([("x-ms-lease-action".to_owned(), action.to_owned())]);
        sent.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.make(what, "PUT", target, sent, Vec::new()).await?;
        Ok(())
    }
}
