//! A plan without a cycle: what one would do if it started now. Nothing is written, neither in a share nor in the
//! state; the source is read as it stands, without a share snapshot, so a cycle may find something else.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::guard::guard;
use super::pair::Pair;
use super::plan::count;
use super::report::{NotRun, Preview};
use super::room::Room;
use super::trouble::Trouble;
use super::{Backup, Result, known};
use crate::state::{CycleError, CycleRecord};
use crate::sync::{
    ChunkBuilder, Loose, PermissionMap, Plain, Planner, Rest, ScratchNames, Shares, Unpaired, find_moves,
};

/// Items shown; the counts are of all.
const ITEMS: usize = 1_000;

impl Backup {
    /// Plans until `deadline`; what was not reached by then is left out, and the answer says so.
    pub async fn plan_only(&self, pair: &str, deadline: Instant) -> Result<Preview, NotRun> {
        let pair = self.find(pair).ok_or_else(|| NotRun::UnknownPair(pair.to_owned()))?;
        let mut record = CycleRecord::default();
        let room = match timeout_at(deadline, self.peek(pair)).await {
            Ok(Ok(room)) => room,
            Ok(Err(trouble)) => return Err(unplanned(trouble)),
            Err(_) => return Ok(Preview { pair: pair.name().to_owned(), ..Preview::default() }),
        };
        record.adopts = room.as_ref().is_some_and(|room| room.adopts);
        let permissions = Arc::new(PermissionMap::for_looking());
        let base = room.as_ref().and_then(Room::base).map(|(_, base)| pair.base(&base));
        let shares =
            Shares::new(pair.source.clone(), pair.target.clone(), permissions, pair.unsettled.clone())
                .excluding(pair.exclude())
                .since(base, Plain::new(false));
        let shares = if room.is_some() { shares } else { shares.without_target() };
        let preview = preview(pair.name(), &shares, &mut record, deadline).await?;
        Ok(Preview { guard: guard(&pair.settings.guard, &record), ..preview })
    }

    /// Both shares as they are; `None` where the target share is missing, which a cycle would make.
    pub(super) async fn peek(&self, pair: &Pair) -> Result<Option<Room>, Trouble> {
        let row = known(self.store.pair(pair.name()).await)?;
        let adopted = row.and_then(|read| read.record.adopted);
        Room::peek(pair, adopted.as_ref()).await
    }
}

pub(super) fn unplanned(trouble: Trouble) -> NotRun {
    NotRun::Unplanned(match trouble {
        Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error) => error,
        Trouble::Lost(reason) => CycleError::new("OwnerLost", reason),
    })
}

/// Plans until `deadline`; what was not reached by then is left out, and the answer says so.
pub(super) async fn preview(
    pair: &str,
    shares: &Shares,
    record: &mut CycleRecord,
    deadline: Instant,
) -> Result<Preview, NotRun> {
    let mut preview = Preview { pair: pair.to_owned(), ..Preview::default() };
    preview.complete = match timeout_at(deadline, plan(shares, &mut preview, record)).await {
        Ok(Ok(())) => true,
        Ok(Err(trouble)) => return Err(unplanned(trouble)),
        Err(_) => false,
    };
    preview.planned = record.planned;
    preview.compared = record.compared;
    preview.excluded = record.excluded;
    Ok(preview)
}

async fn plan(shares: &Shares, preview: &mut Preview, record: &mut CycleRecord) -> Result<(), Trouble> {
    let unpaired = if shares.base.is_some() { Unpaired::put_aside([]) } else { Unpaired::Planned };
    let loose = walk(shares, unpaired, preview, record).await?;
    let found = Box::pin(find_moves(shares, &loose)).await?;
    walk(shares, Unpaired::Settled(Box::new(Rest::new(loose, found))), preview, record).await?;
    Ok(())
}

/// Adds what is planned to the preview; returns what is put aside.
async fn walk(
    shares: &Shares,
    unpaired: Unpaired,
    preview: &mut Preview,
    record: &mut CycleRecord,
) -> Result<Vec<Loose>, Trouble> {
    let scratch = ScratchNames::new("preview", 0);
    let mut planner = Planner::new(shares, &scratch, None, ChunkBuilder::default(), unpaired.into()).await?;
    let mut loose = Vec::new();
    while let Some(mut stretch) = planner.next().await? {
        loose.extend(stretch.aside.take().into_iter().flat_map(Loose::of));
        if let Some(void) = &stretch.voids {
            loose.retain(|one: &Loose| one.directory != *void);
        }
        record.add(&stretch);
        for item in stretch.items() {
            count(record, item);
            if preview.items.len() < ITEMS && !item.is_lift() {
                preview.items.push(item.into());
            }
        }
        preview.failed += stretch.failures.len() as u64;
        let room = ITEMS - preview.failures.len().min(ITEMS);
        preview.failures.extend(stretch.failures.into_iter().take(room));
    }
    Ok(loose)
}
