//! What was found about one share, or about what is common: one check of each name.

use std::collections::BTreeMap;

use super::check::{Check, CheckName, CheckStatus, Remedy};
use crate::state::Side;

#[derive(Debug)]
pub struct Notes {
    pair: Option<String>,
    side: Option<Side>,
    account: Option<String>,
    checks: BTreeMap<CheckName, Check>,
}

impl Notes {
    pub fn new(pair: Option<&str>, side: Option<Side>, account: Option<&str>) -> Self {
        let [pair, account] = [pair, account].map(|text| text.map(str::to_owned));
        Self { pair, side, account, checks: BTreeMap::new() }
    }

    pub fn ok(&mut self, check: CheckName, detail: impl Into<String>) {
        self.note(check, CheckStatus::Ok, detail.into(), None);
    }

    pub fn excessive(&mut self, check: CheckName, detail: impl Into<String>, remedy: Remedy) {
        self.note(check, CheckStatus::Excessive, detail.into(), Some(remedy));
    }

    pub fn failed(&mut self, check: CheckName, detail: impl Into<String>, remedy: Remedy) {
        self.note(check, CheckStatus::Failed, detail.into(), Some(remedy));
    }

    pub fn not_tried(&mut self, check: CheckName, why: impl Into<String>) {
        self.note(check, CheckStatus::NotTried, why.into(), None);
    }

    /// What only a person can find out.
    pub fn tell(&mut self, check: CheckName, why: impl Into<String>, remedy: Remedy) {
        self.note(check, CheckStatus::NotTried, why.into(), Some(remedy));
    }

    /// What was noted before was too hasty.
    pub fn overrule(&mut self, check: CheckName, detail: impl Into<String>) {
        self.checks.remove(&check);
        self.ok(check, detail);
    }

    /// What is worse stays: a right that was there when it was probed may be refused when it is used.
    fn note(&mut self, name: CheckName, status: CheckStatus, detail: String, remedy: Option<Remedy>) {
        if self.status(name).is_some_and(|known| known > status) {
            return;
        }
        let (pair, account) = (self.pair.clone(), self.account.clone());
        let check = Check { check: name, status, pair, side: self.side, account, detail, remedy };
        self.checks.insert(name, check);
    }

    pub fn status(&self, check: CheckName) -> Option<CheckStatus> {
        self.checks.get(&check).map(|check| check.status)
    }

    pub fn is_good(&self, check: CheckName) -> bool {
        matches!(self.status(check), Some(CheckStatus::Ok | CheckStatus::Excessive))
    }

    /// All of them; what is `expected` and was not looked at could not be.
    pub fn finish(mut self, expected: &[CheckName]) -> Vec<Check> {
        let before = self.checks.values().find(|check| check.status == CheckStatus::Failed);
        let why = before.map_or_else(
            || "What it needs was not there".to_owned(),
            |before| format!("{:?} stands before it", before.check),
        );
        for name in expected {
            if self.status(*name).is_none() {
                self.not_tried(*name, why.clone());
            }
        }
        self.checks.into_values().collect()
    }
}
