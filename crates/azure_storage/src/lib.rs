//! What the storage clients share: Shared Key and tokens, retry that knows what may be repeated, errors, and the
//! pipeline that puts them together on top of `azure_core`.
//!
//! Writes that must not come too late go by [`WriteRules`]: through a [`Gate`], within a time limit, and with every
//! unknown outcome noted in [`Unsettled`].
//!
//! It promises that no key, signature or token reaches an error, a `Debug` output or a log. What a request
//! means is left to the client crates: they say which operation they are sending and whether it may be
//! repeated, and get back either a successful answer or an [`Error`].

mod answer;
mod bearer;
mod copy_source_bearer;
mod credential;
mod deadline;
mod error;
mod etag;
#[cfg(test)]
mod fake;
mod gate;
pub mod headers;
mod http;
mod identity;
mod outcome;
mod pace;
mod pipeline;
mod retry;
mod service_clock;
mod service_error;
mod shared_key;
mod shared_key_lite;
mod unsettled;
mod watch;
mod write_rules;

pub use answer::Answer;
pub use azure_core::http::HttpClient;
pub use bearer::Bearer;
pub use copy_source_bearer::CopySourceBearer;
pub use credential::Credential;
pub use deadline::Deadline;
pub use error::{CopySourceError, Error, ErrorKind, Result};
pub use etag::ETag;
pub use gate::{Gate, GateClosed};
pub use http::http_client;
pub use pace::{Limits, Pace};
pub use pipeline::{Call, Moves, Pipeline};
pub use retry::{Repeat, RetryOptions};
pub use service_clock::ServiceClock;
pub use shared_key::{InvalidKey, SharedKey};
pub use unsettled::Unsettled;
pub use watch::REQUEST_DURATION;
pub use write_rules::WriteRules;
