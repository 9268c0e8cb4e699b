//! Files whose data lies in the staging share, in the target's own account: there a whole file is one request.
//!
//! Like any file that takes more than one request it is begun with the sentinel, and its true times are written last (P4). The
//! copy has what the request says, and the content headers and, where none are sent, the user metadata of the staged
//! file: both are the source's in the end.

use std::time::Duration;

use azure_storage::ErrorKind;
use azure_storage_file_share::{
    Copied, CopyFile, CopyId, CopyStatus, CreateFile, Entry, FileProperties, NewPermission, ShareFileClient,
    Written,
};
use tokio::time::sleep;

use super::CopyMode;
use super::copy::Original;
use super::create::Begun;
use super::pass::Pass;
use crate::sync::compare::sentinel;
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::size;
use crate::sync::seeded::Seeded;
use crate::sync::staging::{Origin, Staged};

/// Copies that may be asked for, where one after the other has no known outcome.
const ATTEMPTS: u32 = 3;
/// Time between two looks at one that is not done.
const LOOK: Duration = Duration::from_millis(500);

impl Pass<'_> {
    /// What staging has at a path, if it may have the data; where it has not, why.
    pub(super) async fn staged(&self, source: &Entry, path: &str) -> Result<Option<Staged>> {
        let Some(staging) = self.shares.staging.as_ref() else { return Ok(None) };
        if !staging.is_open() {
            return Ok(None);
        }
        let why = match staging.look(source, path).await {
            Ok(Ok(staged)) => match staging.judge(source, &staged) {
                None | Some(Origin::Staging) => return Ok(Some(staged)),
                Some(why) => why,
            },
            Ok(Err(why)) => why,
            Err(error) if error.cost() == Cost::Entry => {
                tracing::warn!(entry.path = path, "Staging is not asked for the file: {error}");
                Origin::Fallback
            }
            Err(error) => return Err(error),
        };
        staging.note(path, why);
        Ok(None)
    }

    /// The staged file, if it has the source's data now that its properties are known.
    pub(super) fn settle_origin(
        &self,
        source: &Entry,
        path: &str,
        staged: Staged,
        found: &FileProperties,
    ) -> Option<Staged> {
        let staging = self.shares.staging.as_ref()?;
        let origin = staging.judge(source, &staged).unwrap_or_else(|| staged.judge_by_hash(source, found));
        staging.note(path, origin);
        (origin == Origin::Staging).then_some(staged)
    }

    /// Where the data of a file came from that is done, be it by an attempt that nobody saw end.
    pub(super) async fn origin(&self, source: &Entry, path: &str, is_done: bool) -> Result<Seeded> {
        let Some(staging) = self.shares.staging.as_ref() else { return Ok(Seeded::default()) };
        let noted = staging.take(path);
        if !is_done {
            return Ok(Seeded::default());
        }
        if let Some(origin) = noted {
            return Ok(Seeded::of(origin, size(source)));
        }
        if let Some(staged) = self.staged(source, path).await? {
            let found = self.shares.source.file_client(path).get_properties().await?;
            self.settle_origin(source, path, staged, &found);
        }
        Ok(staging.take(path).map_or_else(Seeded::default, |origin| Seeded::of(origin, size(source))))
    }

    /// Makes the file by one copy inside the account. `false` where that does not come about, or may not be asked for.
    pub(super) async fn copy_staged(
        &self,
        path: &str,
        to: &ShareFileClient,
        original: &Original<'_>,
    ) -> Result<bool> {
        let Some(staged) = original.staged.as_ref().filter(|_| self.mode != CopyMode::Streamed) else {
            return Ok(false);
        };
        // what an earlier attempt began is filled further on
        if self.progress.cursor(path).is_some() || !self.copy_whole(&staged.file, to, original).await? {
            return Ok(false);
        }
        // where the source has any, the request named them all
        if original.found.metadata.is_empty() && !staged.found.metadata.is_empty() {
            to.set_metadata(&original.found.metadata).await?;
        }
        Ok(true)
    }

    async fn copy_whole(
        &self,
        staged: &ShareFileClient,
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
        // inside an account the request's own credential opens both
        let source = staged.copy_source(None);
        if !source.is_usable() {
            return Ok(false);
        }
        for _ in 0..ATTEMPTS {
            let error = match to.start_copy(&source, &options).await {
                Ok(started) if started.status == CopyStatus::Success => return Ok(true),
                Ok(started) => return self.wait_for(to, &started.id).await,
                Err(error) => error,
            };
            let is_pending = error.is_code("PendingCopyOperation");
            if error.kind == ErrorKind::Closed || !is_pending && !error.may_have_happened() {
                let error = SyncError::from(error);
                return if error.ends_the_pass() { Err(error) } else { Ok(false) };
            }
            // a copy that came later would undo what is written last
            self.settled().await;
            let now = match to.get_properties().await {
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                now => now?,
            };
            let is_ours = now.written.last_write_time == sentinel() && now.size == original.found.size;
            if let Some(copy) = now.copy.filter(|_| is_ours) {
                match copy.status {
                    CopyStatus::Success => return Ok(true),
                    CopyStatus::Pending => return self.wait_for(to, &copy.id).await,
                    _ => {}
                }
            }
        }
        Ok(false)
    }

    /// Whether a copy came to its end; one that takes too long is ended.
    async fn wait_for(&self, to: &ShareFileClient, id: &CopyId) -> Result<bool> {
        let patience = self.shares.staging.as_ref().map_or(Duration::ZERO, |staging| staging.patience);
        let mut waited = Duration::ZERO;
        while waited < patience && self.goes_on() {
            sleep(LOOK).await;
            waited += LOOK;
            let copy = to.get_properties().await?.copy.filter(|copy| copy.id == *id);
            match copy.map(|copy| copy.status) {
                Some(CopyStatus::Success) => return Ok(true),
                Some(CopyStatus::Pending) => {}
                _ => return Ok(false),
            }
        }
        abort(to, id).await?;
        if self.goes_on() { Ok(false) } else { Err(SyncError::Stopped) }
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

    /// Fills a file that is begun with ranges of the staged file, or else of the source.
    pub(super) async fn fill_ranges(
        &self,
        to: &ShareFileClient,
        original: &Original<'_>,
        begun: Begun,
    ) -> Result<()> {
        let (path, size) = (original.from.path(), original.found.size);
        if let Some(staged) = &original.staged {
            match self.copy_ranges(&staged.file, to, size, begun).await {
                Err(error) if error.cost() == Cost::Entry => {
                    tracing::warn!(entry.path = path, "The staged file is not used: {error}");
                    if let Some(staging) = &self.shares.staging {
                        staging.note(path, Origin::Fallback);
                    }
                }
                copied => return copied,
            }
        }
        let begun = if original.staged.is_some() { Begun { start: 0, ..begun } } else { begun };
        self.copy_ranges(&original.from, to, size, begun).await
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
