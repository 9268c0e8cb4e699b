//! How the accounts are opened: each with its key, or all with the tokens of one identity.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use azure_storage::{Bearer, Credential, HttpClient, SharedKey};

use crate::config::CredentialSetting;

#[derive(Clone, Debug)]
pub enum Credentials {
    Keys(BTreeMap<String, SharedKey>),
    Identity(Bearer),
}

impl Credentials {
    /// Asks for no token yet.
    pub fn new(setting: &CredentialSetting, http: &Arc<dyn HttpClient>) -> anyhow::Result<Self> {
        Ok(match setting {
            CredentialSetting::SharedKey { keys } => Self::Keys(keys.clone()),
            CredentialSetting::Developer => Self::Identity(Bearer::of_developer()?),
            CredentialSetting::ManagedIdentity { client_id } => {
                Self::Identity(Bearer::of_managed_identity(client_id.as_deref(), http)?)
            }
        })
    }

    pub fn of(&self, account: &str) -> anyhow::Result<Credential> {
        match self {
            Self::Keys(keys) => {
                let key = keys.get(account).with_context(|| format!("No key for account {account}"))?;
                Ok(Credential::SharedKey(key.clone()))
            }
            Self::Identity(bearer) => Ok(Credential::Bearer(bearer.clone())),
        }
    }
}
