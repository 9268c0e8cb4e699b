//! Who AzCopy comes as: with signatures that allow this and not that, or with an identity over TLS.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::{CreateFile, SasPermissions, ShareClient};
use tokio::process::Command;

use super::super::checks::{self, Check};
use super::super::court::{FIRST, READER, SECOND, STRANGER};
use super::super::trees::{data_of_share, fill, same_data, same_folders, same_tree, write_files};
use super::copies::as_azcopy_leaves_it;
use super::run::{EVERYTHING, PRESERVE, Run, Work, run, sas, signed, url, with_query};

const BETWEEN: &str = "FileFile";
const NO_READING: SasPermissions = SasPermissions { read: false, ..EVERYTHING };
const NO_WRITING: SasPermissions = SasPermissions { create: false, write: false, ..EVERYTHING };
const NO_DELETING: SasPermissions = SasPermissions { delete: false, ..EVERYTHING };

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        a_signature_works_over_tls,
        a_signature_that_cannot_read_is_no_source,
        a_signature_that_cannot_write_is_no_target,
        a_signature_that_cannot_delete_deletes_nothing,
        an_expired_signature_is_refused,
        the_signature_of_another_share_is_refused,
        an_identity_copies_between_accounts_over_tls,
        an_identity_syncs_a_share_snapshot_over_tls,
        an_identity_uploads_and_downloads_over_tls,
        an_identity_writes_what_a_signature_reads,
        an_identity_that_may_read_does_not_write,
        an_identity_without_a_role_sees_nothing,
    ]
}

impl Work<'_> {
    fn https(&self, share: &ShareClient, path: &str, query: &str) -> String {
        let account = self.court.emulator().account(share.account());
        let snapshot = share.snapshot().map_or_else(String::new, |id| format!("sharesnapshot={id}&"));
        let address = format!("{}/{}/{path}?{snapshot}{query}", account.https_endpoint, share.name());
        address.trim_end_matches(['?', '&']).to_owned()
    }

    /// As an identity; the system-assigned one if no client id is given.
    fn identified(&self, client_id: Option<&str>) -> Result<Command> {
        let emulator = self.court.emulator();
        let endpoint = emulator.identity_endpoint().context("The emulator has no identity endpoint")?;
        let mut command = self.command()?;
        command.env("AZCOPY_AUTO_LOGIN_TYPE", "MSI").envs(client_id.map(|id| ("AZCOPY_MSI_CLIENT_ID", id)));
        command.env("IDENTITY_ENDPOINT", endpoint.url.as_str()).env("IDENTITY_HEADER", &endpoint.header);
        Ok(command)
    }

    async fn as_identity(
        &self,
        client_id: Option<&str>,
        arguments: &[&str],
        between: &str,
        more: &[&str],
    ) -> Result<Run> {
        let authority = |account: &str| {
            let url = &self.court.emulator().account(account).https_endpoint;
            format!("127.0.0.1:{}", url.port().unwrap_or_default())
        };
        // AzCopy gives its tokens to no other host.
        let trusted = format!("--trusted-microsoft-suffixes={};{}", authority(FIRST), authority(SECOND));
        let mut command = self.identified(client_id)?;
        command.args(arguments).args([&format!("--from-to={between}"), "--recursive", &trusted]).args(more);
        run(command).await
    }
}

/// A share with one file of the text `text`.
async fn share_with_a_file(work: &Work<'_>) -> Result<ShareClient> {
    let share = work.court.new_share(FIRST).await?;
    let options = CreateFile { size: 4, body: Some("text".into()), ..CreateFile::default() };
    share.file_client("file").create(&options).await?;
    Ok(share)
}

