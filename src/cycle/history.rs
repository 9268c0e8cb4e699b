//! The cycles of a pair, as far as they are remembered. One that cannot be read hides no other: it is named, with what
//! is the matter, and nothing else is told of it.

use super::pair::Book;
use super::report::{Alert, CycleReport, Phase};
use super::{Backup, Result, known, report_of};
use crate::state::{CycleError, CycleRecord, HISTORY};

impl Backup {
    /// The cycles of a pair that are remembered, newest first. `None` where no pair has this name.
    pub async fn cycles(&self, name: &str) -> anyhow::Result<Option<Vec<CycleReport>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        self.cycles_in(&pair.cycles()).await.map(Some)
    }

    pub(super) async fn cycles_in(&self, book: &Book<'_>) -> anyhow::Result<Vec<CycleReport>> {
        let name = book.name.as_str();
        let filed = known(self.store.cycles(name, HISTORY).await)?;
        let row = known(self.store.pair(name).await)?.map(|read| read.record);
        let current = self.under_way(book, row.and_then(|row| row.cycle).as_deref()).await?;
        let is_current = |id: &String| current.as_ref().is_some_and(|(current, _)| current == id);
        let filed = filed.into_iter().filter(|(id, _)| !is_current(id));
        let filed: Vec<_> = filed.map(|(id, read)| (id, read.map_err(CycleError::from))).collect();
        let mut reports = Vec::with_capacity(filed.len() + 1);
        for (id, read) in current.into_iter().chain(filed) {
            reports.push(Box::pin(self.listed(name, id, read)).await?);
        }
        Ok(reports)
    }

    async fn listed(&self, pair: &str, id: String, read: Result<CycleRecord>) -> Result<CycleReport> {
        let record = match read {
            Ok(record) => record,
            Err(error) if error.is_unreadable() => return Ok(unreadable(pair, id, error)),
            Err(error) => return Err(error),
        };
        match self.report(record.clone()).await {
            Err(error) if error.is_unreadable() => {
                let mut report = report_of(record, Vec::new());
                report.alerts.push(Alert { code: error.code, detail: error.detail });
                Ok(report)
            }
            report => report,
        }
    }
}

fn unreadable(pair: &str, id: String, error: CycleError) -> CycleReport {
    let nothing = CycleRecord::new(pair, id, String::new());
    CycleReport {
        state: Phase::Unreadable,
        progress: None,
        error: Some(error),
        ..report_of(nothing, Vec::new())
    }
}
