//! The state after the target share snapshot, where the settings ask for it: both share snapshots of this cycle are compared
//! once more, down to the data. The recovery point stands already: what is found marks it, and nothing takes it back.

use std::pin::pin;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::plan::SAVE;
use super::run::{Cycle, Result, Worked};
use super::time::until_time_is_up;
use super::transition::Event;
use super::trouble::Trouble;
use crate::config::Verify;
use crate::state::{Addition, Alert, CycleError, Round};
use crate::sync::{End, Failure, Proof, ProofEnd, Proving, Shares, prove};

/// Paths that the alert names.
const NAMED: usize = 5;

impl Cycle<'_> {
    pub(super) async fn prove(&mut self) -> Result<Worked> {
        let verify = if self.pair.restore.is_some() { Verify::Full } else { self.pair.settings.verify };
        let begun = self.live.update(|record| record.proof.clone());
        let saved = match (verify, begun) {
            // it was asked for when the state was reached, and is not any more
            (Verify::None, _) => {
                self.tell_found();
                return Ok(Worked::Event(Event::Done));
            }
            (_, Some(saved)) => *saved,
            (_, None) => self.begin_proof(verify).await,
        };
        let proving = Proving::new(saved);
        let result = self.prove_on(verify, &proving).await;
        if self.is_unsaved
            && let Err(trouble) = result
        {
            return Err(trouble);
        }
        let mut news = self.settle_proof(&proving);
        match result {
            Ok(End::Finished) => {}
            Ok(End::Stopped) => {
                self.commit(news).await?;
                return Ok(Worked::Stepped);
            }
            Err(Trouble::Fail(error)) => news.failures.extend(self.break_proof(error)),
            Err(lost @ Trouble::Lost(_)) => return Err(lost),
            Err(trouble) => {
                self.commit(news).await?;
                return Err(trouble);
            }
        }
        self.tell_found();
        self.step(Event::Done, news).await?;
        Ok(Worked::Stepped)
    }

    fn tell_found(&self) {
        let alert = self.live.update(|record| {
            let found = record.proof.as_deref().filter(|_| record.is_unverified()).map(alert);
            record.tell(found.clone());
            found
        });
        if let Some(Alert { code, detail }) = &alert {
            tracing::error!(
                pair.name = self.pair.name(),
                cycle.id = self.id,
                alert.code = code.as_str(),
                "{detail}"
            );
        }
    }

    /// A sample goes on where the last one of its round stopped.
    async fn begin_proof(&self, verify: Verify) -> Proof {
        let mut proof = Proof::default();
        let known = self.owner.record().await.verification.round;
        self.live.update(|record| {
            if matches!(verify, Verify::Sample { .. }) {
                let since = record.started_at.clone();
                let round = known.unwrap_or_else(|| Round { since, ..Round::default() });
                proof.place = round.place.clone();
                record.round = Some(Box::new(round));
            }
            record.proof = Some(Box::new(proof.clone()));
        });
        proof
    }

    async fn prove_on(&mut self, verify: Verify, proving: &Proving) -> Result<End> {
        let (shares, damaged) = (self.points(), self.damaged.clone());
        let acknowledged = self.acknowledged().to_vec();
        let is_known = |path: &str| acknowledged.iter().any(|known| known.covers(path));
        let sample = match verify {
            Verify::Sample { bytes } => Some(bytes),
            Verify::None | Verify::Full => None,
        };
        let work = Box::pin(prove(&shares, &damaged, sample, &is_known, proving));
        let limits = self.pair.limits.kept();
        limits.close(false);
        let stop = || {
            proving.stop();
            // what waits for its turn under a narrow limit could take longer than anybody waits for the end
            limits.close(true);
        };
        let time_is_up = until_time_is_up(self.deadline, self.has_moved, proving.moved());
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
        let (end, saved) = tokio::join!(worked, self.save_proof_until(over.notified(), proving, stop));
        limits.close(false);
        saved?;
        Ok(end?)
    }

    async fn save_proof_until(
        &mut self,
        over: impl Future<Output = ()>,
        proving: &Proving,
        stop: impl Fn(),
    ) -> Result<()> {
        let mut over = pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                () = sleep(SAVE) => {}
            }
            let news = self.settle_proof(proving);
            let saved = self.commit(news).await;
            // a cancellation comes too late for a recovery point, and a hold does not
            if saved.is_err() || self.owner.wishes().held || self.owner.is_lost() {
                stop();
            }
            saved?;
        }
    }

    /// Brings the row up to what is read by now.
    fn settle_proof(&mut self, proving: &Proving) -> Addition {
        let (proof, failures) = proving.save();
        self.has_moved |= self.live.update(|record| {
            let before = record.proof.replace(Box::new(proof));
            before != record.proof
        });
        Addition { failures, ..Default::default() }
    }

    /// What was not read is not proved.
    fn break_proof(&mut self, error: CycleError) -> Option<Failure> {
        let detail = format!("The recovery point cannot be read any more: {}", error.detail);
        let failure = Failure::new("", error.code, detail);
        let proving = Proving::new(*self.live.update(|record| record.proof.clone()).unwrap_or_default());
        proving.break_off(failure);
        let (proof, failures) = proving.save();
        self.live.update(|record| record.proof = Some(Box::new(proof)));
        failures.into_iter().next()
    }

    /// The two share snapshots of this cycle.
    fn points(&mut self) -> Shares {
        if let Some(drilled) = crate::cycle::drill::shares(self.pair) {
            return drilled;
        }
        let (source, target) =
            self.live.update(|record| (record.source_snapshot.clone(), record.target_snapshot.clone()));
        let source = source.expect("the source share snapshot is taken");
        let target = target.expect("the target share snapshot is taken");
        let source = self.pair.source.with_snapshot(&source);
        let permissions = self.shares().permissions;
        Shares::new(source, self.pair.target.clone(), permissions, self.pair.unsettled.clone())
            .at_point(&target)
            .excluding(self.pair.exclude())
    }
}

fn alert(proof: &Proof) -> Alert {
    let mut paths: Vec<&str> = proof.found.iter().map(|found| found.path.as_str()).take(NAMED).collect();
    paths.iter_mut().filter(|path| path.is_empty()).for_each(|path| *path = "the root");
    let more = if proof.found.len() > NAMED { ", …" } else { "" };
    let cut = match proof.end {
        Some(ProofEnd::TooManyFindings) => "; no more were looked for",
        Some(ProofEnd::Broken) => "; it could not be read to its end",
        _ => "",
    };
    let detail = format!(
        "{} of its entries are not what the source's share snapshot holds, or could not be read: {}{more}{cut}",
        proof.found.len(),
        paths.join(", ")
    );
    Alert { code: "VerifyFailed".to_owned(), detail: format!("The recovery point is not proved: {detail}") }
}
