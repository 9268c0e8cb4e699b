//! `BACKUP_CREDENTIAL`, `AZURE_CLIENT_ID` and `BACKUP_KEY__<account>`: how the storage accounts are opened.

use std::collections::BTreeMap;

use azure_storage::SharedKey;

use super::mistake::{Mistakes, shown};
use super::names::{ACCOUNT_RULE, is_account_name};
use super::variables::{CLIENT_ID, CREDENTIAL, KEY, Variables};

const REMEDY: &str = "Set it to managedIdentity, developer or sharedKey, or remove it for managedIdentity";
const KEY_REMEDY: &str = "Set it to one of the account's two access keys, in base64 as the portal shows it";
const IDLE_KEY_REMEDY: &str = "Remove it, or set BACKUP_CREDENTIAL to sharedKey";
const CLIENT_ID_REMEDY: &str =
    "Set it to the client id of the user-assigned identity, as the portal shows it; or remove it";

/// How the storage accounts are opened.
#[derive(Clone, Debug)]
pub enum CredentialSetting {
    /// By the identity of the app in Azure: the user-assigned one with this client id, else its own.
    ManagedIdentity { client_id: Option<String> },
    /// By whoever is logged in with the Azure CLI or the Azure Developer CLI.
    Developer,
    /// One key for every account that a pair names.
    SharedKey { keys: BTreeMap<String, SharedKey> },
}

impl CredentialSetting {
    /// Tokens are sent over https alone.
    pub(super) fn uses_tokens(&self) -> bool {
        !matches!(self, Self::SharedKey { .. })
    }
}

/// `accounts` maps every account to a place that names it.
pub(super) fn read(
    variables: Variables<'_>,
    accounts: &BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) -> Option<CredentialSetting> {
    match variables.get(CREDENTIAL) {
        None | Some("managedIdentity") => {
            refuse_keys(variables, "managedIdentity", mistakes);
            let client_id = variables.get(CLIENT_ID);
            if client_id.is_some_and(|id| !is_guid(id)) {
                mistakes.add(CLIENT_ID, "Not a client id", CLIENT_ID_REMEDY);
            }
            Some(CredentialSetting::ManagedIdentity { client_id: client_id.map(str::to_owned) })
        }
        Some("developer") => {
            refuse_keys(variables, "developer", mistakes);
            refuse_client_id(variables, "developer", mistakes);
            Some(CredentialSetting::Developer)
        }
        Some("sharedKey") => {
            refuse_client_id(variables, "sharedKey", mistakes);
            Some(CredentialSetting::SharedKey { keys: read_keys(variables, accounts, mistakes) })
        }
        Some(text) => {
            mistakes.add(CREDENTIAL, format!("{} is no kind of credential", shown(text)), REMEDY);
            None
        }
    }
}

/// A key that nothing would use is a secret that lies about.
fn refuse_keys(variables: Variables<'_>, credential: &str, mistakes: &mut Mistakes) {
    for (account, _) in variables.keys().filter(|(_, key)| !key.is_empty()) {
        let problem = format!("The credential is {credential}, which uses no key");
        mistakes.add(&format!("{KEY}{account}"), problem, IDLE_KEY_REMEDY);
    }
}

fn refuse_client_id(variables: Variables<'_>, credential: &str, mistakes: &mut Mistakes) {
    if variables.get(CLIENT_ID).is_some() {
        let problem = format!("The credential is {credential}, which uses no managed identity");
        mistakes.add(CLIENT_ID, problem, "Remove the setting");
    }
}

pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn read_keys(
    variables: Variables<'_>,
    accounts: &BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, SharedKey> {
    let mut keys = BTreeMap::new();
    for (account, text) in variables.keys() {
        let setting = format!("{KEY}{account}");
        if !is_account_name(account) {
            mistakes.add(&setting, "No account can have this name", ACCOUNT_RULE);
        } else if text.is_empty() {
            continue;
        } else if let Ok(key) = SharedKey::new(account, text) {
            keys.insert(account.to_owned(), key);
        } else {
            mistakes.add(&setting, "Not a key", KEY_REMEDY);
        }
    }
    for (account, place) in accounts {
        let setting = format!("{KEY}{account}");
        if variables.get(&setting).is_none() {
            mistakes.add(&setting, format!("Missing, and {place} names the account"), KEY_REMEDY);
        }
    }
    // A key that no pair needs is left where it is: removing a pair for a while is no reason to stop.
    keys.retain(|account, _| accounts.contains_key(account));
    keys
}
