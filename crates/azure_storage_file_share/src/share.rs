//! A share, or one of its share snapshots.

use crate::call::Call;
use crate::headers;
use crate::location::Location;
use crate::metadata;
use crate::sas;
use crate::{
    ETag, ListSharesOptions, Metadata, Operation, Permission, PermissionFormat, PermissionKey, Repeat,
    Result, Sas, SasPermissions, ShareDirectoryClient, ShareFileClient, ShareItem, ShareServiceClient,
    ShareSnapshotId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::OffsetDateTime;
use url::Url;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShareClient {
    pub(crate) at: Arc<Location>,
}

#[derive(Clone, Debug, Default)]
pub struct CreateShareOptions {
    pub metadata: Metadata,
    pub quota_gib: Option<u32>,
    /// `SMB`, the service's choice, or `NFS`; fixed for the life of the share.
    pub enabled_protocols: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareWritten {
    pub etag: ETag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareProperties {
    pub etag: ETag,
    pub quota_gib: Option<u32>,
    pub enabled_protocols: Option<String>,
    /// `available`, `leased`, `expired`, `breaking` or `broken`.
    pub lease_state: Option<String>,
    /// `locked` or `unlocked`.
    pub lease_status: Option<String>,
    /// `infinite` or `fixed`, while leased.
    pub lease_duration: Option<String>,
    pub metadata: Metadata,
}

/// What becomes of the share snapshots when their share is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeleteSnapshots {
    /// The share stays if it has any: `ShareHasSnapshots`.
    #[default]
    Refuse,
    Include,
    IncludeLeased,
}

impl ShareClient {
    pub(crate) fn new(at: Location) -> Self {
        Self { at: Arc::new(at) }
    }

    pub fn name(&self) -> &str {
        &self.at.share
    }

    pub fn account(&self) -> &str {
        &self.at.service.account
    }

    /// Without a query, also for a share snapshot.
    pub fn url(&self) -> &Url {
        &self.at.url
    }

    pub fn snapshot(&self) -> Option<&ShareSnapshotId> {
        self.at.snapshot.as_ref()
    }

    /// For reading only: this client and all that come from it refuse to write, but for a lease.
    #[must_use]
    pub fn with_snapshot(&self, id: &ShareSnapshotId) -> Self {
        Self::new(self.at.root().at_snapshot(Some(id.clone())))
    }

    /// The same share with all paths counted from a directory, as if that were its root. What is asked of the share
    /// itself is asked as before.
    #[must_use]
    pub fn within(&self, directory: &str) -> Self {
        let directory = directory.trim_matches('/').into();
        Self::new(Location { within: directory, ..self.at.root() })
    }

    pub fn root_directory_client(&self) -> ShareDirectoryClient {
        ShareDirectoryClient::new(self.at.top())
    }

    /// `path` is names joined with `/`, not encoded; empty for the root.
    pub fn directory_client(&self, path: &str) -> ShareDirectoryClient {
        ShareDirectoryClient::new(if path.is_empty() { self.at.top() } else { self.at.entry(path) })
    }

    /// `path` is names joined with `/`, not encoded.
    pub fn file_client(&self, path: &str) -> ShareFileClient {
        ShareFileClient::new(self.at.entry(path))
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/create-share>
    pub async fn create(&self, options: &CreateShareOptions) -> Result<ShareWritten> {
        let quota = options.quota_gib.map(|quota| quota.to_string());
        let reply = self
            .put(Operation::CreateShare)
            .metadata(&options.metadata)
            .optional_header(headers::SHARE_QUOTA, quota)
            .optional_header(headers::ENABLED_PROTOCOLS, options.enabled_protocols.clone())
            .send()
            .await?;
        Ok(ShareWritten { etag: reply.etag()? })
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/get-share-properties>
    pub async fn get_properties(&self) -> Result<ShareProperties> {
        let call = Call::get(&self.at, Operation::GetShareProperties).query("restype", "share");
        let reply = call.send().await?;
        Ok(ShareProperties {
            etag: reply.etag()?,
            quota_gib: reply.optional(headers::SHARE_QUOTA)?,
            enabled_protocols: reply.owned(headers::ENABLED_PROTOCOLS),
            lease_state: reply.owned(headers::LEASE_STATE),
            lease_status: reply.owned(headers::LEASE_STATUS),
            lease_duration: reply.owned(headers::LEASE_DURATION),
            metadata: metadata::read(&reply.answer.headers),
        })
    }

    /// With no metadata, the share snapshot inherits that of the share. Never repeated after a lost answer: that
    /// would take a second one. <https://learn.microsoft.com/rest/api/storageservices/snapshot-share>
    pub async fn create_snapshot(&self, metadata: &Metadata) -> Result<ShareSnapshotId> {
        let call = self.put(Operation::SnapshotShare).query("comp", "snapshot");
        let reply = call.metadata(metadata).repeat(Repeat::OnlyIfNotSent).send().await?;
        let id = reply.text(headers::SNAPSHOT).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| reply.protocol("x-ms-snapshot is missing"))?;
        Ok(id.into())
    }

    /// The whole share. <https://learn.microsoft.com/rest/api/storageservices/delete-share>
    pub async fn delete(&self, snapshots: DeleteSnapshots) -> Result<()> {
        let snapshots = match snapshots {
            DeleteSnapshots::Refuse => None,
            DeleteSnapshots::Include => Some("include"),
            DeleteSnapshots::IncludeLeased => Some("include-leased"),
        };
        let call = Call::delete(&self.at, Operation::DeleteShare).query("restype", "share");
        call.optional_header(headers::DELETE_SNAPSHOTS, snapshots).send().await?;
        Ok(())
    }

    /// One share snapshot; the share stays. An empty id is refused, for it would name the share itself.
    /// <https://learn.microsoft.com/rest/api/storageservices/delete-share>
    pub async fn delete_snapshot(&self, id: &ShareSnapshotId) -> Result<()> {
        let mut call = Call::delete(&self.at, Operation::DeleteShare).query("restype", "share");
        if id.as_str().is_empty() {
            call = call.refuse("InvalidQueryParameterValue", "A share snapshot has an id");
        }
        call.query("sharesnapshot", id.as_str()).send().await?;
        Ok(())
    }

    /// All share snapshots of this share, with their metadata. The service can only list shares by prefix, and
    /// other shares may begin with this one's name.
    pub async fn list_snapshots(&self) -> Result<Vec<ShareItem>> {
        let service = ShareServiceClient::of(self.at.service.clone());
        let mut snapshots = Vec::new();
        let mut options = ListSharesOptions {
            prefix: Some(self.name().to_owned()),
            include_snapshots: true,
            include_metadata: true,
            ..Default::default()
        };
        loop {
            let page = service.list_shares(&options).await?;
            let ours =
                page.shares.into_iter().filter(|item| item.name == self.name() && item.snapshot.is_some());
            snapshots.extend(ours);
            match page.next_marker {
                Some(marker) => options.marker = Some(marker),
                None => return Ok(snapshots),
            }
        }
    }

    /// The same descriptor gives the same key. <https://learn.microsoft.com/rest/api/storageservices/create-permission>
    pub async fn create_permission(&self, permission: &Permission) -> Result<PermissionKey> {
        let body = PermissionBody {
            permission: permission.value.clone(),
            format: Some(permission.format.as_str().to_lowercase()),
        };
        let body = serde_json::to_vec(&body).expect("two strings have a JSON form");
        let call = self.put(Operation::CreatePermission).query("comp", "filepermission");
        let reply = call.header(headers::CONTENT_TYPE, "application/json").body(body.into()).send().await?;
        match reply.text(headers::FILE_PERMISSION_KEY) {
            Some(key) if !key.is_empty() => Ok(key.into()),
            _ => Err(reply.protocol("x-ms-file-permission-key is missing")),
        }
    }

    /// Always asked of the live share, also by a client of a share snapshot.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-permission>
    pub async fn get_permission(&self, key: &PermissionKey, format: PermissionFormat) -> Result<Permission> {
        let reply = Call::get(&self.at, Operation::GetPermission)
            .query("restype", "share")
            .query("comp", "filepermission")
            .header(headers::FILE_PERMISSION_KEY, key.to_string())
            .header(headers::FILE_PERMISSION_FORMAT, format.as_str())
            .send()
            .await?;
        let body = reply.answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&reply.answer.body);
        let body: PermissionBody = serde_json::from_slice(body).map_err(|cause| reply.protocol(cause))?;
        // A service that does not know formats answers SDDL and says nothing.
        let answered = body.format.unwrap_or_else(|| PermissionFormat::Sddl.as_str().to_owned());
        if !answered.eq_ignore_ascii_case(format.as_str()) {
            return Err(reply.protocol(format_args!("permission format {answered:?}")));
        }
        Ok(Permission { value: body.permission, format })
    }

    /// A service SAS for what is inside the share; it allows no operation on the share itself. Without a key there is
    /// nothing to sign it with.
    /// <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>
    pub fn generate_sas(&self, permissions: SasPermissions, expires_on: OffsetDateTime) -> Option<Sas> {
        sas::sign_share(&self.at, permissions, expires_on)
    }

    pub(crate) fn put(&self, operation: Operation) -> Call<'_> {
        Call::put(&self.at, operation).query("restype", "share")
    }
}

#[derive(Serialize, Deserialize)]
struct PermissionBody {
    permission: String,
    format: Option<String>,
}

#[cfg(test)]
mod tests;
