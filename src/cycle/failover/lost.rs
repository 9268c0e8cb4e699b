//! What is lost with a source: what it has and the target has not, where it still answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use crate::cycle::Backup;
use crate::cycle::pair::Pair;
use crate::cycle::report::{FailedOverTo, Preview};

/// A source that does not answer for so long is taken to be gone; a part of the budget is left for the plan.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    pub source_answers: bool,
    pub detail: String,
    /// What a cycle would do now, from the source as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Preview>,
}

impl Backup {
    pub(super) async fn lost(&self, pair: &Pair, point: &FailedOverTo, deadline: Instant) -> Lost {
        let from = &point.data_from;
        let gone = |why: &str| Lost {
            source_answers: false,
            detail: format!(
                "The source does not answer ({why}), so what would be lost is not known: at the worst everything that was changed in it \
                 since {from}"
            ),
            plan: None,
        };
        let patience = deadline.min(Instant::now() + PATIENCE);
        match timeout_at(patience, pair.source.get_properties()).await {
            Err(_) => return gone(&format!("nothing for {} seconds", PATIENCE.as_secs())),
            Ok(Err(error)) => return gone(&error.to_string()),
            Ok(Ok(_)) => {}
        }
        let plan = match self.plan_only(pair.name(), deadline).await {
            Ok(plan) => plan,
            Err(error) => return gone(&error.to_string()),
        };
        let changed = plan.planned;
        let counts = format!(
            "{} files ({} bytes) and {} directories to copy, {} entries of other properties, {} renamed, {} deleted",
            changed.copied.files,
            changed.copied.bytes,
            changed.copied.directories,
            changed.metadata,
            changed.renamed,
            changed.deleted
        );
        let detail = if plan.complete {
            format!(
                "The source answers. It differs from the target in: {counts}. That is lost to those who work with the target, as far as it \
                 was changed in the source since {from}; what was written to the target since the failover is counted, too"
            )
        } else {
            format!(
                "The source answers, but the time was too short to compare all of it. So far it differs from the target in: {counts}. At \
                 the worst everything is lost that was changed in it since {from}"
            )
        };
        Lost { source_answers: true, detail, plan: Some(plan) }
    }
}
