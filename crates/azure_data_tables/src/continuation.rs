//! Where a query goes on, as the service says it.

use crate::headers;
use azure_storage::Answer;

/// Good for the same query only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    pub(crate) partition: String,
    pub(crate) row: Option<String>,
}

impl Continuation {
    pub(crate) fn read(answer: &Answer) -> Option<Self> {
        let partition = answer.header(headers::NEXT_PARTITION_KEY)?.to_owned();
        Some(Self { partition, row: answer.header(headers::NEXT_ROW_KEY).map(str::to_owned) })
    }
}
