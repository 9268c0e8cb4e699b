//! One operation on a table or a row: its request goes out through here, and its errors know what it was about.

use crate::failure::Notes;
use crate::headers;
use crate::key::{check_keys, check_table};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::{Error, ErrorKind, Repeat, Result};
use azure_core::http::headers::HeaderName;
use azure_core::http::{Context, Method, Request};
use azure_storage::Answer;
use std::fmt;
use url::Url;

pub(crate) struct Action<'a> {
    pub(crate) service: &'a Service,
    pub(crate) operation: &'static str,
    pub(crate) table: &'a str,
    /// Its two keys.
    pub(crate) row: Option<(&'a str, &'a str)>,
}

impl Action<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        self.allow(check_table(self.table))?;
        match self.row {
            Some((partition_key, row_key)) => self.allow(check_keys(partition_key, row_key)),
            None => Ok(()),
        }
    }

    pub(crate) fn allow<T>(&self, checked: std::result::Result<T, Refusal>) -> Result<T> {
        checked.map_err(|Refusal { code, reason }| Error::refused(self.operation, self, code, reason))
    }

    pub(crate) fn protocol(&self, what: impl fmt::Display) -> Error {
        Error::new(self.operation, self, ErrorKind::Protocol).with_source(what.to_string())
    }

    pub(crate) async fn send(&self, request: Request, repeat: Repeat) -> Result<Answer> {
        self.send_noting(request, repeat, &Notes::default()).await
    }

    pub(crate) async fn send_noting(
        &self,
        request: Request,
        repeat: Repeat,
        notes: &Notes,
    ) -> Result<Answer> {
        let context = Context::new().with_value(notes.clone());
        let call = azure_storage::Call { operation: self.operation, resource: self, repeat, context };
        self.service.pipeline.send(call, request).await
    }
}

/// With what every request carries.
pub(crate) fn request(method: Method, url: Url) -> Request {
    let mut request = Request::new(url, method);
    for (name, value) in [
        (headers::VERSION, headers::SERVICE_VERSION),
        (headers::DATA_SERVICE_VERSION, headers::ODATA_VERSION),
        (headers::MAX_DATA_SERVICE_VERSION, headers::ODATA_VERSION),
        (headers::ACCEPT, headers::MINIMAL_METADATA),
    ] {
        request.insert_header(HeaderName::from_static(name), value);
    }
    request
}

pub(crate) fn with_body(mut request: Request, content_type: String, body: Vec<u8>) -> Request {
    request.insert_header(HeaderName::from_static(headers::CONTENT_TYPE), content_type);
    request.set_body(body);
    request
}

/// As errors name it: `table`, or `table("partition", "row")`.
impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some((partition_key, row_key)) => write!(f, "{}({partition_key:?}, {row_key:?})", self.table),
            None => f.write_str(self.table),
        }
    }
}
