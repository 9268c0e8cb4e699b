//! The variables that feed the settings: their names, and how one is read.

use std::collections::BTreeMap;

use super::mistake::Mistakes;

pub(super) const PAIRS: &str = "BACKUP_PAIRS";
pub(super) const BACKUP_SCHEDULE: &str = "BACKUP_SCHEDULE";
pub(super) const RESUME_SCHEDULE: &str = "RESUME_SCHEDULE";
pub(super) const DRILL_SCHEDULE: &str = "DRILL_SCHEDULE";
pub(super) const STATE: &str = "BACKUP_STATE";
pub(super) const LEASE: &str = "BACKUP_LEASE_SECONDS";
pub(super) const BUDGET: &str = "BACKUP_BUDGET_SECONDS";
pub(super) const CREDENTIAL: &str = "BACKUP_CREDENTIAL";
/// Of Azure's own making; its SDKs know it too.
pub(super) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// The host's own; it sends its telemetry there, and so does the app.
pub(super) const CONNECTION: &str = "APPLICATIONINSIGHTS_CONNECTION_STRING";
pub(super) const AUTHENTICATION: &str = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
/// Followed by the account's name.
pub(super) const KEY: &str = "BACKUP_KEY__";

/// For the commands that ask a deployed app: its function key. No setting of the app's own.
const APP_KEY: &str = "BACKUP_APP_KEY";

/// The function key of the app that a command is to ask, where one is given.
pub fn app_key(variables: &BTreeMap<String, String>) -> Option<String> {
    Variables(variables).get(APP_KEY).map(str::to_owned)
}

/// Set by Azure to the name of the app.
pub(super) const SITE: &str = "WEBSITE_SITE_NAME";
/// The same to that of the instance.
pub(super) const INSTANCE: &str = "WEBSITE_INSTANCE_ID";
/// The host's own, and stronger than its `host.json`.
pub(super) const FUNCTION_TIMEOUT: &str = "AzureFunctionsJobHost__functionTimeout";

/// What this version reads; `BACKUP_KEY__<account>` comes on top.
pub const SETTINGS: [&str; 11] = [
    PAIRS,
    BACKUP_SCHEDULE,
    RESUME_SCHEDULE,
    DRILL_SCHEDULE,
    STATE,
    LEASE,
    BUDGET,
    CREDENTIAL,
    CLIENT_ID,
    CONNECTION,
    AUTHENTICATION,
];

/// The variables handed to the process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables<'a>(pub(super) &'a BTreeMap<String, String>);

impl<'a> Variables<'a> {
    /// The value without surrounding white space. An empty one counts as not set: the portal keeps the row
    /// of a setting whose value was cleared.
    pub(super) fn get(self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A variable of the host, which reads names of whatever letter case.
    pub(super) fn of_host(self, name: &str) -> Option<&'a str> {
        let found = self.0.keys().find(|key| key.eq_ignore_ascii_case(name))?;
        self.get(found)
    }

    /// The account names and values of `BACKUP_KEY__<account>`.
    pub(super) fn keys(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(KEY)?, value.trim())))
    }

    /// Refuses names that are no setting at all.
    pub(super) fn refuse_unknown(self, mistakes: &mut Mistakes) {
        for name in self.0.keys().filter(|name| name.starts_with("BACKUP_") && !is_known(name)) {
            let remedy = format!("Remove it, or correct its name; the settings are {}", SETTINGS.join(", "));
            mistakes.add(name, "No setting has this name", format!("{remedy} and {KEY}<account>"));
        }
    }
}

fn is_known(name: &str) -> bool {
    SETTINGS.contains(&name) || name.starts_with(KEY) || name == APP_KEY
}
