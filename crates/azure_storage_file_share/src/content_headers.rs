//! The six headers that the service keeps with a file and computes nothing from.

use crate::call::Call;
use crate::headers;
use crate::reply::Reply;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentHeaders {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
    /// Base64, as stored by whoever wrote the file.
    pub content_md5: Option<String>,
}

impl ContentHeaders {
    pub(crate) fn write<'a>(&self, call: Call<'a>) -> Call<'a> {
        call.optional_header("x-ms-content-type", self.content_type.clone())
            .optional_header("x-ms-content-encoding", self.content_encoding.clone())
            .optional_header("x-ms-content-language", self.content_language.clone())
            .optional_header("x-ms-content-disposition", self.content_disposition.clone())
            .optional_header("x-ms-cache-control", self.cache_control.clone())
            .optional_header(headers::FILE_CONTENT_MD5, self.content_md5.clone())
    }

    pub(crate) fn read(reply: &Reply<'_>) -> Self {
        // With a part of the file, Content-MD5 would be that of the part.
        let is_part = reply.text(headers::CONTENT_RANGE).is_some();
        Self {
            content_type: reply.owned(headers::CONTENT_TYPE),
            content_encoding: reply.owned("content-encoding"),
            content_language: reply.owned("content-language"),
            content_disposition: reply.owned("content-disposition"),
            cache_control: reply.owned("cache-control"),
            content_md5: reply.owned(if is_part { headers::FILE_CONTENT_MD5 } else { "content-md5" }),
        }
    }
}
