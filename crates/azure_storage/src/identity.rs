//! Where tokens come from: the identity that the platform gave the app, or whoever is logged in on this machine.

use crate::{Bearer, Error, ErrorKind, Result};
use azure_core::http::{ClientOptions, HttpClient, Transport};
use azure_identity::{
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use std::sync::Arc;

impl Bearer {
    /// The user-assigned identity with this client id, else the system-assigned one. Where the platform hands out
    /// tokens is read from the variables that it sets, `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    pub fn of_managed_identity(client_id: Option<&str>, http: &Arc<dyn HttpClient>) -> Result<Self> {
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
            client_options: ClientOptions {
                transport: Some(Transport::new(http.clone())),
                ..Default::default()
            },
        };
        let credential = ManagedIdentityCredential::new(Some(options));
        Ok(Self::new(credential.map_err(|cause| no_token("managed identity", cause))?))
    }

    /// Whoever is logged in with the Azure CLI or the Azure Developer CLI.
    pub fn of_developer() -> Result<Self> {
        let credential = DeveloperToolsCredential::new(None);
        Ok(Self::new(credential.map_err(|cause| no_token("developer", cause))?))
    }
}

fn no_token(whose: &str, cause: azure_core::Error) -> Error {
    Error::new("Open the identity", whose, ErrorKind::NoToken).with_source(cause)
}
