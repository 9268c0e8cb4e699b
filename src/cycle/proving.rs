//! The state after the target share snapshot, where the settings ask for it: both share snapshots of this cycle are compared
//! once more, down to the data. The recovery point stands already: what is found marks it, and nothing takes it back.

use std::collections::BTreeSet;

use super::drill;
use super::run::{Cycle, Result, Worked};
use super::saving::Saved;
use super::transition::Event;
use super::trouble::Trouble;
use crate::config::Verify;
use crate::state::{Alert, CycleError, CycleRecord, Round, is_within};
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
        let mut news = proving.settle(self);
        match result {
            Ok(End::Finished) => {}
            Ok(End::Stopped) => {
                self.commit(news).await?;
                return Ok(Worked::Stepped);
            }
            Err(Trouble::Fail(_)) if self.lets_its_source_go().await => {
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
            let found = alert(&self.bad(record), record.proof.as_deref().and_then(|proof| proof.end));
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

    /// What is not as it should be: what was found, and in a drill also what did not come back.
    fn bad(&self, record: &CycleRecord) -> BTreeSet<String> {
        let found = record.proof.iter().flat_map(|proof| &proof.found).map(|found| found.path.as_str());
        let failed =
            self.failed.paths().filter(|path| self.pair.restore.is_some() && !self.is_acknowledged(path));
        found.chain(failed).map(str::to_owned).collect()
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
        let missing = self.missing();
        let is_known = |path: &str| {
            acknowledged.iter().any(|known| known.covers(path))
                || missing.iter().any(|missing| is_within(path, missing))
        };
        let sample = match verify {
            Verify::Sample { bytes } => Some(bytes),
            Verify::None | Verify::Full => None,
        };
        let work = Box::pin(prove(&shares, &damaged, sample, &is_known, proving));
        self.work_and_save(work, proving).await
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

    /// What did not come back in a drill, and is told already.
    fn missing(&self) -> Vec<String> {
        let found = self.live.update(|record| record.proof.clone()).unwrap_or_default().found;
        let is_found = |path: &str| found.iter().any(|found| found.path == path);
        let is_missing = |path: &&str| self.pair.restore.is_some() && !is_found(path);
        self.failed.paths().filter(is_missing).map(str::to_owned).collect()
    }

    /// A drill whose source is pruned meanwhile begins anew, and is held against its recovery point.
    async fn lets_its_source_go(&mut self) -> bool {
        let record = self.live.update(|record| record.clone());
        if !drill::has_lost_its_source(self.pair, &record).await {
            return false;
        }
        self.live.update(|record| {
            record.proof = None;
            let drill = record.restore.as_mut().and_then(|restore| restore.drill.as_mut());
            drill.expect("only a drill has such a source").source = None;
        });
        true
    }

    /// The two share snapshots of this cycle.
    fn points(&mut self) -> Shares {
        let restore = self.live.update(|record| record.restore.clone());
        if let Some(drilled) = drill::shares(self.pair, restore.as_deref()) {
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

fn alert(bad: &BTreeSet<String>, end: Option<ProofEnd>) -> Option<Alert> {
    if bad.is_empty() {
        return None;
    }
    let name = |path: &String| if path.is_empty() { "the root".to_owned() } else { path.clone() };
    let paths: Vec<String> = bad.iter().take(NAMED).map(name).collect();
    let more = if bad.len() > NAMED { ", …" } else { "" };
    let cut = match end {
        Some(ProofEnd::TooManyFindings) => "; no more were looked for",
        Some(ProofEnd::Broken) => "; it could not be read to its end",
        _ => "",
    };
    let detail = format!(
        "{} of its entries are not what the source's share snapshot holds, or could not be read: {}{more}{cut}",
        bad.len(),
        paths.join(", ")
    );
    Some(Alert {
        code: "VerifyFailed".to_owned(),
        detail: format!("The recovery point is not proved: {detail}"),
    })
}
