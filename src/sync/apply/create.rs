//! Creating a file that is filled by later requests. A Create that comes late would empty it again, so the outcome
//! of this one is known before the first range is put.

use azure_storage::{ErrorKind, Repeat};
use azure_storage_file_share::{
    CreateFile, FileAttributes, FileId, SetFileProperties, ShareFileClient, SmbProperties,
};

use super::copy::Original;
use super::pass::Pass;
use super::sight::changed;
use crate::sync::compare::sentinel;
use crate::sync::failure::Result;

/// Attempts of which each may have been the one.
const ATTEMPTS: u32 = 3;

/// A file with the sentinel, about to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) id: FileId,
    /// Everything before it is there already.
    pub(super) start: u64,
    /// Something unknown happened on the way: what was put is looked at before the file is finished (P6).
    pub(super) is_doubtful: bool,
    /// Its data came with it.
    pub(super) is_filled: bool,
}

impl Pass<'_> {
    /// Creates the file, or goes on with the one that an earlier attempt has begun.
    pub(super) async fn begin(&self, to: &ShareFileClient, original: &Original<'_>) -> Result<Begun> {
        let path = original.from.path();
        let mut first = original.unfinished();
        if let Some(begun) = self.take_up(path, to, first.size).await? {
            return Ok(begun);
        }
        self.progress.forget_cursor(path);
        let (mut attempt, mut refusal) = (1, None);
        loop {
            let error = match self.create(to, &first).await {
                Ok(written) => {
                    refusal.iter().for_each(|error| self.remember_data_refused(error));
                    let (is_doubtful, is_filled) = (attempt > 1, first.body.is_some());
                    return Ok(Begun { id: written.file_id, start: 0, is_doubtful, is_filled });
                }
                Err(error) => error,
            };
            if first.body.is_some() && error.kind == ErrorKind::Invalid {
                (first.body, refusal) = (None, Some(error));
                continue;
            }
            let is_unknown = error.kind != ErrorKind::Closed && error.may_have_happened();
            if !is_unknown || attempt >= ATTEMPTS {
                return Err(error.into());
            }
            // once the first one cannot come any more, a second one does no harm, if all is as it was or ours
            self.settled().await;
            self.look_again(to, original).await?;
            attempt += 1;
        }
    }

    /// The file whose cursor was saved, if it is provably that one and not finished.
    async fn take_up(&self, path: &str, to: &ShareFileClient, size: u64) -> Result<Option<Begun>> {
        let Some(cursor) = self.progress.cursor(path) else { return Ok(None) };
        let found = match to.get_properties().await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        // what a copy made is no file that ranges have filled up to the cursor
        let is_ours = found.copy.is_none()
            && found.written.file_id == cursor.file_id
            && found.size == size
            && found.written.last_write_time == sentinel();
        // an owner in between may have created it anew without living to save that
        Ok(is_ours.then_some(Begun {
            id: cursor.file_id,
            start: cursor.end,
            is_doubtful: true,
            is_filled: false,
        }))
    }

    /// After an unknown outcome: nothing there, or a file of ours, be it one that an earlier attempt finished and that is
    /// copied again because nobody saw it end.
    async fn look_again(&self, to: &ShareFileClient, original: &Original<'_>) -> Result<()> {
        let now = match to.get_properties().await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            now => now?,
        };
        let written = Some(now.written.last_write_time);
        let is_finished = now.size == original.found.size && written == original.last.smb.last_write_time;
        if is_finished || written == Some(sentinel()) { Ok(()) } else { Err(changed()) }
    }
}

impl Original<'_> {
    /// What a file is created with that is finished by the same request.
    pub(super) fn whole(&self) -> CreateFile {
        CreateFile {
            size: self.found.size,
            smb: self.last.smb.clone(),
            content: self.found.content.clone(),
            metadata: self.found.metadata.clone(),
            body: self.data.clone(),
            ..Default::default()
        }
    }

    /// What a file is created with that is not finished: writable, and with a time that nobody's tools write.
    pub(super) fn unfinished(&self) -> CreateFile {
        let smb = self.still_unfinished().smb;
        CreateFile { smb, repeat: Repeat::OnlyIfNotSent, ..self.whole() }
    }

    /// The same for a file that is there.
    pub(super) fn still_unfinished(&self) -> SetFileProperties {
        let SetFileProperties { smb, content, .. } = self.last.clone();
        let smb = SmbProperties {
            attributes: smb.attributes.map(|attributes| attributes.without(FileAttributes::READ_ONLY)),
            last_write_time: Some(sentinel()),
            change_time: None,
            ..smb
        };
        SetFileProperties { smb, content, ..Default::default() }
    }
}
