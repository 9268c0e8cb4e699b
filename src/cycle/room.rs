//! Before anything is taken or written: are both shares there, of the right kind, ours to write, and with room for
//! one more share snapshot each?

use azure_storage_file_share::{CreateShareOptions, ListOptions, Metadata, ShareClient, ShareProperties};

use super::error::Result;
use super::pair::Pair;
use super::report::CycleError;
use super::snapshots::{Role, taken};

/// Share snapshots that Azure allows a share.
const LIMIT: usize = 200;

/// Checks both shares; creates the target share where it is missing.
pub async fn make_room(pair: &Pair) -> Result<()> {
    let source = smb(&pair.source).await.map_err(|error| error.about("Source share"))?;
    let of_source = taken(&pair.source, &source.metadata, &pair.id, Role::Source).await?;
    room(of_source.count, "source")?;
    let Some(target) = target(pair, &source).await.map_err(|error| error.about("Target share"))? else {
        return Ok(());
    };
    let of_target = taken(&pair.target, &target, &pair.id, Role::Target).await?;
    room(of_target.count, "target")?;
    // A source share snapshot of ours was taken after this check was passed before: the target is ours since then.
    if of_source.ours.is_empty() && of_target.ours.is_empty() {
        refuse_strange_content(pair).await?;
    }
    Ok(())
}

/// The target's own metadata; `None` where the share had to be made.
async fn target(pair: &Pair, source: &ShareProperties) -> Result<Option<Metadata>> {
    match smb(&pair.target).await {
        Ok(properties) => Ok(Some(properties.metadata)),
        Err(error) if error.code == "ShareNotFound" => {
            let options = CreateShareOptions { quota_gib: source.quota_gib, ..Default::default() };
            pair.target.create(&options).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
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
