//! Each right on a share, tried without changing anything: what is named to be written or deleted is not there, so that
//! whoever may do it is told just that, and whoever may not is refused before.

use azure_storage::Error;
use azure_storage_file_share::{LeaseId, ListOptions, ShareSnapshotId};
use uuid::Uuid;

use super::cause::Cause;
use super::check::CheckName;
use super::right::Right;
use super::scratch::scratch_name;
use super::share::ShareExam;
use crate::config::CredentialSetting;
use crate::state::Side;

/// No share snapshot can be so old, so that nothing is deleted by it.
const NO_SNAPSHOT: &str = "1997-07-01T00:00:00.0000000Z";

impl ShareExam<'_> {
    /// `is_missing`: the service said that there is no such share.
    pub(super) async fn probe(&mut self, is_missing: bool) {
        let nobody = scratch_name();
        let missing = self.service.share_client(&nobody);
        let mut written = missing.create_snapshot(&Default::default()).await.map(drop);
        if written.as_ref().is_err_and(Error::may_have_happened) {
            // of a share that is there it is never sent twice
            written = missing.create_snapshot(&Default::default()).await.map(drop);
        }
        self.tell(CheckName::WriteShares, Right::WriteShares, written).await;
        let deleted = self.share.delete_snapshot(&ShareSnapshotId::from(NO_SNAPSHOT)).await;
        self.tell(CheckName::DeleteShares, Right::DeleteShares, deleted).await;
        let lease = LeaseId::from(Uuid::new_v4().to_string());
        let released = self.share.release_lease(&lease).await;
        self.tell(CheckName::LeaseShares, Right::LeaseShares, released).await;
        if is_missing && self.side == Side::Source {
            return;
        }
        if !is_missing {
            let options = ListOptions { max_results: Some(1), ..Default::default() };
            let listed = self.share.root_directory_client().list_directories_and_files(&options).await;
            self.tell(CheckName::ReadFiles, Right::ReadFiles, listed.map(drop)).await;
        }
        let deleted = self.share.file_client(&nobody).delete().await;
        match self.side {
            Side::Target => self.tell(CheckName::WriteFiles, Right::WriteFiles, deleted).await,
            Side::Source => self.tell_excess(deleted).await,
        }
    }

    /// Whoever is refused for anything but a missing right has it.
    async fn tell(&mut self, check: CheckName, right: Right, result: Result<(), Error>) {
        if let Err(error) = result {
            let (cause, _) = self.asked.explain(&error, right).await;
            if !cause.shows_the_right() {
                self.fail(check, right, &error).await;
                return;
            }
        }
        self.notes.ok(check, "Tried on what is not there, and not refused");
    }

    /// The source is only read. A write that is not refused there is a right too many.
    async fn tell_excess(&mut self, result: Result<(), Error>) {
        let (account, credential) = (self.asked.account, self.asked.credential);
        if let CredentialSetting::SharedKey { .. } = credential {
            self.notes
                .not_tried(CheckName::WriteFiles, "An account key may do everything: see the check Identity");
            return;
        }
        let Err(error) = result else {
            // the name is a random one
            self.notes.not_tried(CheckName::WriteFiles, "A file of a random name was there");
            return;
        };
        if self.is_a_target_too {
            self.notes.ok(
                CheckName::WriteFiles,
                "The account is a target as well, where the identity has to write",
            );
            return;
        }
        match self.asked.explain(&error, Right::WriteFiles).await.0 {
            Cause::MissingRight => {
                self.notes.ok(CheckName::WriteFiles, "The identity can only read there, as it should");
            }
            cause if cause.shows_the_right() => self.notes.excessive(
                CheckName::WriteFiles,
                "The identity may change and delete the files of the source, which it only has to read",
                Right::take_from_source(account, credential),
            ),
            _ => {
                self.fail(CheckName::WriteFiles, Right::WriteFiles, &error).await;
            }
        }
    }
}
