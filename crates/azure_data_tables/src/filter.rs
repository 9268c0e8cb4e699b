//! Which rows a query is after, by their keys: that is what the service finds without searching a whole table.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities>

use crate::url::quoted;

/// Every condition must hold; without any, all rows of the table are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<String>);

impl Filter {
    pub fn partition(key: &str) -> Self {
        Self::default().and("PartitionKey eq", key)
    }

    /// Rows that are not before `key`.
    #[must_use]
    pub fn row_from(self, key: &str) -> Self {
        self.and("RowKey ge", key)
    }

    /// Rows that are before `key`.
    #[must_use]
    pub fn row_before(self, key: &str) -> Self {
        self.and("RowKey lt", key)
    }

    fn and(mut self, comparison: &str, key: &str) -> Self {
        self.0.push(format!("{comparison} '{}'", quoted(key)));
        self
    }

    pub(crate) fn expression(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_and_quotes_doubled() {
        let filter = Filter::partition("O'Brien").row_from("plan-").row_before("plan.");
        let expected = "PartitionKey eq 'O''Brien' and RowKey ge 'plan-' and RowKey lt 'plan.'";
        assert_eq!(filter.expression().as_deref(), Some(expected));
    }

    #[test]
    fn no_condition_is_no_expression() {
        assert_eq!(Filter::default().expression(), None);
    }
}
