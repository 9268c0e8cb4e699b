//! Copies inside the target's account: there a whole file is one request, which may be answered before it is done.

use std::time::Duration;

use azure_storage::ErrorKind;
use azure_storage_file_share::{
    Copied, CopyFile, CopyId, CopyProperties, CopySource, CopyStatus, CreateFile, FileId, NewPermission,
    ShareFileClient, Written,
};
use tokio::time::sleep;

use super::copy::Original;
use super::pass::Pass;
use crate::sync::compare::sentinel;
use crate::sync::failure::{Result, SyncError};

/// Copies that may be asked for, where one after the other has no known outcome.
const ATTEMPTS: u32 = 3;
/// Time between two looks at one that is not done.
const LOOK: Duration = Duration::from_millis(500);

impl Pass<'_> {
    /// Makes the file by one copy. `false` where that does not come about.
    pub(super) async fn copy_whole(
        &self,
        path: &str,
        source: &CopySource,
        to: &ShareFileClient,
        original: &Original<'_>,
    ) -> Result<bool> {
        let wanted = original.still_unfinished().smb;
        let options = CopyFile {
            attributes: wanted.attributes.map_or(Copied::Fresh, Copied::Value),
            creation_time: wanted.creation_time.map_or(Copied::Fresh, Copied::Value),
            last_write_time: Copied::Value(sentinel()),
            permission: wanted
                .permission_key
                .map_or(Copied::Fresh, |key| Copied::Value(NewPermission::Key(key))),
            metadata: original.found.metadata.clone(),
            ignore_read_only: true,
            size: original.found.size,
            ..CopyFile::default()
        };
        for _ in 0..ATTEMPTS {
            let (mut begun, mut error) = (None, None);
            match to.start_copy(source, &options).await {
                Ok(started) if started.status == CopyStatus::Success => return Ok(true),
                Ok(started) => begun = Some(started.id),
                Err(refusal) => error = Some(refusal),
            }
            if let Some(error) = error {
                let is_unknown = error.kind != ErrorKind::Closed && error.may_have_happened();
                if !is_unknown && !error.is_code("PendingCopyOperation") {
                    let error = SyncError::from(error);
                    return if error.ends_the_pass() { Err(error) } else { Ok(false) };
                }
                if is_unknown {
                    // a copy that came later would undo what is written last
                    self.settled().await;
                }
            }
            let is_ours = |copy: &CopyProperties| begun.as_ref() == Some(&copy.id) || copy.is_from(source);
            if let Some((id, copy)) = self.copy_under_way(to, original, is_ours).await? {
                self.progress.reached(path, id, 0);
                return self.wait_for(to, copy).await;
            }
        }
        Ok(false)
    }

    /// The file that a copy of ours fills, or has filled.
    async fn copy_under_way(
        &self,
        to: &ShareFileClient,
        original: &Original<'_>,
        is_ours: impl Fn(&CopyProperties) -> bool,
    ) -> Result<Option<(FileId, CopyProperties)>> {
        let now = match to.get_properties().await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            now => now?,
        };
        let is_unfinished = now.written.last_write_time == sentinel() && now.size == original.found.size;
        let copy = now.copy.filter(|copy| is_unfinished && is_ours(copy));
        let copy = copy.filter(|copy| matches!(copy.status, CopyStatus::Success | CopyStatus::Pending));
        Ok(copy.map(|copy| (now.written.file_id, copy)))
    }

    /// Whether a copy came to its end; one that does not get on is ended. So is one that is under way when time is up: whoever
    /// goes on finds its cursor, and fills the file by ranges, which need not be begun again in each invocation.
    async fn wait_for(&self, to: &ShareFileClient, mut copy: CopyProperties) -> Result<bool> {
        let patience = self.shares.staging.as_ref().map_or(Duration::ZERO, |staging| staging.patience);
        let mut waited = Duration::ZERO;
        while copy.status == CopyStatus::Pending {
            let goes_on = self.goes_on();
            if waited >= patience || !goes_on {
                abort(to, &copy.id).await?;
                return if goes_on { Ok(false) } else { Err(SyncError::Stopped) };
            }
            sleep(LOOK).await;
            let now = to.get_properties().await?.copy.filter(|now| now.id == copy.id);
            let Some(now) = now else { return Ok(false) };
            waited = if now.progress == copy.progress { waited + LOOK } else { Duration::ZERO };
            copy = now;
        }
        Ok(copy.status == CopyStatus::Success)
    }

    /// Creates a file, also where an earlier attempt left a copy pending.
    pub(super) async fn create(
        &self,
        to: &ShareFileClient,
        options: &CreateFile,
    ) -> azure_storage::Result<Written> {
        match to.create(options).await {
            Err(error) if ends_copy(to, &error).await? => to.create(options).await,
            created => created,
        }
    }
}

/// Ends the copy that keeps others from writing to a file. `false` where the refusal tells of none, or the file is not ours:
/// those that we copy bear the sentinel.
pub(super) async fn ends_copy(
    file: &ShareFileClient,
    refusal: &azure_storage::Error,
) -> azure_storage::Result<bool> {
    if !refusal.is_code("PendingCopyOperation") {
        return Ok(false);
    }
    let now = file.get_properties().await?;
    if now.written.last_write_time != sentinel() {
        return Ok(false);
    }
    if let Some(copy) = now.copy {
        abort(file, &copy.id).await?;
    }
    Ok(true)
}

/// Leaves an empty file; or the whole one, where the copy was faster.
pub(super) async fn abort(file: &ShareFileClient, id: &CopyId) -> azure_storage::Result<()> {
    match file.abort_copy(id).await {
        Err(error) if error.is_code("NoPendingCopyOperation") => Ok(()),
        aborted => aborted,
    }
}
