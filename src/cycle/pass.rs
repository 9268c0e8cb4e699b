//! One pass over one chunk: applied or verified.

use super::run::{Cycle, Result, Worked};
use super::saving::Saved;
use super::told;
use super::transition::Event;
use super::trouble::Trouble;
use crate::state::Pass;
use crate::sync::{Apply, Chunk, End, Progress, Saved as Done, verify};

impl Cycle<'_> {
    /// Verifies where there is no pass. `place` counts chunks in the order of writing, or those with something to be
    /// moved out of the way.
    pub(super) async fn apply(&mut self, pass: Option<Pass>, place: u32) -> Result<Worked> {
        let (number, next, saved) = self.live.update(|record| {
            let number = match pass {
                Some(Pass::Lift | Pass::Lower) => record.lifts[place as usize],
                _ => record.chunk_at(place),
            };
            let has_next = pass.is_none() && place + 1 < record.planned_chunks();
            let next = has_next.then(|| record.chunk_at(place + 1));
            (number, next, record.progress.clone())
        });
        let chunk = self.chunk(number).await?;
        let next = match next {
            Some(next) => Some(self.chunk(next).await?),
            None => None,
        };
        let progress = Progress::new(saved);
        let told = told::chunk(self.pair, &self.id, pass, number);
        let result = told.around(Box::pin(self.work_on(pass, &chunk, next.as_ref(), &progress))).await;
        told.end_with(result.is_ok());
        drop(told);
        if self.is_unsaved
            && let Err(trouble) = result
        {
            // failures went with the save that failed: what it would have settled is done again
            return Err(trouble);
        }
        let news = Saved::settle(&progress, self);
        match result {
            Ok(End::Finished) => {
                self.live.update(|record| {
                    record.done += record.progress.changes;
                    record.progress = Done::default();
                });
                self.step(Event::Done, news).await?;
            }
            Ok(End::Stopped) => {
                self.commit(news).await?;
                self.has_moved = true;
            }
            Err(lost @ Trouble::Lost(_)) => return Err(lost),
            Err(trouble) => {
                self.commit(news).await?;
                return Err(trouble);
            }
        }
        Ok(Worked::Stepped)
    }

    /// What holds of a chunk.
    pub(super) async fn chunk(&self, number: u32) -> Result<Chunk> {
        let chunk = self.store.chunk(self.pair.name(), &self.id, number).await?;
        Ok(self.live.update(|record| record.holding(number, chunk)))
    }

    async fn work_on(
        &mut self,
        pass: Option<Pass>,
        chunk: &Chunk,
        next: Option<&Chunk>,
        progress: &Progress,
    ) -> Result<End> {
        let shares = self.shares();
        for chunk in [Some(chunk), next].into_iter().flatten() {
            shares.learn_cut_names(chunk).await?;
        }
        let (scratch, failed) = (self.scratch.clone(), self.failed.clone());
        let apply = Apply::new(&shares, self.pair.settings.copy_mode, &scratch);
        let work = async {
            match pass {
                Some(Pass::Lift) => apply.lift(chunk, progress).await,
                Some(Pass::Write) => apply.write(chunk, &failed, progress).await,
                Some(Pass::Lower) => apply.lower(chunk, &failed, progress).await,
                Some(Pass::Delete) => apply.delete(chunk, &failed, progress).await,
                Some(Pass::Finish) => apply.finish(chunk, &failed, progress).await,
                None => verify(&apply, chunk, next, &failed, progress).await,
            }
        };
        self.work_and_save(work, progress).await
    }
}
