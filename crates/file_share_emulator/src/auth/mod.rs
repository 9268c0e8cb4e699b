//! Whether a request may do what it asks: Shared Key, Shared Key Lite, or a shared access signature.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::error::{self, ServiceError};
use crate::model::account::Account;
use crate::request::Request;
use crate::route::Operation;

pub(crate) mod sas;
mod shared_key;

pub(crate) fn authorize(
    request: &Request,
    operation: Operation,
    account: &Account,
) -> Result<(), ServiceError> {
    match request.header("authorization") {
        Some(value) => match value.split_once(' ') {
            Some(("SharedKey" | "SharedKeyLite", _)) => shared_key::verify(request, account, value),
            Some(("Bearer", _)) => Err(ServiceError::from(error::INVALID_AUTHENTICATION_INFO)
                .with("AuthenticationErrorDetail", "The emulator does not accept bearer tokens")),
            _ => Err(error::MALFORMED_AUTHORIZATION.into()),
        },
        None if request.query.get("sig").is_some() => {
            let target = sas::Target {
                share: request.share.as_deref(),
                item: &request.item,
                operation,
                secure: request.secure,
            };
            sas::verify(&request.query, account, &target)
        }
        // An anonymous request to a private share learns nothing.
        None => Err(error::RESOURCE_NOT_FOUND.into()),
    }
}

/// Whether a base64 signature is the one of the text, compared in constant time.
fn is_signed(key: &[u8], text: &str, signature: &str) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.verify_slice(&signature).is_ok()
}
