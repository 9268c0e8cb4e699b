//! Listing one directory, page by page.

use crate::call::Call;
use crate::headers;
use crate::list_page;
use crate::{ListPage, Operation, Result, ShareDirectoryClient};

#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// The `next_marker` of the page before.
    pub marker: Option<String>,
    pub max_results: Option<u32>,
    pub prefix: Option<String>,
}

impl ShareDirectoryClient {
    /// One page, with everything that a listing can have. The order of the entries is the service's own.
    /// <https://learn.microsoft.com/rest/api/storageservices/list-directories-and-files>
    pub async fn list_directories_and_files(&self, options: &ListOptions) -> Result<ListPage> {
        let max_results = options.max_results.map(|max| max.to_string());
        let reply = Call::get(&self.at, Operation::ListDirectoriesAndFiles)
            .query("restype", "directory")
            .query("comp", "list")
            .query("include", "Timestamps,Etag,Attributes,PermissionKey")
            .optional_query("prefix", options.prefix.as_deref().filter(|prefix| !prefix.is_empty()))
            .optional_query("marker", options.marker.as_deref())
            .optional_query("maxresults", max_results.as_deref())
            .header(headers::FILE_EXTENDED_INFO, "true")
            .send()
            .await?;
        list_page::parse(&reply.answer.body).map_err(|cause| reply.protocol(cause))
    }
}
