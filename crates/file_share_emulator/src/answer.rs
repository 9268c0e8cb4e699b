//! Answers on the wire: the headers every answer has, properties as headers, and errors with the XML body of
//! the service.

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::error::ServiceError;
use crate::identity::TENANT;
use crate::model::clock::Ticks;
use crate::model::node::{Metadata, Properties};
use crate::spelling::{PREFIX, Spelled};
use crate::versions;
use crate::xml::{self, Xml};

#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// Names of metadata that are not all in lower case.
    spelled: Vec<String>,
    body: Body,
}

impl Answer {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(20), spelled: Vec::new(), body: Body::empty() }
    }

    pub(crate) fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    pub(crate) fn created() -> Self {
        Self::new(StatusCode::CREATED)
    }

    pub(crate) fn accepted() -> Self {
        Self::new(StatusCode::ACCEPTED)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Of the body.
    pub(crate) fn length(&self) -> u64 {
        let header = self.headers.get(header::CONTENT_LENGTH);
        let named = header.and_then(|length| length.to_str().ok()?.parse().ok());
        self.body.size_hint().exact().or(named).unwrap_or(0)
    }

    /// A header by its lower-case name. Values come from stored headers or are made here, so they are valid.
    pub(crate) fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    pub(crate) fn optional(self, name: &'static str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn modified(self, modified: Ticks) -> Self {
        self.header("etag", modified.etag()).header("last-modified", modified.rfc1123())
    }

    /// The `x-ms-file-*` headers. The root has no key until its permission was set.
    pub(crate) fn properties(self, properties: &Properties, parent_id: u64) -> Self {
        let answer = self
            .modified(properties.modified)
            .header("x-ms-file-creation-time", properties.creation.iso())
            .header("x-ms-file-last-write-time", properties.last_write.iso())
            .header("x-ms-file-change-time", properties.change.iso())
            .header("x-ms-file-id", properties.id.to_string())
            .header("x-ms-file-parent-id", parent_id.to_string());
        if let Some(posix) = &properties.posix {
            return answer
                .header("x-ms-owner", posix.owner.to_string())
                .header("x-ms-group", posix.group.to_string())
                .header("x-ms-mode", posix.mode.to_string());
        }
        let answer = answer.header("x-ms-file-attributes", properties.attributes.to_string());
        match &properties.permission {
            Some(key) => answer.header("x-ms-file-permission-key", key.as_str()),
            None => answer,
        }
    }

    /// On NFS shares, what kind of object it is.
    pub(crate) fn kind(self, properties: &Properties) -> Self {
        match &properties.posix {
            Some(posix) => self.header("x-ms-file-file-type", posix.kind.name()),
            None => self,
        }
    }

    /// On NFS shares, how many names a file has.
    pub(crate) fn links(self, properties: &Properties) -> Self {
        match &properties.posix {
            Some(posix) => self.header("x-ms-link-count", posix.links.to_string()),
            None => self,
        }
    }

    pub(crate) fn metadata(mut self, metadata: &Metadata) -> Self {
        for (name, value) in metadata.iter() {
            if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                self.spelled.push(name.clone());
            }
            let name = HeaderName::from_bytes(format!("{PREFIX}{name}").as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                self.headers.insert(name, value);
            }
        }
        self
    }

    pub(crate) fn request_encrypted(self) -> Self {
        self.header("x-ms-request-server-encrypted", "true")
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn xml(self, xml: Xml) -> Self {
        self.header("content-type", "application/xml").body(xml.finish())
    }

    pub(crate) fn error(
        error: &ServiceError,
        request_id: &str,
        time: Ticks,
        is_head: bool,
        names_copy_source: bool,
    ) -> Self {
        let mut answer = Self::new(error.status()).header("x-ms-error-code", error.code());
        if error.status() == StatusCode::UNAUTHORIZED {
            answer = answer.header("www-authenticate", challenge());
        }
        if let Some(size) = error.size() {
            answer = answer.header("content-range", format!("bytes */{size}"));
        }
        let source = error.copy_source().filter(|_| names_copy_source);
        if let Some(source) = source {
            answer = answer
                .header("x-ms-copy-source-status-code", source.status.to_string())
                .header("x-ms-copy-source-error-code", &source.code);
        }
        if is_head {
            return answer;
        }
        let message = format!("{}\nRequestId:{request_id}\nTime:{}", error.message(), time.iso());
        let mut xml = Xml::new();
        xml.open("Error").element("Code", error.code()).element("Message", &message);
        for (name, value) in error.elements() {
            xml.element(name, value);
        }
        if let Some(source) = source {
            xml.element("CopySourceStatusCode", &source.status.to_string())
                .element("CopySourceErrorCode", &source.code)
                .element("CopySourceErrorMessage", &source.message);
        }
        xml.close("Error");
        answer.xml(xml)
    }

    /// Without what the version does not know yet.
    pub(crate) fn held_back(mut self, version: &str, operation: &str) -> Self {
        versions::hold_back(&mut self.headers, operation, version);
        self
    }

    pub(crate) fn into_response(mut self) -> Response<Body> {
        self.headers
            .insert(header::SERVER, HeaderValue::from_static("Windows-Azure-File/1.0 Microsoft-HTTPAPI/2.0"));
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if !self.spelled.is_empty() {
            response.extensions_mut().insert(Spelled(self.spelled));
        }
        response
    }
}

/// Whether XML 1.0 cannot carry a name, so that it is answered percent-encoded.
pub(crate) fn needs_encoding(name: &str) -> bool {
    name.chars().any(|letter| !xml::is_allowed(letter))
}

/// Where a token for this service is to be had.
fn challenge() -> String {
    let authority = format!("https://login.microsoftonline.com/{TENANT}/oauth2/authorize");
    format!("Bearer authorization_uri={authority} resource_id=https://storage.azure.com")
}
