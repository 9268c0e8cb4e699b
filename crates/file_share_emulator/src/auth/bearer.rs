//! Bearer tokens: over TLS alone, for this service, with the intent that the service wants stated, and as far as
//! the roles of the identity go. Access control lists of files are not asked: the intent stands above them.

use super::rights;
use crate::error::{self, ServiceError};
use crate::identity::{Action, Identity, Rejection};
use crate::model::account::Account;
use crate::operation::Operation;
use crate::request::Request;
use crate::service::State;

const INTENT: &str = "x-ms-file-request-intent";
/// Since when tokens open files and directories, and since when all else.
const FILES_SINCE: &str = "2022-11-02";
const SHARES_SINCE: &str = "2024-11-04";
const KEYS_SINCE: &str = "2026-02-06";

/// Of all storage; the other audiences are the accounts' own addresses.
const STORAGE: &str = "https://storage.azure.com";

pub(super) fn verify<'a>(
    state: &'a State,
    request: &Request,
    operation: Operation,
    account: &Account,
    token: &str,
) -> Result<&'a Identity, ServiceError> {
    check_protocol(request.secure)?;
    if !request.is_at_least(FILES_SINCE) {
        return Err(refused("Authentication scheme Bearer is not supported in this version."));
    }
    if operation == Operation::GetUserDelegationKey && !request.is_at_least(KEYS_SINCE) {
        return Err(ServiceError::query("comp", "userdelegationkey"));
    }
    if !request.is_at_least(SHARES_SINCE) && (operation.is_share_level() || request.share.is_none()) {
        return Err(error::FILE_OAUTH_MANAGEMENT_API_RESTRICTED_TO_SRP.into());
    }
    let identity = identify(state, account, token)?;
    // Keys were seen to be given without it.
    if operation != Operation::GetUserDelegationKey {
        check_intent(request)?;
    }
    check_rights(identity, account, rights::needed(operation, request))?;
    Ok(identity)
}

/// The same for a token that opens the source of a copy. The intent of the request covers both.
pub(crate) fn verify_source(
    state: &State,
    request: &Request,
    source: &Account,
    secure: bool,
    authorization: &str,
) -> Result<(), ServiceError> {
    let Some(("Bearer", token)) = authorization.split_once(' ') else {
        return Err(error::INVALID_AUTHENTICATION_INFO.into());
    };
    check_protocol(secure)?;
    let identity = identify(state, source, token)?;
    check_intent(request)?;
    check_rights(identity, source, rights::READ)
}

/// What an identity's delegation key has signed allows no more than the identity itself may do.
pub(super) fn check_signer(
    state: &State,
    account: &Account,
    object_id: &str,
    needed: &[Action],
) -> Result<(), ServiceError> {
    let signer = state.config.identities.iter().find(|identity| identity.object_id() == object_id);
    check_rights(signer.ok_or(error::AUTHORIZATION_PERMISSION_MISMATCH)?, account, needed)
}

fn check_protocol(secure: bool) -> Result<(), ServiceError> {
    match secure {
        true => Ok(()),
        false => Err(refused("Authentication scheme Bearer is not allowed with HTTP.")),
    }
}

fn identify<'a>(state: &'a State, account: &Account, token: &str) -> Result<&'a Identity, ServiceError> {
    let own = format!("https://{}.file.core.windows.net", account.name);
    let knows = |audience: &str| audience == STORAGE || audience == own;
    let rejected = |Rejection(why)| {
        ServiceError::from(error::INVALID_AUTHENTICATION_INFO).with("AuthenticationErrorDetail", why)
    };
    let client_id = state.issuer.verify(token.trim(), knows).map_err(rejected)?;
    let known = state.config.identities.iter().find(|identity| identity.client_id == client_id);
    known.ok_or_else(|| rejected(Rejection("The identity of the token is not known.")))
}

fn check_intent(request: &Request) -> Result<(), ServiceError> {
    match request.required_header(INTENT)? {
        intent if intent.eq_ignore_ascii_case("backup") => Ok(()),
        other => Err(ServiceError::header(INTENT, other)),
    }
}

fn check_rights(identity: &Identity, account: &Account, needed: &[Action]) -> Result<(), ServiceError> {
    match needed.iter().all(|action| identity.may(&account.name, *action)) {
        true => Ok(()),
        false => Err(error::AUTHORIZATION_PERMISSION_MISMATCH.into()),
    }
}

fn refused(detail: &str) -> ServiceError {
    ServiceError::from(error::AUTHENTICATION_FAILED).with("AuthenticationErrorDetail", detail)
}
