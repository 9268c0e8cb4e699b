//! Security descriptors and one share's keys for them, each asked for once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use azure_storage::Result;
use azure_storage_file_share::{Permission, PermissionFormat, PermissionKey, ShareClient};

#[derive(Debug)]
pub(crate) struct Permissions {
    share: ShareClient,
    keys: Mutex<HashMap<Arc<str>, PermissionKey>>,
    descriptors: Mutex<HashMap<PermissionKey, Arc<str>>>,
}

impl Permissions {
    pub(crate) fn new(share: ShareClient) -> Self {
        Self { share, keys: Mutex::default(), descriptors: Mutex::default() }
    }

    pub(crate) async fn key(&self, descriptor: &Arc<str>) -> Result<PermissionKey> {
        if let Some(key) = self.keys.lock().expect("no holder panics").get(descriptor) {
            return Ok(key.clone());
        }
        let permission = Permission { value: descriptor.to_string(), format: PermissionFormat::Sddl };
        let key = self.share.create_permission(&permission).await?;
        self.keys.lock().expect("no holder panics").insert(descriptor.clone(), key.clone());
        Ok(key)
    }

    /// An empty key, which the service may answer for a root, stands for no descriptor.
    pub(crate) async fn descriptor(&self, key: &PermissionKey) -> Result<Option<Arc<str>>> {
        if key.is_empty() {
            return Ok(None);
        }
        if let Some(descriptor) = self.descriptors.lock().expect("no holder panics").get(key) {
            return Ok(Some(descriptor.clone()));
        }
        let permission = self.share.get_permission(key, PermissionFormat::Sddl).await?;
        let descriptor: Arc<str> = permission.value.into();
        self.descriptors.lock().expect("no holder panics").insert(key.clone(), descriptor.clone());
        Ok(Some(descriptor))
    }
}
