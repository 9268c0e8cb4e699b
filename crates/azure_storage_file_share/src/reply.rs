//! Reading the headers of a successful answer. What is missing or malformed is an error that names the header.

use crate::headers;
use crate::location::Location;
use crate::{ETag, Error, ErrorKind, Operation, Result, Written};
use azure_storage::Answer;
use std::fmt::Display;
use std::str::FromStr;

pub(crate) struct Reply<'a> {
    pub(crate) at: &'a Location,
    pub(crate) operation: Operation,
    pub(crate) answer: Answer,
}

impl Reply<'_> {
    pub(crate) fn text(&self, name: &'static str) -> Option<&str> {
        self.answer.header(name)
    }

    pub(crate) fn owned(&self, name: &'static str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>>
    where
        T::Err: Display,
    {
        let parse = |text: &str| text.parse().map_err(|cause| self.protocol(format!("{name}: {cause}")));
        self.text(name).map(parse).transpose()
    }

    pub(crate) fn required<T: FromStr>(&self, name: &'static str) -> Result<T>
    where
        T::Err: Display,
    {
        self.optional(name)?.ok_or_else(|| self.protocol(format!("{name} is missing")))
    }

    pub(crate) fn etag(&self) -> Result<ETag> {
        let text = self.text(headers::ETAG).ok_or_else(|| self.protocol("etag is missing"))?;
        Ok(text.into())
    }

    pub(crate) fn written(&self) -> Result<Written> {
        Ok(Written {
            etag: self.etag()?,
            attributes: self.required(headers::FILE_ATTRIBUTES)?,
            creation_time: self.required(headers::FILE_CREATION_TIME)?,
            last_write_time: self.required(headers::FILE_LAST_WRITE_TIME)?,
            change_time: self.required(headers::FILE_CHANGE_TIME)?,
            permission_key: self.text(headers::FILE_PERMISSION_KEY).unwrap_or_default().into(),
            file_id: self.required(headers::FILE_ID)?,
            parent_id: self.optional(headers::FILE_PARENT_ID)?,
        })
    }

    pub(crate) fn protocol(&self, what: impl Display) -> Error {
        Error::new(self.operation.name(), self.at, ErrorKind::Protocol).with_source(what.to_string())
    }
}
