//! `BACKUP_CREDENTIAL` and `BACKUP_KEY__<account>`: how the storage accounts are opened.

use std::collections::BTreeMap;

use azure_storage::SharedKey;

use super::mistake::{Mistakes, shown};
use super::names::{ACCOUNT_RULE, is_account_name};
use super::variables::{CREDENTIAL, KEY, Variables};

const REMEDY: &str = "Set it to sharedKey, and BACKUP_KEY__<account> to a key of every account";
const KEY_REMEDY: &str = "Set it to one of the account's two access keys, in base64 as the portal shows it";

/// How the storage accounts are opened.
#[derive(Clone, Debug)]
pub enum CredentialSetting {
    /// One key for every account that a pair names.
    SharedKey { keys: BTreeMap<String, SharedKey> },
}

/// `accounts` maps every account to a place that names it.
pub(super) fn read(
    variables: Variables<'_>,
    accounts: &BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) -> Option<CredentialSetting> {
    let is_shared_key = match variables.get(CREDENTIAL) {
        Some("sharedKey") => true,
        None => {
            mistakes.add(CREDENTIAL, "Its default, managedIdentity, is not in this version", REMEDY);
            false
        }
        Some(later @ ("managedIdentity" | "developer")) => {
            mistakes.add(CREDENTIAL, format!("{later} is not in this version"), REMEDY);
            false
        }
        Some(text) => {
            mistakes.add(CREDENTIAL, format!("{} is no kind of credential", shown(text)), REMEDY);
            false
        }
    };
    // Whatever stands above, keys are what this version will ask for next.
    let keys = read_keys(variables, accounts, mistakes);
    is_shared_key.then_some(CredentialSetting::SharedKey { keys })
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
