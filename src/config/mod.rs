//! The settings of the app, read once from the variables of the process and handed along. Whatever is wrong
//! with them is reported at once, each mistake with its place and its remedy. Nothing here does I/O, and no
//! message shows a key.

mod credential;
mod fields;
mod mistake;
mod names;
mod pair;
mod pairs;
mod schedule;
mod share;
mod state;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;

pub use credential::CredentialSetting;
pub use mistake::Mistake;
use mistake::Mistakes;
pub use pair::PairSettings;
use pairs::PairDrafts;
pub use share::ShareSettings;
pub use state::StateSetting;
use variables::Variables;
pub use variables::{LATER_SETTINGS, SETTINGS};

/// What the app was told to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `BACKUP_PAIRS`, required: a JSON list; its schema stands in `docs/pairs.schema.json`.
    pub pairs: Vec<PairSettings>,
    /// `BACKUP_SCHEDULE`, required: six-field cron in UTC; the host reads it for the timer.
    pub backup_schedule: String,
    /// `BACKUP_STATE`, required.
    pub state: StateSetting,
    /// `BACKUP_CREDENTIAL`, required, and `BACKUP_KEY__<account>` for every account.
    pub credential: CredentialSetting,
}

impl Settings {
    /// Reads the settings, or says everything that is wrong with them.
    pub fn from_env(vars: &BTreeMap<String, String>) -> Result<Self, Vec<Mistake>> {
        let variables = Variables(vars);
        let mut mistakes = Mistakes::default();
        let pairs = PairDrafts::read(variables, &mut mistakes);
        let backup_schedule = schedule::read(variables, &mut mistakes);
        let state = state::read(variables, &mut mistakes);
        let credential = credential::read(variables, &pairs.accounts(), &mut mistakes);
        variables.refuse_idle(&mut mistakes);

        if !mistakes.is_empty() {
            return Err(mistakes.into_vec());
        }
        let read = (pairs.complete(), backup_schedule, state, credential);
        let (Some(pairs), Some(backup_schedule), Some(state), Some(credential)) = read else {
            unreachable!("what could not be read was noted as a mistake")
        };
        Ok(Self { pairs, backup_schedule, state, credential })
    }
}
