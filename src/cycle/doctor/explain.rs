//! A refusal in words that a person can act on: which check it belongs to, what it means, and what to do.

use azure_storage::Error;
use url::Url;

use super::cause::Cause;
use super::check::{CheckName, Remedy};
use super::right::Right;
use crate::config::CredentialSetting;
use crate::state::Side;

/// Where a request went.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub account: &'a str,
    pub endpoint: &'a Url,
    pub side: Option<Side>,
    pub credential: &'a CredentialSetting,
}

#[derive(Debug)]
pub struct Explained {
    /// The check that failed, where that is another one than the one that was made.
    pub check: Option<CheckName>,
    pub detail: String,
    pub remedy: Remedy,
}

impl Asked<'_> {
    pub async fn explain(&self, error: &Error, right: Right) -> (Cause, Explained) {
        let cause = Cause::of(error, self.endpoint).await;
        (cause, self.in_words(cause, error, right))
    }

    fn in_words(&self, cause: Cause, error: &Error, right: Right) -> Explained {
        let Self { account, endpoint, side, credential } = *self;
        let host = endpoint.host_str().unwrap_or_default();
        // account.file.core.windows.net
        let zone = host.split_once('.').map_or("file.core.windows.net", |(_, zone)| zone);
        let (check, detail, remedy) = match cause {
            Cause::NoToken => (
                Some(CheckName::Credential),
                "The platform gave no token".to_owned(),
                Remedy::text("See the check Identity"),
            ),
            Cause::NoSuchHost => (
                Some(CheckName::Network),
                format!("DNS knows no {host}: there is no account of this name, its private zone is not linked, or DNS itself fails for the moment"),
                Remedy::text(format!(
                    "Correct the account's name or endpoint; with private endpoints, link the zone privatelink.{zone} to the app's network. Account {account} is there if the command shows it"
                ))
                .with_command(format!("az storage account show -n {account} --query primaryEndpoints")),
            ),
            Cause::NoConnection => (
                Some(CheckName::Network),
                format!("{host} is known, and nobody there takes a connection"),
                Remedy::text("Let the app's network reach it: routes, network security groups and firewalls on the way, and the private endpoint where there is one"),
            ),
            Cause::Certificate => (
                Some(CheckName::Network),
                format!("The certificate that {host} shows is not trusted here: something on the way opens the connection, or an authority is missing"),
                Remedy::text("Name the authority in SSL_CERT_FILE, or take whatever opens TLS on the way out of it"),
            ),
            Cause::Firewall => (
                Some(CheckName::Network),
                format!("The network rules of account {account} refuse this app: the account answers, and the request comes from a network that it does not allow"),
                Remedy::text(format!(
                    "Give account {account} a private endpoint in the app's network (\"privateNetwork\": true in infra/), or allow the app's subnet. Roles are not what is missing"
                ))
                .with_command(format!(
                    "az storage account network-rule add --account-name {account} --subnet \"$(az functionapp show -g GROUP -n APP --query virtualNetworkSubnetId -o tsv)\""
                )),
            ),
            Cause::MissingRight => (
                None,
                format!("The identity may not {} on account {account}", right.action()),
                right.give(account, side, credential),
            ),
            Cause::TokenRefused => (
                Some(CheckName::Credential),
                format!("Account {account} does not take the identity's token: as a rule the account belongs to another tenant"),
                Remedy::text("Use an identity of the account's own tenant; the command shows that tenant")
                    .with_command(format!(
                        "az account show -s \"$(az storage account show -n {account} --query id -o tsv | cut -d/ -f3)\" --query tenantId -o tsv"
                    )),
            ),
            Cause::KeyRefused => (
                Some(CheckName::Credential),
                format!("Account {account} does not take the signature: the key is another one, or the clock is off"),
                Remedy::text(format!(
                    "See the check Clock; else set BACKUP_KEY__{account} to one of the account's two keys, or better use a managed identity"
                )),
            ),
            Cause::KeysForbidden => (
                Some(CheckName::Credential),
                format!("Account {account} forbids Shared Key"),
                Remedy::text("Set BACKUP_CREDENTIAL to managedIdentity, and take BACKUP_KEY__… away"),
            ),
            Cause::AccountDisabled => (
                Some(CheckName::Credential),
                format!("Account {account} is disabled"),
                Remedy::text("Ask whoever owns its subscription"),
            ),
            Cause::Version => (
                Some(CheckName::ServiceVersion),
                format!("Account {account} does not serve the version that this app speaks"),
                Remedy::text("Use an account in a cloud and region that serves it; there is no falling back"),
            ),
            Cause::Missing => (
                Some(CheckName::Share),
                "What was asked for is not there".to_owned(),
                Remedy::text("Correct the share's name, or undelete the share"),
            ),
            Cause::SnapshotLimit => (
                Some(CheckName::SnapshotCount),
                "The share takes no other share snapshot".to_owned(),
                Remedy::text("Delete share snapshots that nobody needs; Azure's limit is 200 for each share"),
            ),
            Cause::Unwell => (
                None,
                "The service had no time, or failed".to_owned(),
                Remedy::text("Try again in some minutes; see Azure's status page if it stays so"),
            ),
            Cause::Other => (
                None,
                error.to_string(),
                Remedy::text("docs/operations.md knows many codes; the service's documentation all others"),
            ),
        };
        let detail = if cause == Cause::Other { detail } else { format!("{detail} ({error})") };
        Explained { check, detail, remedy }
    }
}
