//! Both sides in turn on one emulator: ours, then AzCopy, then ours again.

use anyhow::Result;
use serde_json::{Value, json};

use super::Options;
use super::field::Field;
use super::figures::{Figures, Ratios};
pub(super) use super::peer::Peer;
use super::report::Report;

/// What all runs say together.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) ours: Figures,
    pub(super) azcopy: Option<Figures>,
    missing: Option<String>,
}

/// The runs of one side each, and why there are none of AzCopy.
#[derive(Default)]
struct Runs {
    ours: Vec<Figures>,
    azcopy: Vec<Figures>,
    missing: Option<String>,
}

/// Cycles of a pair that was backed up before, with a change of the source before each.
pub(super) async fn steady(
    options: &Options,
    field: &Field,
    mut change: impl AsyncFnMut(u64) -> Result<()>,
) -> Result<Outcome> {
    say("The first cycle, which is not measured");
    field.prepare().await?;
    let mut runs = Runs::default();
    let peer = runs.peer(options)?;
    if let Some(peer) = &peer {
        peer.begin_like_ours(field).await?;
    }
    for number in 1..=options.runs {
        change(number).await?;
        runs.once(number, field, peer.as_ref()).await?;
    }
    Ok(runs.outcome())
}

/// Anything else that both can do.
pub(super) async fn each(
    options: &Options,
    ours: impl AsyncFn(u64) -> Result<Figures>,
    azcopy: impl AsyncFn(&Peer, u64) -> Result<Figures>,
) -> Result<Outcome> {
    let mut runs = Runs::default();
    let peer = runs.peer(options)?;
    for number in 1..=options.runs {
        runs.add_ours(number, ours(number).await?);
        if let Some(peer) = &peer {
            runs.add_azcopy(number, azcopy(peer, number).await?);
        }
    }
    Ok(runs.outcome())
}

/// First cycles into an empty target, each on an emulator of its own.
pub(super) async fn first(options: &Options, open: impl AsyncFn() -> Result<Field>) -> Result<Outcome> {
    let mut runs = Runs::default();
    let peer = runs.peer(options)?;
    for number in 1..=options.runs {
        let field = open().await?;
        if let Some(peer) = &peer {
            peer.begin(&field).await?;
        }
        runs.once(number, &field, peer.as_ref()).await?;
    }
    Ok(runs.outcome())
}

impl Runs {
    fn peer(&mut self, options: &Options) -> Result<Option<Peer>> {
        let peer = match options.alone {
            true => Err("it was left out with --alone".to_owned()),
            false => Peer::install()?,
        };
        Ok(peer.map_err(|reason| self.missing = Some(reason)).ok())
    }

    async fn once(&mut self, number: u64, field: &Field, peer: Option<&Peer>) -> Result<()> {
        self.add_ours(number, field.ours().await?.figures);
        if let Some(peer) = peer {
            self.add_azcopy(number, peer.run(field).await?);
        }
        Ok(())
    }

    fn add_ours(&mut self, number: u64, figures: Figures) {
        say(&format!("Run {number}: ours {figures}"));
        self.ours.push(figures);
    }

    fn add_azcopy(&mut self, number: u64, figures: Figures) {
        say(&format!("Run {number}: AzCopy {figures}"));
        self.azcopy.push(figures);
    }

    fn outcome(self) -> Outcome {
        Outcome {
            ours: Figures::together(&self.ours).expect("there is at least one run"),
            azcopy: Figures::together(&self.azcopy),
            missing: self.missing,
        }
    }
}

impl Outcome {
    /// AzCopy's figure divided by ours is to be at least so much.
    pub(super) fn beats(&self, ratios: &mut Ratios, name: &'static str, of: fn(&Figures) -> f64, least: f64) {
        if let Some(azcopy) = &self.azcopy {
            ratios.at_least(name, of(azcopy) / of(&self.ours), least);
        }
    }

    /// `more` is what of ours the limits were made of. Without its peer a comparison does not pass.
    pub(super) fn report(self, options: &Options, more: Value, ratios: Ratios) -> Result<Report> {
        let mut ours = serde_json::to_value(&self.ours)?;
        let shape = json!({"runs": options.runs, "latencyMs": options.latency_ms});
        for (name, value) in [shape, more].iter().filter_map(Value::as_object).flatten() {
            ours[name] = value.clone();
        }
        let is_compared = self.azcopy.is_some();
        let azcopy = match (self.azcopy, self.missing) {
            (Some(figures), _) => Some(serde_json::to_value(figures)?),
            (None, reason) => reason.map(|reason| json!({"missing": reason})),
        };
        Ok(Report::new(&options.name, ours, azcopy, ratios, is_compared))
    }
}

pub(super) fn say(text: &str) {
    eprintln!("{text}");
}
