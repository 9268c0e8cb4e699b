//! What an attempt says about how much the service can take.

use crate::headers::{CONTENT_LENGTH, COPY_SOURCE_ERROR_CODE, ERROR_CODE, text};
use crate::retry::wait_asked_for;
use azure_core::error::ErrorKind;
use azure_core::http::policies::PolicyResult;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// Answered, with so many bytes if that is known.
    Answered { bytes: Option<u64> },
    /// Refused for load, with what the service asks to wait.
    Refused { wait: Option<Duration> },
    /// No answer, or one that says that the service failed.
    Failed,
    /// Never sent.
    None,
}

impl Lesson {
    /// Throttling comes as `ServerBusy` or as `OperationTimedOut`; that of the source of a copy, in its own header.
    /// <https://learn.microsoft.com/rest/api/storageservices/file-service-error-codes>
    pub(crate) fn of(result: &PolicyResult) -> Self {
        let response = match result {
            Ok(response) => response,
            Err(error) if matches!(error.kind(), ErrorKind::Connection | ErrorKind::Io) => {
                return Self::Failed;
            }
            Err(_) => return Self::None,
        };
        let headers = response.headers();
        let is_load = |code| matches!(code, Some("ServerBusy" | "OperationTimedOut"));
        let code = text(headers, &ERROR_CODE);
        match u16::from(response.status()) {
            429 => Self::Refused { wait: wait_asked_for(headers) },
            503 if code.is_none() => Self::Refused { wait: wait_asked_for(headers) },
            400.. if is_load(code) || is_load(text(headers, &COPY_SOURCE_ERROR_CODE)) => {
                Self::Refused { wait: wait_asked_for(headers) }
            }
            // somebody else has the file open
            408 | 500 if code == Some("ClientCacheFlushDelay") => Self::Answered { bytes: None },
            408 | 500 | 502.. => Self::Failed,
            _ => {
                let bytes = text(headers, &CONTENT_LENGTH).and_then(|length| length.parse().ok());
                Self::Answered { bytes }
            }
        }
    }
}
