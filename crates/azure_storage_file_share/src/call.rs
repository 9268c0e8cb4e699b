//! One request, put together: what every request carries is added here, the rest by the operation.

use crate::headers;
use crate::location::{Location, add_query};
use crate::metadata;
use crate::reply::Reply;
use crate::{
    Bearer, ContentHeaders, Credential, Error, Metadata, Operation, Permission, Repeat, Result, SmbProperties,
};
use azure_core::http::headers::{HeaderName, HeaderValue};
use azure_core::http::{Context, Method, Request};
use azure_storage::{CopySourceBearer, Moves};
use bytes::Bytes;

/// The only intent there is. The service wants it stated with every token: rights of roles then stand above access
/// control lists.
const BACKUP: &str = "backup";

const MAX_PERMISSION_BYTES: usize = 8 * 1024;

pub(crate) struct Call<'a> {
    at: &'a Location,
    operation: Operation,
    repeat: Repeat,
    request: Request,
    source_bearer: Option<CopySourceBearer>,
    moves: Moves,
    refusal: Option<Error>,
}

impl<'a> Call<'a> {
    pub(crate) fn get(at: &'a Location, operation: Operation) -> Self {
        Self::new(at, operation, Method::Get)
    }

    pub(crate) fn head(at: &'a Location, operation: Operation) -> Self {
        Self::new(at, operation, Method::Head)
    }

    pub(crate) fn put(at: &'a Location, operation: Operation) -> Self {
        Self::new(at, operation, Method::Put)
    }

    pub(crate) fn delete(at: &'a Location, operation: Operation) -> Self {
        Self::new(at, operation, Method::Delete)
    }

    fn new(at: &'a Location, operation: Operation, method: Method) -> Self {
        let mut url = at.url.clone();
        let mut refusal = at.check_name(operation).err();
        // A permission belongs to the share; the service takes no share snapshot there.
        if let Some(snapshot) = at.snapshot.as_ref().filter(|_| operation != Operation::GetPermission) {
            add_query(&mut url, "sharesnapshot", snapshot.as_str());
            if snapshot.as_str().is_empty() {
                // The service might take it for the live share.
                let reason = "A share snapshot has an id";
                refusal = Some(at.refuse(operation, "InvalidQueryParameterValue", reason));
            }
            if !operation.is_allowed_on_share_snapshots() {
                let reason = "A share snapshot does not allow it";
                refusal = Some(at.refuse(operation, "InvalidQueryParameterValue", reason));
            }
        }
        if let Some(seconds) = at.service.writes.timeout_seconds().filter(|_| operation.writes()) {
            add_query(&mut url, "timeout", &seconds.to_string());
        }
        let call = Self {
            at,
            operation,
            repeat: Repeat::Safe,
            request: Request::new(url, method),
            source_bearer: None,
            moves: Moves::default(),
            refusal,
        };
        let call = match at.service.credential {
            Credential::Bearer(_) => call.header(headers::FILE_REQUEST_INTENT, BACKUP),
            Credential::SharedKey(_) => call,
        };
        let lease = at.lease.as_ref().filter(|_| operation != Operation::LeaseFile);
        call.header(headers::VERSION, at.service.version.as_str())
            .header(headers::ALLOW_TRAILING_DOT, "true")
            .optional_header(headers::LEASE_ID, lease.map(ToString::to_string))
    }

    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        add_query(self.request.url_mut(), name, value);
        self
    }

    pub(crate) fn optional_query(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<HeaderValue>) -> Self {
        self.request.insert_header(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn optional_header(self, name: &'static str, value: Option<impl Into<HeaderValue>>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    pub(crate) fn smb(self, smb: &SmbProperties) -> Self {
        smb.write(self)
    }

    /// Asks for a restore where the version can: attributes and permission are then stored exactly as sent. The
    /// service does so only with a permission; otherwise a new file gets `Archive` and inherits.
    pub(crate) fn restored(self, smb: &SmbProperties) -> Self {
        let restored = smb.sends_permission() && self.at.service.version.restores();
        let call = self.smb(smb);
        if restored { call.header(headers::FILE_PROPERTY_SEMANTICS, "Restore") } else { call }
    }

    /// In the header itself, where the service takes 8 KiB; a longer one needs a key.
    pub(crate) fn permission(self, permission: &Permission) -> Self {
        let too_long = permission.value.len() > MAX_PERMISSION_BYTES;
        let call = self
            .header(headers::FILE_PERMISSION, permission.value.clone())
            .header(headers::FILE_PERMISSION_FORMAT, permission.format.as_str());
        if too_long {
            call.refuse("PermissionTooLong", "A permission of more than 8 KiB needs a key")
        } else {
            call
        }
    }

    pub(crate) fn content(self, content: &ContentHeaders) -> Self {
        content.write(self)
    }

    pub(crate) fn metadata(mut self, metadata: &Metadata) -> Self {
        if let Some(code) = metadata::problem(metadata) {
            return self.refuse(code, "Metadata that no header can carry");
        }
        for (name, value) in metadata {
            let name = HeaderName::from(format!("{}{name}", headers::METADATA_PREFIX));
            self.request.insert_header(name, value.clone());
        }
        self
    }

    /// A token for the source of a copy; the intent covers it too.
    pub(crate) fn source_bearer(mut self, bearer: &Bearer) -> Self {
        self.source_bearer = Some(CopySourceBearer(bearer.clone()));
        self.header(headers::FILE_REQUEST_INTENT, BACKUP)
    }

    /// So many bytes are moved by the service.
    pub(crate) fn moves(mut self, bytes: u64) -> Self {
        self.moves = Moves(bytes);
        self
    }

    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.request.set_body(body);
        self
    }

    /// The first reason stays.
    pub(crate) fn refuse(mut self, code: &'static str, reason: &'static str) -> Self {
        self.refusal.get_or_insert_with(|| self.at.refuse(self.operation, code, reason));
        self
    }

    pub(crate) async fn send(self) -> Result<Reply<'a>> {
        let Self { at, operation, repeat, request, source_bearer, moves, refusal } = self;
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let mut context = Context::new().with_value(operation).with_value(moves);
        if operation.writes() {
            context.insert(at.service.writes.clone());
        }
        if let Some(bearer) = source_bearer {
            context.insert(bearer);
        }
        let call = azure_storage::Call { operation: operation.name(), resource: at, repeat, context };
        match at.service.pipeline.send(call, request).await {
            Ok(answer) => Ok(Reply { at, operation, answer }),
            Err(error) if error.is_of_load() => Err(at.blame(error).await),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
