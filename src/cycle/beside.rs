//! What goes on beside the cycles of a pair, each in a line: its restores, its drills and its failbacks. Their rows come with
//! those of the pairs; only what is under way costs a request more.

use serde::{Deserialize, Serialize};

use super::meeting::BesideRows;
use super::pair::{Book, Pair};
use super::remedy::remedy_of;
use super::report::{PastCycle, Phase, Progress, progress};
use super::status::past;
use super::{Backup, Result, known};
use crate::state::{CycleError, Outcome, PairRead, Status};

/// Of each kind, in the page of a pair.
const SHOWN: usize = 10;

/// What it is. Its name in routes is that with an `s`, but `failback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Restore,
    Drill,
    Failback,
}

/// The newest of its kind. Public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beside {
    pub kind: Kind,
    /// Nothing where its row cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// While it is under way, and so is `progress`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// When it has ended, and so is `ended_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// ISO 8601, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it failed, cannot go on, or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CycleError>,
    /// What a person can do; nothing where none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Takes the rows of one pair out of those of all.
pub(super) fn of_pair(pair: &Pair, rows: &mut BesideRows) -> BesideRows {
    books(pair).into_iter().filter_map(|(_, book)| rows.remove_entry(&book.name)).collect()
}

fn books(pair: &Pair) -> [(Kind, Book<'_>); 3] {
    [(Kind::Restore, pair.restores()), (Kind::Drill, pair.drills()), (Kind::Failback, pair.failbacks())]
}

impl Backup {
    /// Of those kinds alone that the pair ever had. `rows` are those of the pair.
    pub(super) async fn beside(&self, pair: &Pair, mut rows: BesideRows) -> Vec<Beside> {
        let mut told = Vec::new();
        for (kind, book) in books(pair) {
            match rows.remove(&book.name) {
                Some(Ok(read)) => told.extend(self.newest_beside(pair, kind, &book, &read).await),
                Some(Err(error)) => told.push(Beside::unreadable(kind, error.into())),
                None => {}
            }
        }
        told
    }

    /// The last of each kind that have ended, newest first.
    pub(super) async fn ended_beside(&self, pair: &Pair) -> Result<Vec<(Kind, PastCycle)>> {
        let mut ended = Vec::new();
        for (kind, book) in books(pair) {
            let cycles = known(self.store.cycles(&book.name, SHOWN).await)?;
            ended.extend(cycles.into_iter().map(|cycle| (kind, past(cycle))));
        }
        Ok(ended)
    }

    async fn newest_beside(
        &self,
        pair: &Pair,
        kind: Kind,
        book: &Book<'_>,
        read: &PairRead,
    ) -> Option<Beside> {
        match self.under_way(book, read.record.cycle.as_deref()).await {
            Err(error) => Some(Beside::unreadable(kind, error)),
            Ok(Some((_, Err(error)))) => Some(Beside::unreadable(kind, error)),
            Ok(Some((id, Ok(record)))) if !record.state.is_finished() => {
                let state = Phase::from(&record.state);
                let cut_off = record.restore.as_ref().and_then(|restore| self.why_cut_off(pair, restore));
                // while somebody works on it, an error is of something that is tried again
                let error = cut_off.or_else(|| record.error.clone().filter(|_| read.lease_left.is_zero()));
                let remedy = match &error {
                    Some(error) => Some(remedy_of(&error.code)),
                    None => (state == Phase::AwaitingApproval).then(|| kind.look(pair.name(), &id)),
                };
                let (id, state, progress) = (Some(id), Some(state), Some(progress(&record)));
                Some(Beside { id, state, progress, error, remedy, ..Beside::of(kind) })
            }
            Ok(_) => {
                let (id, outcome) = (read.record.last_cycle.clone()?, read.record.outcome.clone()?);
                let Outcome { status, at, error, .. } = outcome;
                // the next drill may be a week away, and a failback that failed shows in the pair's standing
                let is_bad =
                    kind == Kind::Drill && matches!(status, Status::CompletedWithErrors | Status::Failed);
                let remedy = is_bad.then(|| kind.look(pair.name(), &id));
                let (id, status, ended_at) = (Some(id), Some(status), Some(at));
                Some(Beside { id, status, ended_at, error, remedy, ..Beside::of(kind) })
            }
        }
    }
}

impl Beside {
    fn of(kind: Kind) -> Self {
        let (id, state, progress, status) = (None, None, None, None);
        Self { kind, id, state, progress, status, ended_at: None, error: None, remedy: None }
    }

    fn unreadable(kind: Kind, error: CycleError) -> Self {
        Self { remedy: Some(remedy_of(&error.code)), error: Some(error), ..Self::of(kind) }
    }
}

impl Kind {
    /// Where a person looks, and what comes then.
    fn look(self, pair: &str, id: &str) -> String {
        match self {
            Self::Restore => format!(
                "Look at its plan, GET /api/pairs/{pair}/restores/{id}/plan, and approve or reject it by POST \
                 /api/pairs/{pair}/restores/{id}/decisions"
            ),
            Self::Failback => format!(
                "Look at its plan, GET /api/pairs/{pair}/failback/plan, and approve or reject it by POST \
                 /api/pairs/{pair}/failback/decisions"
            ),
            Self::Drill => format!(
                "GET /api/pairs/{pair}/drills/{id} says what did not come back as it was. Mend that, and POST \
                 /api/pairs/{pair}/drills to try again"
            ),
        }
    }
}