async fn a_signature_works_over_tls(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 7).await?;
    let (from, to) = (sas(&source, EVERYTHING, 3600)?, sas(&target, EVERYTHING, 3600)?);
    let (from, to) = (work.https(&source, "*", &from), work.https(&target, "", &to));
    work.copy(BETWEEN, &from, &to, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn a_signature_that_cannot_read_is_no_source(work: &Work<'_>) -> Result<()> {
    let (source, target) = (share_with_a_file(work).await?, work.court.new_share(SECOND).await?);
    let from = signed(&source, "*", NO_READING)?;
    let run = work.copy(BETWEEN, &from, &url(&target, "")?, &[]).await?;
    ensure!(data_of_share(&target).await?.len() == 1, "Expected nothing in the target: {}", run.text);
    Ok(())
}

async fn a_signature_that_cannot_write_is_no_target(work: &Work<'_>) -> Result<()> {
    let (source, target) = (share_with_a_file(work).await?, work.court.new_share(SECOND).await?);
    let to = signed(&target, "", NO_WRITING)?;
    work.copy(BETWEEN, &url(&source, "*")?, &to, &[]).await?.fails_with("AuthorizationPermissionMismatch")?;
    ensure!(data_of_share(&target).await?.len() == 1, "Expected nothing in the target");
    Ok(())
}

async fn a_signature_that_cannot_delete_deletes_nothing(work: &Work<'_>) -> Result<()> {
    let share = share_with_a_file(work).await?;
    let address = signed(&share, "file", NO_DELETING)?;
    let run = work.run(["remove", &address, "--from-to=FileTrash"]).await?;
    run.fails_with("AuthorizationPermissionMismatch")?;
    ensure!(share.file_client("file").get(None).await?.bytes == "text", "The file changed");
    Ok(())
}

async fn an_expired_signature_is_refused(work: &Work<'_>) -> Result<()> {
    let share = share_with_a_file(work).await?;
    let address = with_query(&share, "", &sas(&share, EVERYTHING, -60)?);
    work.run(["list", &address, "--location=File"]).await?.fails_with("AuthenticationFailed").map(drop)
}

async fn the_signature_of_another_share_is_refused(work: &Work<'_>) -> Result<()> {
    let (share, other) = (share_with_a_file(work).await?, work.court.new_share(FIRST).await?);
    let address = with_query(&share, "", &sas(&other, EVERYTHING, 3600)?);
    work.run(["list", &address, "--location=File"]).await?.fails_with("AuthenticationFailed").map(drop)
}

async fn an_identity_copies_between_accounts_over_tls(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 8).await?;
    let (from, to) = (work.https(&source, "*", ""), work.https(&target, "", ""));
    work.as_identity(None, &["copy", &from, &to], BETWEEN, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn an_identity_syncs_a_share_snapshot_over_tls(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 9).await?;
    let snapshot = source.with_snapshot(&source.create_snapshot(&Default::default()).await?);
    source.file_client("later").create(&CreateFile::default()).await?;
    let (from, to) = (work.https(&snapshot, "", ""), work.https(&target, "", ""));
    work.as_identity(None, &["sync", &from, &to], BETWEEN, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn an_identity_uploads_and_downloads_over_tls(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    write_files(&folder, &["a", "in/b", "in/c d"])?;
    let (everything, address) = (format!("{}/*", folder.display()), work.https(&share, "", ""));
    work.as_identity(None, &["copy", &everything, &address], "LocalFile", &[]).await?.holds()?;
    let (from, to) = (work.https(&share, "*", ""), back.display().to_string());
    work.as_identity(None, &["copy", &from, &to], "FileLocal", &[]).await?.holds()?;
    same_folders(&folder, &back)
}

async fn an_identity_writes_what_a_signature_reads(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    fill(&source, 10).await?;
    let from = work.https(&source, "*", &sas(&source, EVERYTHING, 3600)?);
    let to = work.https(&target, "", "");
    work.as_identity(None, &["copy", &from, &to], BETWEEN, &[]).await?.holds()?;
    same_data(&data_of_share(&source).await?, &data_of_share(&target).await?)
}

async fn an_identity_that_may_read_does_not_write(work: &Work<'_>) -> Result<()> {
    let (source, target) = (share_with_a_file(work).await?, work.court.new_share(SECOND).await?);
    let back: PathBuf = work.folder()?;
    let (from, local) = (work.https(&source, "*", ""), back.display().to_string());
    work.as_identity(Some(READER), &["copy", &from, &local], "FileLocal", &[]).await?.holds()?;
    let to = work.https(&target, "", "");
    let run = work.as_identity(Some(READER), &["copy", &from, &to], BETWEEN, &[]).await?;
    run.fails_with("AuthorizationPermissionMismatch")?;
    ensure!(data_of_share(&target).await?.len() == 1, "Expected nothing in the target");
    Ok(())
}

async fn an_identity_without_a_role_sees_nothing(work: &Work<'_>) -> Result<()> {
    let (share, back) = (share_with_a_file(work).await?, work.folder()?);
    let (from, to) = (work.https(&share, "*", ""), back.display().to_string());
    let run = work.as_identity(Some(STRANGER), &["copy", &from, &to], "FileLocal", &[]).await?;
    run.fails_with("AuthorizationPermissionMismatch").map(drop)
}
