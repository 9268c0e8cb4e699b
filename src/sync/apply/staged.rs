//! Files whose data lies in the staging share, in the target's own account.
//!
//! Like any file that takes more than one request it is begun with the sentinel, and its true times are written last (P4). The
//! copy has what the request says, and the content headers and, where none are sent, the user metadata of the staged
//! file: both are the source's in the end.

use azure_storage_file_share::{Entry, FileProperties, ShareFileClient};

use super::CopyMode;
use super::copy::Original;
use super::create::Begun;
use super::pass::Pass;
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::size;
use crate::sync::seeded::Seeded;
use crate::sync::staging::{Origin, Staged};

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
        // inside an account the request's own credential opens both
        let source = staged.file.copy_source(None);
        // what an earlier attempt began is filled further on
        if self.progress.cursor(path).is_some() || !source.is_usable() {
            return Ok(false);
        }
        let copied = self.copy_whole(path, &source, to, original).await;
        if !matches!(copied, Ok(true) | Err(SyncError::Stopped)) {
            staged.check().await?;
        }
        if !copied? {
            return Ok(false);
        }
        // where the source has any, the request named them all
        if original.found.metadata.is_empty() && !staged.found.metadata.is_empty() {
            to.set_metadata(&original.found.metadata).await?;
        }
        Ok(true)
    }

    /// Fills a file that is begun with ranges of the staged file, or else of the source.
    pub(super) async fn fill_ranges(
        &self,
        to: &ShareFileClient,
        original: &Original<'_>,
        mut begun: Begun,
    ) -> Result<Begun> {
        let (path, size) = (original.from.path(), original.found.size);
        if let Some(staged) = &original.staged {
            let copied = self.copy_ranges(&staged.file, to, size, begun).await;
            if !matches!(copied, Ok(()) | Err(SyncError::Stopped)) {
                staged.check().await?;
            }
            match copied {
                Err(error) if error.cost() == Cost::Entry => {
                    tracing::warn!(entry.path = path, "The staged file is not used: {error}");
                    if let Some(staging) = &self.shares.staging {
                        staging.note(path, Origin::Fallback);
                    }
                    // what was put must not stay where the source has a hole, nor come late
                    self.settled().await;
                    self.progress.forget_cursor(path);
                    begun = self.begin(to, original).await?;
                }
                copied => return copied.map(|()| begun),
            }
        }
        self.copy_ranges(&original.from, to, size, begun).await?;
        Ok(begun)
    }
}
