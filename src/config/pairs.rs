//! `BACKUP_PAIRS`: every pair by itself, and then what the pairs may not do to each other. A share may be the
//! source of several pairs. It may be the target of one only, and never source and target at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::fields::kind;
use super::mistake::{HTTP_PROBLEM, HTTP_REMEDY, Mistakes};
use super::pair::{PairDraft, PairSettings};
use super::variables::{PAIRS, Variables};

const REMEDY: &str = r#"Set it to a JSON list of pairs, as [{"name": "documents", "source": {"account": …, "share": …}, "target": {…}}]"#;

/// What could be read of the pairs.
#[derive(Debug, Default)]
pub(super) struct PairDrafts(Vec<PairDraft>);

impl PairDrafts {
    pub(super) fn read(variables: Variables<'_>, mistakes: &mut Mistakes) -> Self {
        let Some(text) = variables.get(PAIRS) else {
            mistakes.add(PAIRS, "Missing", REMEDY);
            return Self::default();
        };
        let pairs = match serde_json::from_str(text) {
            Ok(Value::Array(pairs)) => pairs,
            Ok(other) => {
                mistakes.add(PAIRS, format!("Expected a list, found {}", kind(&other)), REMEDY);
                return Self::default();
            }
            Err(error) => {
                mistakes.add(PAIRS, format!("Unreadable JSON: {error}"), REMEDY);
                return Self::default();
            }
        };
        if pairs.is_empty() {
            mistakes.add(PAIRS, "No pair", REMEDY);
        }
        let read = |(index, pair)| PairDraft::read(pair, format!("{PAIRS}[{index}]"), mistakes);
        let drafts = Self(pairs.iter().enumerate().filter_map(read).collect());
        drafts.refuse_equal_names(mistakes);
        drafts.refuse_shared_targets(mistakes);
        drafts
    }

    /// Every account that is named, with the first place that names it.
    pub(super) fn accounts(&self) -> BTreeMap<String, String> {
        let mut accounts = BTreeMap::new();
        for pair in &self.0 {
            for (side, share) in [("source", &pair.source), ("target", &pair.target)] {
                if let Some(account) = &share.account {
                    accounts.entry(account.clone()).or_insert_with(|| format!("{}.{side}", pair.path));
                }
            }
        }
        accounts
    }

    /// For credentials that are sent over https alone.
    pub(super) fn refuse_http(&self, mistakes: &mut Mistakes) {
        for pair in &self.0 {
            for (side, share) in [("source", &pair.source), ("target", &pair.target)] {
                if share.is_http() {
                    let field = format!("{}.{side}.endpoint", pair.path);
                    mistakes.add(&field, HTTP_PROBLEM, HTTP_REMEDY);
                }
            }
        }
    }

    /// With the RPO of those that have none of their own.
    pub(super) fn complete(self, rpo: Duration) -> Option<Vec<PairSettings>> {
        self.0.into_iter().map(|draft| draft.complete(rpo)).collect()
    }

    fn refuse_equal_names(&self, mistakes: &mut Mistakes) {
        let mut names = BTreeSet::new();
        for pair in &self.0 {
            if let Some(name) = pair.name.as_deref()
                && !names.insert(name)
            {
                let problem = format!("Another pair is called {name:?}");
                mistakes.add(&format!("{}.name", pair.path), problem, "Give every pair a name of its own");
            }
        }
    }

    fn refuse_shared_targets(&self, mistakes: &mut Mistakes) {
        let mut targets = BTreeMap::new();
        for pair in &self.0 {
            let Some(target) = pair.target.identity() else { continue };
            let field = format!("{}.target", pair.path);
            if pair.source.identity() == Some(target) {
                mistakes.add(&field, "Source and target are the same share", "Name another share as target");
            }
            if let Some(first) = targets.get(&target) {
                let problem =
                    format!("Share {} of account {} is the target of {first} too", target.1, target.0);
                mistakes.add(&field, problem, "Give every pair a target share of its own");
            } else {
                targets.insert(target, &pair.path);
            }
        }
        for pair in &self.0 {
            let Some(source) = pair.source.identity() else { continue };
            if let Some(other) = targets.get(&source).filter(|other| ***other != pair.path) {
                let problem = format!("Share {} of account {} is the target of {other}", source.1, source.0);
                let remedy = "Name the share that the data comes from; pairs form no chains and no circles";
                mistakes.add(&format!("{}.source", pair.path), problem, remedy);
            }
        }
    }
}
