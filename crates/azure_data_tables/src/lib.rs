//! REST client for Azure Table Storage. It speaks the protocol and knows nothing of backups.
//!
//! Clients carry the official names: [`TableServiceClient`] and [`TableClient`], both cheap to clone. A method is one
//! REST operation and one request. Reads are repeated by themselves; a write is repeated only when it certainly did not
//! happen, so an error of one may say [`Error::may_have_happened`], and then the caller reads and decides.
//!
//! What the service would refuse is refused before it is sent, also where an emulator would let it pass. A transaction
//! that failed is an error, although the service answers it with 202.

mod action;
mod change;
mod continuation;
mod entity;
mod entity_json;
mod failure;
#[cfg(test)]
mod fake;
mod filter;
mod headers;
mod key;
mod options;
mod query;
mod refusal;
mod service;
mod table;
mod time;
mod transaction;
mod transaction_answer;
mod url;
mod value;

pub use change::{Change, Match};
pub use continuation::Continuation;
pub use entity::{Entity, Found, Stored};
pub use filter::Filter;
pub use options::ClientOptions;
pub use query::{Page, Query};
pub use service::TableServiceClient;
pub use table::TableClient;
pub use transaction::{FailedChange, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_CHANGES};
pub use value::Value;

pub use azure_storage::{
    Credential, ETag, Error, ErrorKind, InvalidKey, Repeat, Result, RetryOptions, SharedKey, http_client,
};
