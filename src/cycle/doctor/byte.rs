//! One byte on its way from a share snapshot of the source to a scratch share beside the target, as all data goes.

use std::collections::VecDeque;

use azure_storage::{Error, Result};
use azure_storage_file_share::{
    CreateFile, EntryKind, LastWrite, ListOptions, SasPermissions, ShareClient, ShareSnapshotId,
};
use bytes::Bytes;
use time::{Duration, OffsetDateTime};

use super::cause::Cause;
use super::check::{CheckName, Remedy};
use super::notes::Notes;
use super::right::Right;
use super::share::ShareExam;
use crate::cycle::pair::Pair;
use crate::sync::CopyMode;

/// Lists spent on finding a file that has data.
const LISTS: usize = 100;
const ENTRIES: u32 = 1_000;
const FILE: &str = "one-byte";

pub(super) async fn one_byte(
    pair: &Pair,
    id: &ShareSnapshotId,
    scratch: &ShareClient,
    source: &mut ShareExam<'_>,
    target: &mut ShareExam<'_>,
    notes: &mut Notes,
) {
    let frozen = source.share.with_snapshot(id);
    let read = async {
        let Some(path) = find(&frozen).await? else { return Ok(None) };
        let from = frozen.file_client(&path);
        let byte = from.get(Some(0..1)).await?.bytes;
        Result::Ok(Some((from, byte)))
    };
    let (from, byte) = match read.await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let why = format!("No file with data was found in the first {LISTS} lists of the source");
            notes.not_tried(CheckName::ServerSideCopy, why);
            return;
        }
        Err(error) => {
            source.fail(CheckName::ReadFiles, Right::ReadFiles, &error).await;
            return;
        }
    };
    source.notes.ok(CheckName::ReadFiles, "A byte was read from a share snapshot");
    let to = scratch.file_client(FILE);
    let mode = pair.settings.copy_mode;
    let written = async {
        to.create(&CreateFile { size: 1, ..Default::default() }).await?;
        if mode == CopyMode::Streamed {
            to.put_range(0, byte.clone(), LastWrite::Preserve).await?;
        }
        Result::Ok(())
    };
    if let Err(error) = written.await {
        target.fail(CheckName::WriteFiles, Right::WriteFiles, &error).await;
        return;
    }
    target.notes.ok(CheckName::WriteFiles, "A file was written in a scratch share");
    if mode == CopyMode::Streamed {
        notes.ok(
            CheckName::ServerSideCopy,
            "Not needed: with copy.mode streamed the bytes pass through the app",
        );
        return;
    }
    let sas = from.generate_sas(SasPermissions::READ, OffsetDateTime::now_utc() + Duration::hours(1));
    let copied = async {
        to.put_range_from_url(&from.copy_source(sas.as_ref()), 0, 0, 1, LastWrite::Preserve).await?;
        Result::Ok(to.get(Some(0..1)).await?.bytes)
    };
    match copied.await {
        Ok(arrived) => tell_arrived(&byte, &arrived, notes),
        Err(error) => tell_refused(mode, &error, source, target, notes).await,
    }
}

fn tell_arrived(sent: &Bytes, arrived: &Bytes, notes: &mut Notes) {
    if sent == arrived {
        notes.ok(CheckName::ServerSideCopy, "The service copied a byte from account to account");
    } else {
        let remedy = "Set copy.mode to streamed, and ask Azure's support";
        notes.failed(CheckName::ServerSideCopy, "Another byte arrived than was sent", Remedy::text(remedy));
    }
}

async fn tell_refused(
    mode: CopyMode,
    error: &Error,
    source: &ShareExam<'_>,
    target: &ShareExam<'_>,
    notes: &mut Notes,
) {
    let (account, to) = (source.asked.account, target.asked.account);
    let otherwise = match mode {
        CopyMode::Auto => "Until then cycles go on, and let the bytes pass through the app, which is slower",
        _ => "Until then cycles fail; copy.mode auto would let the bytes pass through the app",
    };
    let streamed = "or set copy.mode to streamed";
    let (detail, remedy) = match Cause::of_source(error) {
        Some(Cause::Firewall) => (
            format!("Account {account} answers this app, and its network rules refuse the storage service of account {to}, which reads the data there for a copy"),
            Remedy::text(format!("Open the network rules of account {account} to that of {to}; a private endpoint of the app is not enough, as it is not the app that reads; {streamed}. {otherwise}")),
        ),
        Some(Cause::MissingRight) => (
            format!("The identity may not read files on account {account}"),
            Right::ReadFiles.give(account, Some(source.side), source.asked.credential),
        ),
        Some(Cause::TokenRefused | Cause::KeyRefused) => (
            format!("Account {account} does not take the credential that the storage service of account {to} shows it for the copy"),
            Remedy::text(format!("Look whether both accounts belong to one tenant, and whether permitted scopes for copies (allowedCopyScope) leave the other one out; {streamed}. {otherwise}"))
                .with_command(format!("az storage account show -n {to} --query allowedCopyScope")),
        ),
        Some(_) => (
            format!("The storage service of account {to} could not read from account {account}"),
            Remedy::text(format!("See the source's code in brackets; {streamed}. {otherwise}")),
        ),
        None => {
            let (_, explained) = target.asked.explain(error, Right::WriteFiles).await;
            notes.failed(CheckName::ServerSideCopy, explained.detail, explained.remedy);
            return;
        }
    };
    notes.failed(CheckName::ServerSideCopy, format!("{detail} ({error})"), remedy);
}

/// The path of some file that has data: breadth first, page by page.
async fn find(share: &ShareClient) -> Result<Option<String>> {
    let mut options = ListOptions { max_results: Some(ENTRIES), ..Default::default() };
    let mut directories = VecDeque::from([String::new()]);
    for _ in 0..LISTS {
        let Some(directory) = directories.front().cloned() else { break };
        let page = share.directory_client(&directory).list_directories_and_files(&options).await?;
        for entry in page.entries {
            let path = if directory.is_empty() { entry.name } else { format!("{directory}/{}", entry.name) };
            match entry.kind {
                EntryKind::File { size } if size > 0 => return Ok(Some(path)),
                EntryKind::Directory if directories.len() < LISTS => directories.push_back(path),
                _ => {}
            }
        }
        options.marker = page.next_marker;
        if options.marker.is_none() {
            directories.pop_front();
        }
    }
    Ok(None)
}
