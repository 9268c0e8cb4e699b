//! Work that goes on for long: saved every few seconds, and stopped when the time is up or somebody wants it stopped. What it
//! does beside that is `pass` and `proving`.

use std::pin::pin;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::plan::SAVE;
use super::run::{Cycle, Result};
use super::time::until_time_is_up;
use crate::state::Addition;
use crate::sync::{End, Progress, Proving, SyncError};

/// How far such work is, shared with whoever does it.
pub(super) trait Saved {
    /// Nothing new is begun from now on.
    fn stop(&self);
    /// Returns once the next save is further on than the last.
    fn moved(&self) -> impl Future;
    /// Brings the row up to what is done by now.
    fn settle(&self, cycle: &mut Cycle<'_>) -> Addition;
    /// Whether somebody wants it stopped, as far as a save has shown.
    fn is_called_off(&self, cycle: &Cycle<'_>) -> bool;
}

impl Cycle<'_> {
    pub(super) async fn work_and_save(
        &mut self,
        work: impl Future<Output = Result<End, SyncError>>,
        saved: &impl Saved,
    ) -> Result<End> {
        let limits = self.pair.limits.kept();
        limits.close(false);
        let stop = || {
            saved.stop();
            // what waits for its turn under a narrow limit could take longer than anybody waits for the end
            limits.close(true);
        };
        let time_is_up = until_time_is_up(self.deadline, self.has_moved, saved.moved());
        let over = Notify::new();
        let worked = async {
            let mut work = pin!(work);
            let end = tokio::select! {
                end = &mut work => end,
                () = time_is_up => {
                    stop();
                    work.await
                }
            };
            over.notify_one();
            end
        };
        // side by side: a save that takes its time holds up no answer
        let (end, stored) = tokio::join!(worked, self.save_until(over.notified(), saved, stop));
        limits.close(false);
        stored?;
        Ok(end?)
    }

    async fn save_until(
        &mut self,
        over: impl Future<Output = ()>,
        saved: &impl Saved,
        stop: impl Fn(),
    ) -> Result<()> {
        let mut over = pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                () = sleep(SAVE) => {}
            }
            let news = saved.settle(self);
            let stored = self.commit(news).await;
            if saved.is_called_off(self) || stored.is_err() {
                stop();
            }
            stored?;
        }
    }
}

impl Saved for Progress {
    fn stop(&self) {
        self.stop();
    }

    fn moved(&self) -> impl Future {
        self.moved()
    }

    fn settle(&self, cycle: &mut Cycle<'_>) -> Addition {
        let (saved, failures) = self.save();
        cycle.live.update(|record| record.progress = saved);
        Addition { failures, ..Default::default() }
    }

    fn is_called_off(&self, cycle: &Cycle<'_>) -> bool {
        if cycle.owner.wishes().ends_seeding {
            cycle.staging.iter().for_each(|staging| staging.close());
        }
        cycle.is_called_off()
    }
}

impl Saved for Proving {
    fn stop(&self) {
        self.stop();
    }

    fn moved(&self) -> impl Future {
        self.moved()
    }

    fn settle(&self, cycle: &mut Cycle<'_>) -> Addition {
        let (proof, failures) = self.save();
        cycle.has_moved |= cycle.live.update(|record| {
            let before = record.proof.replace(Box::new(proof));
            before != record.proof
        });
        Addition { failures, ..Default::default() }
    }

    /// A cancellation comes too late for a recovery point, and a hold does not.
    fn is_called_off(&self, cycle: &Cycle<'_>) -> bool {
        cycle.owner.wishes().held || cycle.owner.is_lost()
    }
}
