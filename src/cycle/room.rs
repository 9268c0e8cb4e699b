//! Before anything is taken or written: are both shares there, of the right kind, ours to write, and with room for
//! one more share snapshot each?

use azure_storage_file_share::{CreateShareOptions, ListOptions, ShareClient, ShareProperties};

use super::Result;
use super::pair::{Identity, Pair};
use super::snapshots::{Role, taken};
use crate::state::CycleError;

/// Share snapshots that Azure allows a share.
const LIMIT: usize = 200;

/// Checks both shares; creates the target share where it is missing. Answers which shares these are.
pub async fn make_room(pair: &Pair) -> Result<Identity> {
    let source = smb(&pair.source).await.map_err(|error| error.about("Source share"))?;
    let of_source = taken(&pair.source, &source.metadata, &pair.id, Role::Source).await?;
    room(of_source.count, "source")?;
    let target = match smb(&pair.target).await {
        Ok(properties) => properties,
        Err(error) if error.code == "ShareNotFound" => {
            let options = CreateShareOptions { quota_gib: source.quota_gib, ..Default::default() };
            let target = pair.target.create(&options).await?.etag;
            return Ok(Identity { source: Some(source.etag), target: Some(target) });
        }
        Err(error) => return Err(error.about("Target share")),
    };
    let of_target = taken(&pair.target, &target.metadata, &pair.id, Role::Target).await?;
    room(of_target.count, "target")?;
    // A cycle that was going to write to this very share had passed this check: what it left behind is ours.
    let is_ours = !of_target.ours.is_empty() || of_source.target_shares.contains(target.etag.as_str());
    if !is_ours {
        refuse_strange_content(pair).await?;
    }
    Ok(Identity { source: Some(source.etag), target: Some(target.etag) })
}

async fn smb(share: &ShareClient) -> Result<ShareProperties> {
    let properties = share.get_properties().await?;
    match properties.enabled_protocols.as_deref() {
        None | Some("SMB") => Ok(properties),
        Some(other) => {
            let detail = format!("{} is a share for {other}; only SMB shares are backed up", share.name());
            Err(CycleError::new("ProtocolNotSupported", detail))
        }
    }
}

fn room(count: usize, side: &str) -> Result<()> {
    if count < LIMIT {
        return Ok(());
    }
    let detail = format!(
        "The {side} share has {count} share snapshots, and {LIMIT} is the limit; delete some that are not needed any more"
    );
    Err(CycleError::new("SnapshotLimit", detail))
}

async fn refuse_strange_content(pair: &Pair) -> Result<()> {
    let options = ListOptions { max_results: Some(1), ..Default::default() };
    let page = pair.target.root_directory_client().list_directories_and_files(&options).await?;
    if page.entries.is_empty() && page.next_marker.is_none() {
        return Ok(());
    }
    let detail = format!(
        "Target share {} holds entries and no recovery point of this pair; name an empty share, or empty this one",
        pair.target.name()
    );
    Err(CycleError::new("TargetNotEmpty", detail))
}
