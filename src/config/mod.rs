//! The settings of the app, read once from the variables of the process and handed along. Whatever is wrong
//! with them is reported at once, each mistake with its place and its remedy. Nothing here does I/O, and no
//! message shows a key.

mod credential;
mod exclude;
mod fields;
mod glob;
mod guard;
mod include;
mod invocation;
mod limits;
mod mistake;
mod names;
mod pair;
mod pairs;
mod retention;
mod rpo;
mod schedule;
mod seed;
mod share;
mod state;
mod telemetry;
#[cfg(test)]
mod tests;
mod variables;
mod verify;

use std::collections::BTreeMap;
use std::time::Duration;

pub use credential::CredentialSetting;
pub use exclude::Exclude;
pub use glob::BadGlob;
pub use guard::Guard;
pub use include::{BadInclude, Include, is_glob};
pub use invocation::HOST_TIMEOUT;
pub use limits::{LEAST_BYTES, LEAST_REQUESTS, Limits, MOST as MOST_OF_LIMITS};
pub use mistake::Mistake;
use mistake::Mistakes;
pub use names::is_share_name;
pub use pair::PairSettings;
use pairs::PairDrafts;
pub use schedule::next_run;
pub use seed::Seed;
pub use share::ShareSettings;
pub use state::StateSetting;
pub use telemetry::{Ingestion, TelemetrySettings};
pub use variables::{SETTINGS, app_key};
use variables::{STATE, Variables};
pub use verify::Verify;

/// What the app was told to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `BACKUP_PAIRS`, required: a JSON list; its schema stands in `docs/pairs.schema.json`.
    pub pairs: Vec<PairSettings>,
    /// `BACKUP_SCHEDULE`, required: six-field cron in UTC; the host reads it for the timer.
    pub backup_schedule: String,
    /// `RESUME_SCHEDULE`, required: the same for the timer that resumes what is unfinished.
    pub resume_schedule: String,
    /// `DRILL_SCHEDULE`, required: the same for the timer that drills.
    pub drill_schedule: String,
    /// `BACKUP_STATE`, required.
    pub state: StateSetting,
    /// `BACKUP_LEASE_SECONDS`; a minute where it is missing.
    pub lease: Duration,
    /// `BACKUP_BUDGET_SECONDS`; where it is missing, what the host's `functionTimeout` allows.
    pub budget: Duration,
    /// The same for an HTTP invocation, which the platform cuts off much earlier.
    pub http_budget: Duration,
    /// `BACKUP_CREDENTIAL`; a managed identity where it is missing. `AZURE_CLIENT_ID` and `BACKUP_KEY__<account>` belong
    /// to it.
    pub credential: CredentialSetting,
    /// `APPLICATIONINSIGHTS_CONNECTION_STRING`; where it is missing, the app tells of itself on the console alone.
    /// `APPLICATIONINSIGHTS_AUTHENTICATION_STRING` belongs to it.
    pub telemetry: Option<TelemetrySettings>,
}

impl Settings {
    /// Reads the settings, or says everything that is wrong with them.
    pub fn from_env(vars: &BTreeMap<String, String>) -> Result<Self, Vec<Mistake>> {
        let variables = Variables(vars);
        let mut mistakes = Mistakes::default();
        let pairs = PairDrafts::read(variables, &mut mistakes);
        let backup_schedule = schedule::read_backup(variables, &mut mistakes);
        let resume_schedule = schedule::read_resume(variables, &mut mistakes);
        let drill_schedule = schedule::read_drill(variables, &mut mistakes);
        let state = state::read(variables, &mut mistakes);
        let lease = invocation::read_lease(variables, &mut mistakes);
        let budgets = invocation::read_budget(variables, &mut mistakes);
        let accounts = accounts(&pairs, state.as_ref());
        let credential = credential::read(variables, &accounts, &mut mistakes);
        if credential.as_ref().is_some_and(CredentialSetting::uses_tokens) {
            pairs.refuse_http(&mut mistakes);
            state::refuse_http(state.as_ref(), &mut mistakes);
        }
        let telemetry = telemetry::read(variables, &mut mistakes);
        variables.refuse_unknown(&mut mistakes);

        let settings = || {
            let (budget, http_budget) = budgets?;
            Some(Self {
                pairs: pairs.complete(rpo::of_schedule(backup_schedule.as_ref()?))?,
                backup_schedule: backup_schedule?,
                resume_schedule: resume_schedule?,
                drill_schedule: drill_schedule?,
                state: state?,
                lease: lease?,
                budget,
                http_budget,
                credential: credential?,
                telemetry,
            })
        };
        if !mistakes.is_empty() {
            return Err(mistakes.into_vec());
        }
        Ok(settings().expect("what could not be read was noted as a mistake"))
    }
}

/// Every account that needs a key, with the first place that names it.
fn accounts(pairs: &PairDrafts, state: Option<&StateSetting>) -> BTreeMap<String, String> {
    let mut accounts = pairs.accounts();
    if let Some(StateSetting::Table { account, .. }) = state {
        accounts.entry(account.clone()).or_insert_with(|| STATE.to_owned());
    }
    accounts
}
