//! Before anything is taken or written: are both shares there, of the right kind, and ours to write? What may be
//! deleted there is decided in [`super::clearing`].

use azure_storage_file_share::{
    CreateShareOptions, ETag, ListOptions, Metadata, ShareClient, ShareProperties, ShareSnapshotId,
};
use tokio::time::Instant;

use super::pair::Pair;
use super::snapshots::{self, Listed, recovery_points};
use super::told;
use super::trouble::Trouble;
use crate::state::{BasePoint, CycleError, Side};

type Result<T, E = Trouble> = std::result::Result<T, E>;

/// How long a list of share snapshots is good for deciding on deletions; others take share snapshots, too.
const FRESH: std::time::Duration = std::time::Duration::from_secs(60);

/// Both shares as they were found, and their share snapshots.
#[derive(Debug)]
pub struct Room {
    pub source: Found,
    pub target: Found,
    /// The target holds entries of others, and the settings allow to take it over.
    pub adopts: bool,
    /// The target holds nothing, nor did a cycle ever write to it.
    pub is_untouched: bool,
    /// The cycles of recovery points that the tables say not to hold what they should.
    pub bad: Vec<String>,
    /// The cycle of the recovery point that is the base, where that need not be the newest one.
    pub base: Option<String>,
    at: Instant,
}

#[derive(Debug)]
pub struct Found {
    pub etag: ETag,
    pub listed: Listed,
}

impl Room {
    /// Checks both shares; creates the target share where it is missing. `adopted` is the target share that a person
    /// has let us take over.
    pub async fn look(pair: &Pair, adopted: Option<&ETag>) -> Result<Self> {
        let source = smb(&pair.source).await.map_err(|error| error.about("Source share"))?;
        if let Some(room) = Self::beside(pair, source.clone(), adopted).await? {
            return Ok(room);
        }
        let options = CreateShareOptions { quota_gib: source.quota_gib, ..Default::default() };
        let etag = pair.target.create(&options).await?.etag;
        let target = Found { etag, listed: Listed::default() };
        let source = found(pair, Side::Source, source).await?;
        Ok(Self {
            source,
            target,
            adopts: false,
            is_untouched: true,
            bad: Vec::new(),
            base: None,
            at: Instant::now(),
        })
    }

    /// The same, and creates nothing: `None` where the target share is missing.
    pub async fn peek(pair: &Pair, adopted: Option<&ETag>) -> Result<Option<Self>> {
        let source = smb(&pair.source).await.map_err(|error| error.about("Source share"))?;
        Self::beside(pair, source, adopted).await
    }

    /// In the middle of a cycle, whose source share snapshot is `since`: whether the content of the target may be
    /// written to was settled when it began.
    pub async fn again(pair: &Pair, since: Option<&ShareSnapshotId>) -> Result<Option<Self>> {
        let source = smb(&pair.source).await.map_err(|error| error.about("Source share"))?;
        let Some(mut room) = Self::both(pair, source).await? else { return Ok(None) };
        room.check_owner(pair, since)?;
        Ok(Some(room))
    }

    async fn beside(pair: &Pair, source: ShareProperties, adopted: Option<&ETag>) -> Result<Option<Self>> {
        let Some(mut room) = Self::both(pair, source).await? else { return Ok(None) };
        room.check_owner(pair, None)?;
        // a cycle that was going to write to this very share had passed this check: what it left behind is ours
        let is_ours = !room.target.listed.ours.is_empty()
            || room.source.listed.meant_for(room.target.etag.as_str())
            || adopted == Some(&room.target.etag);
        let is_strange = !is_ours && holds_strange_content(pair).await?;
        room.adopts |= is_strange;
        room.is_untouched = !is_ours && !is_strange;
        Ok(Some(room))
    }

    async fn both(pair: &Pair, source: ShareProperties) -> Result<Option<Self>> {
        let target = match smb(&pair.target).await {
            Ok(properties) => found(pair, Side::Target, properties).await?,
            Err(Trouble::Fail(error)) if error.code == "ShareNotFound" => return Ok(None),
            Err(error) => return Err(error.about("Target share")),
        };
        let source = found(pair, Side::Source, source).await?;
        Ok(Some(Self {
            source,
            target,
            adopts: false,
            is_untouched: false,
            bad: Vec::new(),
            base: None,
            at: Instant::now(),
        }))
    }

    /// Nobody else writes to the target, or the settings allow to take it over. What was taken after the source share
    /// snapshot `since` of a running cycle is nothing to take over: somebody else wrote beside it.
    fn check_owner(&mut self, pair: &Pair, since: Option<&ShareSnapshotId>) -> Result<()> {
        let newest = self.target.listed.newest.as_ref();
        let is_beside_us =
            newest.is_some_and(|newest| since.is_some_and(|since| newest.is_later_than(since)));
        let stranger = match newest {
            Some(newest) => newest.stranger.as_deref(),
            // somebody's first cycle may be under way
            None => self.source.listed.rival(self.target.etag.as_str(), None),
        };
        let Some(stranger) = stranger else { return Ok(()) };
        if pair.settings.adopt_target && !is_beside_us {
            self.adopts = true;
            return Ok(());
        }
        Err(in_use(pair, stranger).into())
    }

