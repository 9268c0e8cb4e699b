//! A staging share, as another tool would have loaded it: data and times, and nothing else.

use azure_storage_file_share::{FileTime, ShareClient, SmbProperties};
use serde_json::{Value, json};

use super::content::put_with;
use super::{Stage, TARGET};

pub const STAGING: &str = "staging";

/// The field of a pair that is to be seeded.
pub fn seed() -> Value {
    json!({"seed": {"share": STAGING}})
}

impl Stage {
    /// The staging share, made now.
    pub async fn staging(&self) -> ShareClient {
        let staging = self.share(TARGET, STAGING);
        staging.create(&Default::default()).await.expect("the staging share is new");
        staging
    }
}

pub async fn written_at(share: &ShareClient, path: &str) -> FileTime {
    share.file_client(path).get_properties().await.expect("there").written.last_write_time
}

pub async fn put_at(share: &ShareClient, path: &str, body: &str, at: FileTime) {
    put_with(share, path, body, SmbProperties { last_write_time: Some(at), ..Default::default() }).await;
}

/// A file with the data and the time that the source has.
pub async fn put_staged(source: &ShareClient, staging: &ShareClient, path: &str, body: &str) {
    put_at(staging, path, body, written_at(source, path).await).await;
}
