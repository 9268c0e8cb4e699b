//! What all pairs have in common: the settings, who the app is, and where its state is kept.

use super::Doctor;
use super::check::{Check, CheckName, Remedy};
use super::explain::Asked;
use super::notes::Notes;
use super::right::Right;
use crate::config::{CredentialSetting, StateSetting};
use crate::cycle::credentials::Credentials;
use crate::state::StateError;

impl Doctor {
    pub(super) async fn common(&self, pairs: usize) -> Vec<Check> {
        let mut notes = Notes::new(None, None, None);
        notes.ok(CheckName::Settings, format!("The settings are good and name {pairs} pairs"));
        self.identity(&mut notes).await;
        let mut checks = notes.finish(&[]);
        checks.extend(self.state().await);
        checks
    }

    async fn identity(&self, notes: &mut Notes) {
        let bearer = match &self.credentials {
            Credentials::Keys(_) => {
                let remedy = "Set BACKUP_CREDENTIAL to managedIdentity, give the identity the rights of docs/security.md, and take the keys away";
                let detail = "Account keys open everything in their accounts, for whoever has them";
                notes.excessive(CheckName::Identity, detail, Remedy::text(remedy));
                return;
            }
            Credentials::Identity(bearer) => bearer,
        };
        let Err(error) = bearer.token().await else {
            notes.ok(CheckName::Identity, "The platform gave a token for storage");
            return;
        };
        let remedy = match &self.credential {
            CredentialSetting::ManagedIdentity { client_id: Some(id) } => Remedy::text(format!(
                "Assign the user-assigned identity {id} to the app, or correct AZURE_CLIENT_ID, which is a client id and no object id"
            ))
            .with_command("az functionapp identity show -g GROUP -n APP --query userAssignedIdentities"),
            CredentialSetting::ManagedIdentity { client_id: None } => Remedy::text(
                "Turn on the system-assigned identity of the app, or name a user-assigned one in AZURE_CLIENT_ID",
            )
            .with_command("az functionapp identity assign -g GROUP -n APP"),
            CredentialSetting::Developer | CredentialSetting::SharedKey { .. } => {
                Remedy::text("Log in").with_command("az login")
            }
        };
        notes.failed(CheckName::Identity, format!("No token was to be had: {error}"), remedy);
    }

    /// Makes the tables where they are missing, as every start of a cycle does, reads one, and writes a row of its own.
    async fn state(&self) -> Vec<Check> {
        let StateSetting::Table { endpoint, account } = &self.state else {
            let mut notes = Notes::new(None, None, None);
            notes.ok(CheckName::State, "In memory: what is not finished is forgotten with the process");
            return notes.finish(&[]);
        };
        let mut notes = Notes::new(None, None, Some(account));
        let tried = async {
            self.store.open().await?;
            self.store.try_write().await?;
            self.store.pairs().await
        };
        match tried.await {
            Ok(_) => notes.ok(
                CheckName::State,
                format!("The tables at {endpoint} are there, and can be read and written"),
            ),
            Err(StateError::Unavailable(error)) => {
                let asked = Asked { account, endpoint, side: None, credential: &self.credential };
                let (_, explained) = asked.explain(&error, Right::Tables).await;
                notes.failed(CheckName::State, explained.detail, explained.remedy);
            }
            Err(error) => {
                let remedy = "See docs/operations.md for StateUnavailable and StateUnreadable";
                notes.failed(CheckName::State, error.to_string(), Remedy::text(remedy));
            }
        }
        notes.finish(&[])
    }
}
