//! A write to one row, alone or as part of a transaction.

use crate::entity_json;
use crate::headers;
use crate::key::check_keys;
use crate::refusal::{Refusal, refuse};
use crate::url::{address, row};
use crate::{ETag, Entity};
use azure_core::http::Method;
use url::Url;

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The row must not be there.
    /// <https://learn.microsoft.com/rest/api/storageservices/insert-entity>
    Insert(Entity),
    /// The row must be there; properties that are not named are gone afterwards.
    /// <https://learn.microsoft.com/rest/api/storageservices/update-entity2>
    Replace(Entity, Match),
    /// <https://learn.microsoft.com/rest/api/storageservices/insert-or-replace-entity>
    InsertOrReplace(Entity),
    /// The row must be there.
    /// <https://learn.microsoft.com/rest/api/storageservices/delete-entity1>
    Delete { partition_key: String, row_key: String, condition: Match },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    Any,
    /// The row must still be the one that was read.
    ETag(ETag),
}

impl Change {
    pub fn partition_key(&self) -> &str {
        self.keys().0
    }

    pub fn row_key(&self) -> &str {
        self.keys().1
    }

    pub(crate) fn keys(&self) -> (&str, &str) {
        match self {
            Self::Insert(entity) | Self::Replace(entity, _) | Self::InsertOrReplace(entity) => {
                (&entity.partition_key, &entity.row_key)
            }
            Self::Delete { partition_key, row_key, .. } => (partition_key, row_key),
        }
    }

    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Insert(_) => "Insert Entity",
            Self::Replace(..) => "Update Entity",
            Self::InsertOrReplace(_) => "Insert Or Replace Entity",
            Self::Delete { .. } => "Delete Entity",
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Insert(_) => Method::Post,
            Self::Replace(..) | Self::InsertOrReplace(_) => Method::Put,
            Self::Delete { .. } => Method::Delete,
        }
    }

    pub(crate) fn url(&self, endpoint: &Url, table: &str) -> Url {
        let (partition_key, row_key) = self.keys();
        match self {
            Self::Insert(_) => address(endpoint, table),
            _ => address(endpoint, row(table, partition_key, row_key)),
        }
    }

    /// Those that only this kind of change has.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if let Some(condition) = self.condition() {
            lines.push((headers::IF_MATCH, condition.as_str().to_owned()));
        }
        if matches!(self, Self::Insert(_)) {
            lines.push((headers::PREFER, headers::NO_CONTENT.to_owned()));
        }
        lines
    }

    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        self.entity().map(entity_json::write)
    }

    /// A row that is written has an ETag afterwards.
    pub(crate) fn writes(&self) -> bool {
        self.entity().is_some()
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let (partition_key, row_key) = self.keys();
        check_keys(partition_key, row_key)?;
        if self.condition().is_some_and(|condition| !condition.is_header()) {
            return refuse("InvalidHeaderValue", "An ETag that no header can carry");
        }
        self.entity().map_or(Ok(()), Entity::check)
    }

    fn entity(&self) -> Option<&Entity> {
        match self {
            Self::Insert(entity) | Self::Replace(entity, _) | Self::InsertOrReplace(entity) => Some(entity),
            Self::Delete { .. } => None,
        }
    }

    fn condition(&self) -> Option<&Match> {
        match self {
            Self::Replace(_, condition) | Self::Delete { condition, .. } => Some(condition),
            Self::Insert(_) | Self::InsertOrReplace(_) => None,
        }
    }
}

impl Match {
    fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::ETag(etag) => etag.as_str(),
        }
    }

    /// An empty one would be no condition at all, and `*` would be any.
    fn is_header(&self) -> bool {
        let printable = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        match self {
            Self::Any => true,
            Self::ETag(etag) => !matches!(etag.as_str().trim(), "" | "*") && printable(etag.as_str()),
        }
    }
}
