//! Somebody comes between two requests, or a service refuses one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_storage_file_share::{Permission, PermissionFormat, ShareClient, SmbProperties};
use faults::{Fault, Seen};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{Stage, TARGET, set};

impl Stage {
    /// Does something whenever a request comes that is meant, before it has its effect; `work` is told its path. What the work
    /// itself sends is left alone.
    pub fn before<F>(
        &self,
        is_meant: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static,
        work: impl Fn(String) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send,
    {
        let is_working = AtomicBool::new(false);
        self.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            if is_meant(seen) && !is_working.swap(true, Ordering::SeqCst) {
                block_in_place(|| Handle::current().block_on(work(seen.path.to_owned())));
                is_working.store(false, Ordering::SeqCst);
            }
            Fault::None
        })));
    }

    /// Refuses what is meant.
    pub fn refuse(
        &self,
        is_meant: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static,
        status: u16,
        code: &'static str,
    ) {
        self.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            let refusal = Fault::Refuse { status, code, retry_after_seconds: None };
            if is_meant(seen) { refusal } else { Fault::None }
        })));
    }

    /// Nothing more is done to any request.
    pub fn leave(&self) {
        self.emulator.set_faults(None);
    }
}

/// The share snapshot that becomes a recovery point is taken: what is done to the target now nobody else sees.
pub fn takes_point(seen: &Seen<'_>) -> bool {
    seen.operation == "Snapshot Share" && seen.account == TARGET
}

/// An operation on a path of a share snapshot of the target.
pub fn of_point(operation: &'static str, path: &'static str) -> impl Fn(&Seen<'_>) -> bool {
    move |seen| {
        let is_there = seen.account == TARGET && seen.query.contains("sharesnapshot=");
        is_there && seen.operation == operation && seen.path.trim_end_matches('/').ends_with(path)
    }
}

/// Gives a file an ACL of its own, and keeps its times.
pub async fn set_acl(share: &ShareClient, path: &str) {
    let before = share.file_client(path).get_properties().await.expect("there").written;
    let value = "O:SYG:SYD:(A;;FA;;;SY)".to_owned();
    let smb = SmbProperties {
        permission: Some(Permission { value, format: PermissionFormat::Sddl }),
        creation_time: Some(before.creation_time),
        last_write_time: Some(before.last_write_time),
        change_time: Some(before.change_time),
        ..Default::default()
    };
    set(share, path, smb).await;
}
