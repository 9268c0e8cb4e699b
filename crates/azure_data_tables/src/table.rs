//! A table and its rows.

use crate::action::{Action, request, with_body};
use crate::failure::Notes;
use crate::service::Service;
use crate::transaction_answer::{self, etags};
use crate::url::{address, row};
use crate::{
    Change, Continuation, ETag, Error, FailedChange, Found, MAX_TRANSACTION_BYTES, Page, Query, Repeat,
    Result, entity_json, headers, transaction,
};
use azure_core::http::Method;
use azure_core::http::headers::HeaderName;
use azure_core::time::parse_rfc7231;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

const QUERY: &str = "Query Entities";

/// A table of a name that was just deleted cannot be made for half a minute or more.
const BEING_DELETED_WAIT: Duration = Duration::from_secs(2);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct TableClient {
    service: Arc<Service>,
    name: Arc<str>,
}

impl TableClient {
    pub(crate) fn new(service: Arc<Service>, name: &str) -> Self {
        Self { service, name: name.into() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// While a table of this name is being deleted, it waits, at most until the deadline of the retries.
    /// <https://learn.microsoft.com/rest/api/storageservices/create-table>
    pub async fn create_if_not_exists(&self) -> Result<()> {
        let deadline = Instant::now() + self.service.deadline;
        loop {
            match self.create().await {
                Err(error) if error.is_code("TableAlreadyExists") => return Ok(()),
                Err(error)
                    if error.is_code("TableBeingDeleted")
                        && Instant::now() + BEING_DELETED_WAIT < deadline =>
                {
                    sleep(BEING_DELETED_WAIT).await;
                }
                result => return result,
            }
        }
    }

    async fn create(&self) -> Result<()> {
        let action = self.action("Create Table", None)?;
        let mut request = request(Method::Post, address(&self.service.endpoint, "Tables"));
        request.insert_header(HeaderName::from_static(headers::PREFER), headers::NO_CONTENT);
        let body = serde_json::json!({ "TableName": &*self.name }).to_string();
        let request = with_body(request, headers::JSON.to_owned(), body.into_bytes());
        action.send(request, Repeat::Safe).await?;
        Ok(())
    }

    /// With all its rows. A table that is not there is an error: `ResourceNotFound`.
    /// <https://learn.microsoft.com/rest/api/storageservices/delete-table>
    pub async fn delete(&self) -> Result<()> {
        let action = self.action("Delete Table", None)?;
        let url = address(&self.service.endpoint, format_args!("Tables('{}')", self.name));
        action.send(request(Method::Delete, url), Repeat::OnlyIfNotSent).await?;
        Ok(())
    }

    /// A row that is not there is no error, a table that is not there is one: `TableNotFound`.
    /// <https://learn.microsoft.com/rest/api/storageservices/query-entities>
    pub async fn get(&self, partition_key: &str, row_key: &str) -> Result<Found> {
        let action = self.action(QUERY, Some((partition_key, row_key)))?;
        let url = address(&self.service.endpoint, row(&self.name, partition_key, row_key));
        let notes = Notes::default();
        let stored = match action.send_noting(request(Method::Get, url), Repeat::Safe, &notes).await {
            Ok(answer) => Some(entity_json::read_one(&answer.body).map_err(|cause| action.protocol(cause))?),
            Err(error) if error.is_code("ResourceNotFound") || error.is_code("EntityNotFound") => None,
            Err(error) => return Err(error),
        };
        Ok(Found { stored, at: answered_at(&action, &notes)? })
    }

    /// Gives the ETag of the row that was written. Sent again only if it certainly did not happen.
    pub async fn apply(&self, change: Change) -> Result<Option<ETag>> {
        let action = self.action(change.operation(), Some(change.keys()))?;
        action.allow(change.check())?;
        let mut request = request(change.method(), change.url(&self.service.endpoint, &self.name));
        for (name, value) in change.headers() {
            request.insert_header(HeaderName::from_static(name), value);
        }
        if let Some(body) = change.body() {
            request = with_body(request, headers::JSON.to_owned(), body);
        }
        let answer = action.send(request, Repeat::OnlyIfNotSent).await?;
        match answer.header(headers::ETAG) {
            _ if !change.writes() => Ok(None),
            Some(etag) => Ok(Some(etag.into())),
            None => Err(action.protocol("etag is missing")),
        }
    }

    /// All of the changes or none of them; gives the ETags of the rows that were written. The error of a failed one
    /// has the status and the code of the change to blame, and [`FailedChange`] says which that is. Sent again only if
    /// it certainly did not happen.
    /// <https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions>
    pub async fn transaction(&self, changes: Vec<Change>) -> Result<Vec<Option<ETag>>> {
        let action = self.action("Entity Group Transaction", None)?;
        action.allow(transaction::check(&changes))?;
        transaction::check_each(&changes).map_err(|(index, refusal)| {
            let cause = FailedChange { index, reason: Some(refusal.reason) };
            Error::refused(action.operation, &action, refusal.code, cause)
        })?;
        let (content_type, body) = transaction::write(&changes, &self.service.endpoint, &self.name);
        if body.len() >= MAX_TRANSACTION_BYTES {
            let reason = format!("{} bytes, not less than {MAX_TRANSACTION_BYTES}", body.len());
            return Err(Error::refused(action.operation, &action, "RequestBodyTooLarge", reason));
        }
        let request = request(Method::Post, address(&self.service.endpoint, "$batch"));
        let request = with_body(request, content_type, body);
        let notes = Notes::default();
        let sent = action.send_noting(request, Repeat::OnlyIfNotSent, &notes).await;
        let answer = sent.map_err(|error| match notes.noted().failed_change {
            Some(index) if index < changes.len() => error.with_source(FailedChange { index, reason: None }),
            _ => error,
        })?;
        let content_type = answer.header(headers::CONTENT_TYPE).unwrap_or_default();
        let parts = transaction_answer::parts(content_type, &answer.body);
        parts.and_then(|parts| etags(&parts, &changes)).map_err(|cause| action.protocol(cause))
    }

    /// One page. <https://learn.microsoft.com/rest/api/storageservices/query-entities>
    pub async fn query(&self, query: &Query) -> Result<Page> {
        let action = self.action(QUERY, None)?;
        action.allow(query.check())?;
        let mut url = address(&self.service.endpoint, format_args!("{}()", self.name));
        query.write(&mut url);
        let notes = Notes::default();
        let answer = action.send_noting(request(Method::Get, url), Repeat::Safe, &notes).await?;
        let rows = entity_json::read_many(&answer.body).map_err(|cause| action.protocol(cause))?;
        Ok(Page { rows, at: answered_at(&action, &notes)?, continuation: Continuation::read(&answer) })
    }

    fn action<'a>(&'a self, operation: &'static str, row: Option<(&'a str, &'a str)>) -> Result<Action<'a>> {
        let action = Action { service: &self.service, operation, table: &self.name, row };
        action.check()?;
        Ok(action)
    }
}

fn answered_at(action: &Action<'_>, notes: &Notes) -> Result<OffsetDateTime> {
    let at = notes.noted().date.and_then(|date| parse_rfc7231(&date).ok());
    at.ok_or_else(|| action.protocol("Date is missing"))
}

#[cfg(test)]
mod tests;
