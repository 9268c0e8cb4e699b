//! Whether a request may do what it asks: Shared Key, Shared Key Lite, a shared access signature,
//! or the token of an identity.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::error::{self, ServiceError};
use crate::identity::Identity;
use crate::model::account::Account;
use crate::operation::Operation;
use crate::request::Request;
use crate::service::State;

pub(crate) mod bearer;
pub(crate) mod rights;
pub(crate) mod sas;
mod shared_key;

/// The identity that asks; nothing where a key or a signature does.
pub(crate) fn authorize<'a>(
    state: &'a State,
    request: &Request,
    operation: Operation,
    account: &Account,
) -> Result<Option<&'a Identity>, ServiceError> {
    let authorization = request.header("authorization");
    let is_bearer = authorization.is_some_and(|value| value.starts_with("Bearer "));
    if operation == Operation::GetUserDelegationKey && !is_bearer {
        return Err(ServiceError::from(error::AUTHENTICATION_FAILED)
            .with("AuthenticationErrorDetail", "Only authentication scheme Bearer is supported"));
    }
    match authorization {
        Some(value) => match value.split_once(' ') {
            Some(("SharedKey" | "SharedKeyLite", _)) => {
                allow_keys(account)?;
                shared_key::verify(request, account, value)?;
                Ok(None)
            }
            Some(("Bearer", token)) => bearer::verify(state, request, operation, account, token).map(Some),
            _ => Err(error::MALFORMED_AUTHORIZATION.into()),
        },
        None if request.query.get("sig").is_some() => {
            let target = sas::Target {
                share: request.share.as_deref(),
                item: &request.item,
                operation,
                secure: request.secure,
                actions: rights::needed(operation, request),
            };
            sas::verify(state, &request.query, account, &target)?;
            Ok(None)
        }
        // An anonymous request to a private share learns nothing.
        None => Err(error::RESOURCE_NOT_FOUND.into()),
    }
}

/// An account can forbid its keys, and with them what they have signed.
fn allow_keys(account: &Account) -> Result<(), ServiceError> {
    match account.allow_shared_key {
        true => Ok(()),
        false => Err(error::KEY_BASED_AUTHENTICATION_NOT_PERMITTED.into()),
    }
}

/// Whether a base64 signature is the one of the text, compared in constant time.
fn is_signed(key: &[u8], text: &str, signature: &str) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.verify_slice(&signature).is_ok()
}