    /// Two deployments may have found a new target free at the same moment. `id` is this one's source share snapshot:
    /// if it is the later one, it goes again, and the other deployment goes on undisturbed.
    pub async fn give_way(&self, pair: &Pair, id: &ShareSnapshotId) -> Result<()> {
        if self.adopts || self.target.listed.newest.is_some() {
            return Ok(());
        }
        let listed = snapshots::of_share(pair, Side::Source).await?;
        let Some(stranger) = listed.rival(self.target.etag.as_str(), Some(id)) else { return Ok(()) };
        let reason =
            "It was taken at the same time as that of another pair or deployment for the same target";
        tracing::warn!(
            pair.name = pair.name(),
            share.account = pair.source.account(),
            share.name = pair.source.name(),
            share.snapshot = %id,
            reason,
            "Deleting a share snapshot"
        );
        match pair.source.delete_snapshot(id).await {
            Ok(()) => told::snapshot_deleted(pair, None, Side::Source.role(), &pair.source, id, None, reason),
            Err(error) => {
                tracing::warn!(pair.name = pair.name(), share.snapshot = %id, "A share snapshot taken in vain stays: {error}");
            }
        }
        Err(in_use(pair, stranger).into())
    }

    /// Looks at one side again, unless that was just done. At the target always: nobody else may have taken a recovery
    /// point there in the middle of this cycle.
    pub async fn refresh(&mut self, pair: &Pair, side: Side, since: Option<&ShareSnapshotId>) -> Result<()> {
        if side == Side::Source && self.at.elapsed() < FRESH {
            return Ok(());
        }
        *self.found_mut(side) = found(pair, side, smb(pair.share(side)).await?).await?;
        self.check_owner(pair, since)
    }

    /// A share snapshot that was taken just now.
    pub fn add(&mut self, pair: &Pair, side: Side, cycle: &str, id: &ShareSnapshotId, mark: Metadata) {
        self.found_mut(side).listed.add(cycle, id.clone(), mark);
        told::snapshots_counted(pair, side, self.found(side).listed.points.len());
    }

    /// The newest recovery point, if its source share snapshot is there, with its cycle.
    pub(super) fn base(&self) -> Option<(String, BasePoint)> {
        let newest = recovery_points(&self.source.listed, &self.target.listed).into_iter().next()?;
        let taken = self.target.listed.of_cycle(&newest.cycle).filter(|taken| taken.is_swap());
        let swapped_by = taken.map(|taken| taken.cycle.clone());
        // people wrote to both sides of a swap before they were compared
        let is_exact = newest.acknowledged == 0 && newest.excluded == 0 && swapped_by.is_none();
        let (source, target) = (newest.source?, newest.target);
        Some((newest.cycle, BasePoint { source, target, is_exact, swapped_by }))
    }

    pub(super) fn found(&self, side: Side) -> &Found {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    pub(super) fn found_mut(&mut self, side: Side) -> &mut Found {
        match side {
            Side::Source => &mut self.source,
            Side::Target => &mut self.target,
        }
    }
}

async fn found(pair: &Pair, side: Side, properties: ShareProperties) -> Result<Found> {
    let ShareProperties { etag, metadata, .. } = properties;
    let listed = snapshots::list(pair, pair.share(side), &metadata, side).await?;
    told::snapshots_counted(pair, side, listed.points.len());
    Ok(Found { etag, listed })
}

pub(super) async fn smb(share: &ShareClient) -> Result<ShareProperties> {
    let properties = share.get_properties().await?;
    match properties.enabled_protocols.as_deref() {
        None | Some("SMB") => Ok(properties),
        Some(other) => {
            let detail = format!("{} is a share for {other}; only SMB shares are backed up", share.name());
            Err(CycleError::new("ProtocolNotSupported", detail).into())
        }
    }
}

/// Whether the target holds entries of others that may be taken over; an error where they may not.
async fn holds_strange_content(pair: &Pair) -> Result<bool> {
    let options = ListOptions { max_results: Some(1), ..Default::default() };
    let page = pair.target.root_directory_client().list_directories_and_files(&options).await?;
    if page.entries.is_empty() && page.next_marker.is_none() {
        return Ok(false);
    }
    if pair.settings.adopt_target {
        return Ok(true);
    }
    let detail = format!(
        "Target share {} holds entries and no recovery point of this pair; name an empty share, empty this one, or set \
         adoptTarget to true: then the first plan waits for approval",
        pair.target.name()
    );
    Err(CycleError::new("TargetNotEmpty", detail).into())
}

fn in_use(pair: &Pair, stranger: &str) -> CycleError {
    let detail = format!(
        "Target share {} is written to by {stranger}; a share is the target of one pair in one deployment only. End \
         the other one and set adoptTarget to true, or name another target share",
        pair.target.name()
    );
    CycleError::new("TargetInUse", detail)
}
