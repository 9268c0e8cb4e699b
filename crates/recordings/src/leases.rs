//! Leases that a recording takes for granted, and those that are over.

use anyhow::Result;

use crate::stage::{Stage, fact_of_lease};
use crate::target::Target;

/// The id of a lease that a recording shows and does not name.
pub(crate) const ANYBODY: &str = "11111111-2222-3333-4444-555555555555";

impl Stage<'_> {
    pub(crate) async fn lease(&mut self, on: &Target, id: &str, index: usize) -> Result<()> {
        let last = [id, &fact_of_lease(on)].into_iter().filter_map(|fact| self.facts.get(fact)).max();
        if !self.is_open(last, index) || self.is_leased(on).await? {
            return Ok(());
        }
        let used = self.steps[index..].iter().map(|step| &step.exchange);
        let mut used = used.filter(|exchange| exchange.request.target.place() == on.place());
        let id = match id {
            ANYBODY => used.find_map(|exchange| exchange.header("x-ms-lease-id")).unwrap_or(ANYBODY),
            id => id,
        };
        let headers = [
            ("x-ms-lease-action".to_owned(), "acquire".to_owned()),
            ("x-ms-lease-duration".to_owned(), "-1".to_owned()),
            ("x-ms-proposed-lease-id".to_owned(), id.to_owned()),
        ];
        self.make("lease", "PUT", self.lease_operation(on), headers.into(), Vec::new()).await?;
        self.names.pair(id, id);
        self.held.insert(fact_of_lease(on), id.to_owned());
        self.facts.insert(id.to_owned(), index);
        self.facts.insert(fact_of_lease(on), index);
        Ok(())
    }

    /// A lease that was there before the gap is there no more.
    pub(crate) async fn no_lease(&mut self, on: &Target, index: usize) -> Result<()> {
        let last = self.facts.get(&fact_of_lease(on));
        if last.is_none() || !self.is_open(last, index) || !self.is_leased(on).await? {
            return Ok(());
        }
        let headers = [
            ("x-ms-lease-action".to_owned(), "break".to_owned()),
            ("x-ms-lease-break-period".to_owned(), "0".to_owned()),
        ];
        self.make("brokenLease", "PUT", self.lease_operation(on), headers.into(), Vec::new()).await?;
        Ok(())
    }

    fn lease_operation(&self, on: &Target) -> Target {
        let mut query = vec![("comp", "lease")];
        query.extend(on.is("restype", "share").then_some(("restype", "share")));
        self.at_same_snapshot(on, &query)
    }
}
