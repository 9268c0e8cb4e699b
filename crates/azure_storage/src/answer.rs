//! A successful answer, read whole.

use crate::headers;
use azure_core::http::headers::{HeaderName, Headers};
use bytes::Bytes;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &'static str) -> Option<&str> {
        headers::text(&self.headers, &HeaderName::from_static(name))
    }
}
