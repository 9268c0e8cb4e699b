//! What happens to a share between two backups, by a seed: files change, come and go.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use azure_storage_file_share::{CreateFile, FileTime, ShareClient, SmbProperties};
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::planted::Planted;

const AT_ONCE: usize = 32;
/// 2028-01-01 and later: after everything that a generated tree or a clock of today says, so that whoever goes by the newer
/// time sees the change.
const LATER: u64 = 1_830_297_600;

/// Of a planted tree with one level of directories.
pub(super) struct Churn {
    share: ShareClient,
    planted: Planted,
    /// Files that nothing has happened to, in the order in which it will.
    files: Vec<(u64, u64)>,
}

enum Change {
    Write(String),
    Delete(String),
}

impl Churn {
    pub(super) fn new(share: ShareClient, seed: u64, directories: u64, files_in_each: u64) -> Self {
        let planted = Planted { directories, files_in_each };
        let mut files: Vec<_> = planted.files().collect();
        files.shuffle(&mut StdRng::seed_from_u64(seed));
        Self { share, planted, files }
    }

    /// So many changes; the number of directories that they are in.
    pub(super) async fn change(&mut self, run: u64, changes: u64) -> Result<u64> {
        let mut touched = BTreeSet::new();
        let mut all = Vec::new();
        for number in 0..changes {
            let (directory, file) = self.files.pop().ok_or_else(|| anyhow!("All files were changed"))?;
            touched.insert(directory);
            all.push(match number % 5 {
                0 => Change::Write(self.planted.path(directory, &format!("new-{run}-{number}"))),
                1 => Change::Delete(self.planted.file(directory, file)),
                _ => Change::Write(self.planted.file(directory, file)),
            });
        }
        stream::iter(all)
            .map(Ok)
            .try_for_each_concurrent(AT_ONCE, |change| self.carry_out(run, change))
            .await?;
        Ok(touched.len() as u64)
    }

    async fn carry_out(&self, run: u64, change: Change) -> Result<()> {
        match change {
            Change::Delete(path) => self.share.file_client(&path).delete().await?,
            Change::Write(path) => {
                let body = Bytes::from(format!("{path} of run {run}").repeat(20));
                let smb = SmbProperties { last_write_time: Some(later(run)), ..SmbProperties::default() };
                let file =
                    CreateFile { size: body.len() as u64, body: Some(body), smb, ..CreateFile::default() };
                self.share.file_client(&path).create(&file).await?;
            }
        }
        Ok(())
    }
}

/// A last-write time that is newer in every run.
pub(super) fn later(run: u64) -> FileTime {
    let seconds = std::time::Duration::from_secs(LATER + run * 86_400);
    FileTime::from(std::time::SystemTime::UNIX_EPOCH + seconds)
}
