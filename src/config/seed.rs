//! Field `seed` of a pair: the staging share in the target's account that its first full backup takes data from.
//! Whether it may be used is found out when the pair is created; here it is only read.

use std::time::Duration;

use super::fields::Fields;
use super::mistake::shown;
use super::names::{ACCOUNT_RULE, SHARE_RULE, is_account_name, is_share_name};
use crate::sync::{MatchBy, Matching};

/// Seeding tools with coarse clocks keep times to two seconds.
const MOST_SECONDS: u64 = 2;

/// Nothing where the field is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    /// Field `enabled`; true where only that is missing.
    pub is_on: bool,
    pub share: Option<String>,
    /// It can only be the target's, and may be left out.
    pub account: Option<String>,
    pub matching: Matching,
}

pub(super) fn read(fields: &mut Fields<'_>) -> Seed {
    let Some(mut fields) = fields.object("seed") else { return Seed::default() };
    let is_on = fields.truth("enabled").unwrap_or(true);
    let named = |fields: &mut Fields<'_>, name, is_allowed, rule| {
        fields.text(name).is_some().then(|| fields.name(name, is_allowed, rule)).flatten()
    };
    let share = named(&mut fields, "share", is_share_name as fn(&str) -> bool, SHARE_RULE);
    let account = named(&mut fields, "account", is_account_name, ACCOUNT_RULE);
    let by = fields.text("match").and_then(|text| {
        let found = MatchBy::ALL.into_iter().find(|by| by.as_str() == text);
        if found.is_none() {
            let remedy = format!("Use one of {}", MatchBy::ALL.map(MatchBy::as_str).join(", "));
            fields.mistake("match", format!("{} is no way to match", shown(text)), remedy);
        }
        found
    });
    let tolerance = Duration::from_secs(fields.whole("toleranceSeconds", 0, MOST_SECONDS).unwrap_or(0));
    fields.finish();
    Seed { is_on, share, account, matching: Matching { by: by.unwrap_or_default(), tolerance } }
}
