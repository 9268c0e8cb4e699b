//! The source of a Copy File: found and authorized like that of Put Range From URL, but for files of the caller's own
//! account, which its Shared Key or token opens.

use std::sync::Arc;

use crate::error::{self, ServiceError};
use crate::model::account::Account;
use crate::model::generated::Window;
use crate::model::name::parse_path;
use crate::model::node::File;
use crate::model::permission::Format;
use crate::operations::copy_range::{self, Source};
use crate::operations::find;
use crate::request::Request;
use crate::service::Call;

pub(crate) struct SourceFile {
    pub(crate) file: Arc<File>,
    /// The permission in binary, so that another share can store it.
    pub(crate) descriptor: Option<String>,
    pub(crate) account: Arc<Account>,
    pub(crate) url: String,
}

impl SourceFile {
    pub(crate) fn read(call: &Call<'_>) -> Result<Self, ServiceError> {
        if call.state.config.copy_source_refused {
            return Err(copy_range::refused(&error::AUTHORIZATION_FAILURE.into()));
        }
        let keep_dots = call.request.keeps_trailing_dots("x-ms-source-allow-trailing-dot")?;
        let url = call.request.required_header("x-ms-copy-source")?.to_owned();
        let source = Source::of(call)?;
        let is_of_own_account = source.account.name == call.account.name;
        let is_opened = is_of_own_account && is_authorized_by_request(call.request);
        // What the request itself may read is looked up like its target; elsewhere the source answers for itself.
        let (file, descriptor) = match source.find(call, is_opened, keep_dots) {
            Err(error) if !is_opened => return Err(copy_range::refused(&error)),
            found => found?,
        };
        Ok(Self { file, descriptor, account: source.account, url })
    }
}

impl Source {
    fn find(
        &self,
        call: &Call<'_>,
        is_opened: bool,
        keep_dots: bool,
    ) -> Result<(Arc<File>, Option<String>), ServiceError> {
        if !is_opened {
            self.authorize_by_signature(call.state)?;
        }
        let path = parse_path(&self.item, keep_dots)?;
        let share = self.account.share(&self.share)?;
        let share = share.lock();
        let tree = find::tree(&share, &self.query, call.request, &path, Window::Nothing)?;
        let (file, _) = find::file(&tree, &path)?;
        let key = file.properties.permission.as_ref();
        let descriptor = key.map(|key| share.permissions.get(key, Format::Binary)).transpose()?;
        Ok((file.clone(), descriptor))
    }
}

/// A signature in the URL of the request opens nothing but what it was made for; its key or token does.
fn is_authorized_by_request(request: &Request) -> bool {
    request.header("authorization").is_some()
}
