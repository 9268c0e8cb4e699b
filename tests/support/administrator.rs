//! What others do to a share while the app works: an administrator, or a script of somebody's.

use azure_core::http::headers::HeaderName;
use azure_core::http::{Context, Method, Request};
use azure_storage::{Call, Credential, Pipeline, Repeat, SharedKey};
use azure_storage_file_share::{DeleteSnapshots, ServiceVersion, ShareClient};

use super::{KEY, faulty};

/// The share is deleted with all its share snapshots, and an empty one made under its name.
pub async fn replace(share: &ShareClient) {
    share.delete(DeleteSnapshots::Include).await.expect("deleted");
    share.create(&Default::default()).await.expect("created");
}

/// With its share snapshots.
pub async fn remove_share(share: &ShareClient) {
    share.delete(DeleteSnapshots::Include).await.expect("deleted");
}

/// Sets the quota of a share, which moves its ETag. The app has no such request.
pub async fn set_quota(share: &ShareClient, gib: u32) {
    let account = share.account();
    let key = Credential::SharedKey(SharedKey::new(account, KEY).expect("a well-formed key"));
    let client = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let http = std::sync::Arc::new(faulty::cheap_client());
    let pipeline = Pipeline::new(client, http, Default::default(), None, &key, vec![]);
    let mut url = share.url().clone();
    url.set_query(Some("restype=share&comp=properties"));
    let mut request = Request::new(url, Method::Put);
    request.insert_header(HeaderName::from_static("x-ms-version"), ServiceVersion::default().as_str());
    request.insert_header(HeaderName::from_static("x-ms-share-quota"), gib.to_string());
    let operation = "Set Share Properties";
    let call = Call { operation, resource: &"a share", repeat: Repeat::Safe, context: Context::new() };
    pipeline.send(call, request).await.expect("the quota is set");
}
