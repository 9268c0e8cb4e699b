//! Everything that stands against seeding a new pair, found out before anything is written, and told at once.

use azure_storage::ErrorKind;
use azure_storage_file_share::{ListOptions, ShareClient, ShareProperties};

use super::refusal::{Refusal, SeedingCode};
use crate::config::{Seed, ShareSettings};
use crate::cycle::pair::Pair;
use crate::cycle::trouble::Trouble;

/// What the service, or Azure File Sync, keeps in the root of a share: nobody's files.
const SYSTEM: [&str; 3] = ["System Volume Information", ".SystemShareInformation", "$RECYCLE.BIN"];
/// Azure File Sync keeps this in the shares of its cloud endpoints.
const OF_FILE_SYNC: &str = ".SystemShareInformation";
/// Entries looked at to find one that is not the system's.
const LOOKED_AT: u32 = 100;

/// An error only where that could not be found out.
pub async fn validate<'a>(
    pair: &Pair,
    others: impl Iterator<Item = &'a Pair>,
) -> Result<Vec<Refusal>, Trouble> {
    let Seed { is_on, share, account, .. } = &pair.settings.seed;
    let (source, target) = (&pair.settings.source, &pair.settings.target);
    let share = match (is_on, share) {
        (false, None) => return Ok(Vec::new()),
        (false, Some(share)) => {
            let detail = format!("seed.enabled is false, and seed.share names {share}");
            return Ok(vec![SeedingCode::StagingShareNotExpected.refusal(detail)]);
        }
        (true, None) => {
            return Ok(vec![SeedingCode::StagingShareRequired.refusal("seed names no staging share")]);
        }
        (true, Some(share)) => share,
    };
    let mut refusals = Vec::new();
    let mut refuse = |code: SeedingCode, detail: String| refusals.push(code.refusal(detail));
    let staging_account = account.as_ref().unwrap_or(&target.account);
    let is_elsewhere = *staging_account != target.account;
    if is_elsewhere {
        let detail = format!("seed.account is {staging_account}, the target's account is {}", target.account);
        refuse(SeedingCode::StagingNotInTargetAccount, detail);
    }
    let is_staging = |other: &ShareSettings| other.account == *staging_account && other.share == *share;
    let mut is_ours = false;
    for (other, code, side) in [
        (source, SeedingCode::StagingEqualsSource, "source"),
        (target, SeedingCode::StagingEqualsTarget, "target"),
    ] {
        if is_staging(other) {
            is_ours = true;
            refuse(code, format!("Share {share} of account {staging_account} is the pair's own {side}"));
        }
    }
    for other in others {
        let Seed { share: staged, account, .. } = &other.settings.seed;
        let is_their_staging = staged.as_ref() == Some(share)
            && account.as_ref().unwrap_or(&other.settings.target.account) == staging_account;
        let roles = [
            (is_staging(&other.settings.source), "source"),
            (is_staging(&other.settings.target), "target"),
            (is_their_staging, "staging share"),
        ];
        for (_, role) in roles.into_iter().filter(|(is_it, _)| *is_it) {
            let detail = format!("Share {share} is the {role} of pair {} too", other.name());
            refuse(SeedingCode::StagingInUse, detail);
        }
    }

    let found = properties(&pair.source).await.map_err(|trouble| trouble.about("Source share"))?;
    let source_kind = found.as_ref().map(protocol);
    if found.is_some() && root(&pair.source).await?.is_empty() {
        refuse(SeedingCode::SourceEmpty, format!("Source share {} holds nothing", source.share));
    }
    let found = properties(&pair.target).await.map_err(|trouble| trouble.about("Target share"))?;
    let target_kind = found.as_ref().map(protocol);
    if found.is_some() && !root(&pair.target).await?.is_empty() {
        refuse(SeedingCode::TargetNotEmpty, format!("Target share {} holds entries", target.share));
    }
    let mut kinds = vec![("source", source_kind), ("target", target_kind)];
    if !is_elsewhere && !is_ours {
        kinds.push(("staging", staging(pair, share, &mut refuse).await?));
    }
    let told: Vec<_> = kinds.iter().filter_map(|(side, kind)| Some((side, kind.as_deref()?))).collect();
    if told.iter().any(|(_, kind)| *kind != "SMB") {
        let told: Vec<_> = told.iter().map(|(side, kind)| format!("{side} is {kind}")).collect();
        refuse(SeedingCode::ProtocolMismatch, told.join(", "));
    }
    refusals.sort_by_key(|refusal| refusal.code);
    Ok(refusals)
}

/// Whether the staging share can be read and frozen; its protocol.
async fn staging(
    pair: &Pair,
    share: &str,
    refuse: &mut impl FnMut(SeedingCode, String),
) -> Result<Option<String>, Trouble> {
    let staging = pair.staging(share);
    let about = |error: azure_storage::Error| Trouble::from(error).about("Staging share");
    let looked = async {
        let properties = staging.get_properties().await?;
        let snapshots = staging.list_snapshots().await?.len();
        azure_storage::Result::Ok((properties, snapshots, names(&staging).await?))
    };
    let (properties, snapshots, names) = match looked.await {
        Ok(found) => found,
        Err(error) if error.is_code("ShareNotFound") || error.is_code("ShareBeingDeleted") => {
            let detail = format!(
                "Account {} has no share {share}; one that was deleted counts as missing, also while it can be restored",
                staging.account()
            );
            refuse(SeedingCode::StagingShareNotFound, detail);
            return Ok(None);
        }
        Err(error) if error.kind == ErrorKind::Unauthorized && error.status == Some(403) => {
            refuse(
                SeedingCode::StagingAccessDenied,
                format!("Staging share {share} cannot be read: {error}"),
            );
            return Ok(None);
        }
        Err(error) => return Err(about(error)),
    };
    if names.iter().any(|name| name.eq_ignore_ascii_case(OF_FILE_SYNC)) {
        let detail =
            format!("Share {share} looks like a cloud endpoint of Azure File Sync: it holds {OF_FILE_SYNC}");
        refuse(SeedingCode::StagingInUse, detail);
    }
    let limit = pair.settings.retention.limit;
    if snapshots >= limit {
        let detail = format!("Staging share {share} has {snapshots} share snapshots, {limit} is the limit");
        refuse(SeedingCode::SnapshotBudget, detail);
    }
    Ok(Some(protocol(&properties)))
}

/// `None` for a share that is missing.
async fn properties(share: &ShareClient) -> Result<Option<ShareProperties>, Trouble> {
    match share.get_properties().await {
        Err(error) if error.is_code("ShareNotFound") => Ok(None),
        found => Ok(Some(found?)),
    }
}

fn protocol(properties: &ShareProperties) -> String {
    properties.enabled_protocols.clone().unwrap_or_else(|| "SMB".to_owned())
}

/// Some names in the root of a share that are not the system's.
async fn root(share: &ShareClient) -> Result<Vec<String>, Trouble> {
    let mut names = names(share).await?;
    names.retain(|name| !SYSTEM.iter().any(|system| name.eq_ignore_ascii_case(system)));
    Ok(names)
}

async fn names(share: &ShareClient) -> azure_storage::Result<Vec<String>> {
    let options = ListOptions { max_results: Some(LOOKED_AT), ..Default::default() };
    let page = share.root_directory_client().list_directories_and_files(&options).await?;
    Ok(page.entries.into_iter().map(|entry| entry.name).collect())
}
