//! One pair of `BACKUP_PAIRS`.

use std::time::Duration;

use serde_json::Value;

use super::exclude::{self, Exclude};
use super::fields::Fields;
use super::guard::{self, Guard};
use super::limits::{self, Limits};
use super::mistake::{Mistakes, shown};
use super::names::{PAIR_RULE, is_pair_name};
use super::retention;
use super::rpo;
use super::seed::{self, Seed};
use super::share::{ShareDraft, ShareSettings};
use super::verify::{self, Verify};
use crate::retention::Retention;
use crate::sync::CopyMode;

/// One source share and the target share that mirrors it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairSettings {
    pub name: String,
    pub source: ShareSettings,
    pub target: ShareSettings,
    /// Field `copy.mode`; [`CopyMode::Auto`] where it is missing.
    pub copy_mode: CopyMode,
    pub seed: Seed,
    /// Field `adoptTarget`: whether a target that holds entries already may be taken over, once a person has seen the
    /// first plan.
    pub adopt_target: bool,
    pub retention: Retention,
    pub guard: Guard,
    /// Until a person decides otherwise.
    pub limits: Limits,
    /// Field `exclude`; nothing where it is missing.
    pub exclude: Exclude,
    pub verify: Verify,
    /// Field `rpoHours`; where it is missing, twice the longest time between two runs of `BACKUP_SCHEDULE`, an hour at
    /// least.
    pub rpo: Duration,
}

/// What could be read of a pair.
#[derive(Debug)]
pub(super) struct PairDraft {
    /// `BACKUP_PAIRS[2]`
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) source: ShareDraft,
    pub(super) target: ShareDraft,
    copy_mode: Option<CopyMode>,
    seed: Seed,
    adopt_target: bool,
    retention: Retention,
    guard: Guard,
    limits: Limits,
    exclude: Exclude,
    verify: Verify,
    rpo: Option<Duration>,
}

impl PairDraft {
    pub(super) fn read(value: &Value, path: String, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = Fields::of(value, path.clone(), mistakes)?;
        let name = fields.name("name", is_pair_name, PAIR_RULE);
        let source = read_share(&mut fields, "source");
        let target = read_share(&mut fields, "target");
        let copy_mode = read_copy_mode(&mut fields);
        let seed = seed::read(&mut fields);
        let adopt_target = fields.truth("adoptTarget").unwrap_or(false);
        let retention = retention::read(&mut fields);
        let guard = guard::read(&mut fields);
        let limits = limits::read(&mut fields);
        let exclude = exclude::read(&mut fields);
        let verify = verify::read(&mut fields);
        let rpo = rpo::read(&mut fields);
        fields.finish();
        Some(Self {
            path,
            name,
            source,
            target,
            copy_mode,
            seed,
            adopt_target,
            retention,
            guard,
            limits,
            exclude,
            verify,
            rpo,
        })
    }

    /// `rpo` is for a pair that has none of its own.
    pub(super) fn complete(self, rpo: Duration) -> Option<PairSettings> {
        Some(PairSettings {
            name: self.name?,
            source: self.source.complete()?,
            target: self.target.complete()?,
            copy_mode: self.copy_mode?,
            seed: self.seed,
            adopt_target: self.adopt_target,
            retention: self.retention,
            guard: self.guard,
            limits: self.limits,
            exclude: self.exclude,
            verify: self.verify,
            rpo: self.rpo.unwrap_or(rpo),
        })
    }
}

fn read_share(fields: &mut Fields<'_>, side: &'static str) -> ShareDraft {
    if fields.require(side, r#"Name the share as {"account": …, "share": …}"#).is_none() {
        return ShareDraft::default();
    }
    fields.object(side).map(ShareDraft::read).unwrap_or_default()
}

fn read_copy_mode(fields: &mut Fields<'_>) -> Option<CopyMode> {
    let Some(mut copy) = fields.object("copy") else { return Some(CopyMode::default()) };
    let mode = match copy.text("mode") {
        None => Some(CopyMode::default()),
        Some(text) => {
            let mode = CopyMode::ALL.into_iter().find(|mode| mode.as_str() == text);
            if mode.is_none() {
                let modes = CopyMode::ALL.map(CopyMode::as_str).join(", ");
                copy.mistake(
                    "mode",
                    format!("{} is no copy mode", shown(text)),
                    format!("Use one of {modes}"),
                );
            }
            mode
        }
    };
    copy.finish();
    mode
}
