//! What stands behind a refusal: a missing right, a closed network and a wrong name look alike in a log, and need
//! different remedies.
//!
//! Codes: <https://learn.microsoft.com/rest/api/storageservices/file-service-error-codes>.

use azure_storage::{Error, ErrorKind};
use azure_storage_file_share::Operation;
use tokio::net::lookup_host;
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The platform gives no token.
    NoToken,
    /// DNS knows no such name.
    NoSuchHost,
    /// The name is known, and nobody there takes the connection.
    NoConnection,
    /// Whoever takes the connection shows a certificate that is not trusted here.
    Certificate,
    /// The account's network rules.
    Firewall,
    /// The credential is good, and its roles do not reach.
    MissingRight,
    /// A token that this account does not take: of another tenant, as a rule.
    TokenRefused,
    /// A key or a signature that this account does not take: another key, or a clock that is off.
    KeyRefused,
    /// The account takes no keys.
    KeysForbidden,
    AccountDisabled,
    /// The version of the service that is asked for.
    Version,
    /// There is nothing of this name.
    Missing,
    /// No place for another share snapshot.
    SnapshotLimit,
    /// The service has no time, or failed.
    Unwell,
    /// Anything else: the error itself says it.
    Other,
}

impl Cause {
    /// Asks DNS where no connection came about.
    pub async fn of(error: &Error, endpoint: &Url) -> Self {
        if error.kind == ErrorKind::NotSent && !error.is_of_load() {
            if is_of_a_certificate(error) {
                return Self::Certificate;
            }
            return if is_known(endpoint).await { Self::NoConnection } else { Self::NoSuchHost };
        }
        match Self::of_answer(error.kind, error.status, error.code.as_deref().unwrap_or_default()) {
            // what has more headers than this one may be refused for any of them
            Self::Version if error.operation != Operation::GetShareProperties.name() => Self::Other,
            cause => cause,
        }
    }

    fn of_answer(kind: ErrorKind, status: Option<u16>, code: &str) -> Self {
        match (status, code) {
            (_, "AuthorizationFailure" | "AuthorizationSourceIPMismatch") => Self::Firewall,
            (_, "AuthorizationPermissionMismatch" | "InsufficientAccountPermissions") => Self::MissingRight,
            (_, "KeyBasedAuthenticationNotPermitted") => Self::KeysForbidden,
            (_, "AuthenticationFailed") => Self::KeyRefused,
            (Some(401), _) | (_, "InvalidAuthenticationInfo" | "NoAuthenticationInformation") => {
                Self::TokenRefused
            }
            (_, "AccountIsDisabled") => Self::AccountDisabled,
            (Some(400), "InvalidHeaderValue" | "FeatureVersionMismatch" | "UnsupportedHeader") => {
                Self::Version
            }
            (_, "ShareSnapshotCountExceeded" | "FileSnapshotCountExceeded") => Self::SnapshotLimit,
            _ => match kind {
                ErrorKind::NoToken => Self::NoToken,
                ErrorKind::NotFound => Self::Missing,
                ErrorKind::Unauthorized => Self::MissingRight,
                ErrorKind::Throttled | ErrorKind::Server | ErrorKind::Unknown | ErrorKind::NotSent => {
                    Self::Unwell
                }
                _ => Self::Other,
            },
        }
    }

    /// What the source of a server-side copy answered to the target's service.
    pub fn of_source(error: &Error) -> Option<Self> {
        let source = error.copy_source.as_ref()?;
        let kind = match source.status {
            Some(404) => ErrorKind::NotFound,
            Some(500..) => ErrorKind::Server,
            _ => ErrorKind::CopySource,
        };
        Some(Self::of_answer(kind, source.status, source.code.as_deref().unwrap_or_default()))
    }

    /// Whether the service has looked at what was asked, and so at the right to ask it.
    pub fn shows_the_right(self) -> bool {
        matches!(self, Self::Missing | Self::Other)
    }
}

/// The TLS library tells it in words only.
fn is_of_a_certificate(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.to_string().to_lowercase().contains("certificate") {
            return true;
        }
        source = cause.source();
    }
    false
}

async fn is_known(endpoint: &Url) -> bool {
    let (Some(host), Some(port)) = (endpoint.host_str(), endpoint.port_or_known_default()) else {
        return false;
    };
    lookup_host((host, port)).await.is_ok_and(|mut addresses| addresses.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_a_closed_network_and_another_tenant_are_told_apart() {
        let cause = |status, code| Cause::of_answer(ErrorKind::Unauthorized, Some(status), code);
        assert_eq!(cause(403, "AuthorizationPermissionMismatch"), Cause::MissingRight);
        assert_eq!(cause(403, "AuthorizationFailure"), Cause::Firewall);
        assert_eq!(cause(401, "InvalidAuthenticationInfo"), Cause::TokenRefused);
        assert_eq!(cause(403, "AuthenticationFailed"), Cause::KeyRefused);
        assert_eq!(cause(403, "KeyBasedAuthenticationNotPermitted"), Cause::KeysForbidden);
    }

    #[tokio::test]
    async fn a_wrong_name_is_told_from_a_closed_door() {
        let error = Error::new("Get Share Properties", "share", ErrorKind::NotSent);
        let at = |url: &str| Url::parse(url).expect("a URL");
        let (here, nowhere) = (at("https://127.0.0.1:1/account"), at("https://account.file.invalid/"));
        assert_eq!(Cause::of(&error, &here).await, Cause::NoConnection);
        // a name that no DNS server may know: RFC 6761
        assert_eq!(Cause::of(&error, &nowhere).await, Cause::NoSuchHost);
    }
}
