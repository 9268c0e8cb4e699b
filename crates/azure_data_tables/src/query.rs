//! A query for rows, and a page of its answer.

use crate::entity::{PARTITION_KEY, ROW_KEY, TIMESTAMP, check_property_name};
use crate::refusal::{Refusal, refuse};
use crate::url::add_query;
use crate::{Continuation, Filter, Stored};
use time::OffsetDateTime;
use url::Url;

const MAX_PAGE_ROWS: u32 = 1000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub filter: Filter,
    /// The properties that are wanted, all of them if none is named. Keys and times come always.
    pub select: Vec<String>,
    /// Rows in a page at most; the service gives no more than 1,000.
    pub top: Option<u32>,
    pub continuation: Option<Continuation>,
}

/// There are more pages while there is a continuation, even after an empty one.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// By partition key, then by row key.
    pub rows: Vec<Stored>,
    /// When the service answered, by its own clock, in whole seconds.
    pub at: OffsetDateTime,
    pub continuation: Option<Continuation>,
}

impl Query {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if let Some(top) = self.top.filter(|top| !(1..=MAX_PAGE_ROWS).contains(top)) {
            return refuse("InvalidInput", format!("A page has 1 to {MAX_PAGE_ROWS} rows, not {top}"));
        }
        self.select.iter().try_for_each(|name| check_property_name(name))
    }

    pub(crate) fn write(&self, url: &mut Url) {
        if let Some(expression) = self.filter.expression() {
            add_query(url, "$filter", &expression);
        }
        if !self.select.is_empty() {
            let names = [PARTITION_KEY, ROW_KEY, TIMESTAMP].into_iter();
            let names: Vec<&str> = names.chain(self.select.iter().map(String::as_str)).collect();
            add_query(url, "$select", &names.join(","));
        }
        if let Some(top) = self.top {
            add_query(url, "$top", &top.to_string());
        }
        if let Some(continuation) = &self.continuation {
            add_query(url, "NextPartitionKey", &continuation.partition);
            if let Some(row) = &continuation.row {
                add_query(url, "NextRowKey", row);
            }
        }
    }
}
