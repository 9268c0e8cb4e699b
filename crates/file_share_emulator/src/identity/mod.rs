//! Who exists besides the holders of account keys: identities with roles, the tokens they are known by, and the
//! endpoint that hands them out. It stands in for the platform; whether a token opens an account is decided in
//! [`crate::auth`].

mod endpoint;
mod role;
mod token;

pub use endpoint::IdentityEndpoint;
pub(crate) use endpoint::serve;
pub use role::{Action, Role};
pub(crate) use token::{Issuer, Rejection};

/// The tenant of all identities.
pub(crate) const TENANT: &str = "5f3c9d9e-0000-4000-8000-00000000e1d0";

/// Somebody who can have a token.
#[derive(Clone, Debug)]
pub struct Identity {
    pub client_id: String,
    /// The one that is meant where a request for a token names nobody. There is at most one.
    pub system_assigned: bool,
    pub roles: Vec<Assignment>,
    /// The endpoint refuses it a token, as it does for an identity that was just taken away.
    pub refused: bool,
}

/// A role on all accounts, or on one.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub role: Role,
    pub account: Option<String>,
}

impl Identity {
    pub fn system_assigned() -> Self {
        let client_id = "5f3c9d9e-0000-4000-8000-0000000a5516".to_owned();
        Self { client_id, system_assigned: true, roles: Vec::new(), refused: false }
    }

    pub fn user_assigned(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), system_assigned: false, roles: Vec::new(), refused: false }
    }

    #[must_use]
    pub fn with(mut self, role: Role) -> Self {
        self.roles.push(Assignment { role, account: None });
        self
    }

    #[must_use]
    pub fn with_on(mut self, account: impl Into<String>, role: Role) -> Self {
        self.roles.push(Assignment { role, account: Some(account.into()) });
        self
    }

    pub(crate) fn may(&self, account: &str, action: Action) -> bool {
        let here =
            |assignment: &&Assignment| assignment.account.as_ref().is_none_or(|assigned| assigned == account);
        self.roles.iter().filter(here).any(|assignment| assignment.role.allows(action))
    }

    /// The id of its principal: another one than its client id, as in the directory.
    pub(crate) fn object_id(&self) -> String {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(self.client_id.as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}
