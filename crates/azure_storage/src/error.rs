//! The one error of the storage clients: what was being done to what, how it ended, and what the service said.
//!
//! It never carries a query, a header of ours or a response body: those may hold signatures, and the service
//! quotes the string to sign in its refusals.

use std::error::Error as StdError;
use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub struct Error {
    pub operation: &'static str,
    pub resource: String,
    pub kind: ErrorKind,
    /// As the service spells it, or as it would have if the request was refused before it was sent.
    pub code: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    pub copy_source: Option<Box<CopySourceError>>,
    /// Of some attempt, not necessarily the last one.
    unknown_outcome: bool,
    of_the_share: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the source of a server-side copy answered to the service that tried to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySourceError {
    pub status: Option<u16>,
    pub code: Option<String>,
}

/// What a caller decides on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    NotFound,
    AlreadyExists,
    Conflict,
    Precondition,
    /// Refused for load; nothing happened.
    Throttled,
    Unauthorized,
    /// The request is at fault, in the eyes of the service or already in ours.
    Invalid,
    /// A diff has nothing to begin with: the share snapshot is gone, or the file was elsewhere then.
    PreviousNotFound,
    /// A diff of two files that have nothing but the name in common: one was deleted or overwritten in between.
    GenerationMismatch,
    /// The source of a server-side copy refused.
    CopySource,
    /// The service failed; the effect may have happened.
    Server,
    /// No token was to be had for it; nothing was sent.
    NoToken,
    /// No connection was made, or the service takes no requests now; nothing happened.
    NotSent,
    /// Sent, but no usable answer came; the effect may have happened.
    Unknown,
    /// Answered with success, but in a way that we do not understand.
    Protocol,
    /// The writer may not write any more; nothing was sent.
    Closed,
    /// It would have had to wait for what a person allows, and nobody waits any more; nothing was sent.
    Stopped,
}

impl Error {
    pub fn new(operation: &'static str, resource: impl fmt::Display, kind: ErrorKind) -> Self {
        Self {
            operation,
            resource: resource.to_string(),
            kind,
            code: None,
            status: None,
            request_id: None,
            copy_source: None,
            unknown_outcome: false,
            of_the_share: false,
            source: None,
        }
    }

    /// Refused before anything was sent; `code` is the one the service would have answered where it has one.
    pub fn refused(
        operation: &'static str,
        resource: impl fmt::Display,
        code: &'static str,
        reason: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let mut error = Self::new(operation, resource, ErrorKind::Invalid).with_source(reason);
        error.code = Some(code.to_owned());
        error
    }

    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub fn is_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The request may have taken effect although it failed: in its last attempt or in an earlier one.
    pub fn may_have_happened(&self) -> bool {
        self.unknown_outcome
            || matches!(self.kind, ErrorKind::Server | ErrorKind::Unknown | ErrorKind::Protocol)
    }

    /// The service refused or gave up for load. Whether it has no time for this entry alone, nobody can tell from that.
    pub fn is_of_load(&self) -> bool {
        self.kind == ErrorKind::Throttled || self.is_code("ServerBusy") || self.is_code("OperationTimedOut")
    }

    /// All of the share is too busy.
    #[must_use]
    pub fn of_the_share(mut self) -> Self {
        self.of_the_share = true;
        self
    }

    pub fn is_of_the_share(&self) -> bool {
        self.of_the_share
    }

    /// After such an attempt, "nothing happened" is not true of the whole any more.
    #[must_use]
    pub(crate) fn after_an_unknown_outcome(mut self) -> Self {
        self.unknown_outcome = true;
        if matches!(self.kind, ErrorKind::NoToken | ErrorKind::NotSent | ErrorKind::Throttled) {
            self.kind = ErrorKind::Unknown;
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: ", self.operation, self.resource)?;
        match &self.code {
            Some(code) => f.write_str(code)?,
            None => write!(f, "{}", self.kind)?,
        }
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        if let Some(copy_source) = &self.copy_source {
            write!(f, ", {copy_source}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CopySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "copy source answered {}", self.code.as_deref().unwrap_or("without a code"))?;
        match self.status {
            Some(status) => write!(f, " ({status})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "Not found",
            Self::AlreadyExists => "Already exists",
            Self::Conflict => "Conflict",
            Self::Precondition => "Precondition not met",
            Self::Throttled => "Throttled",
            Self::Unauthorized => "Not authorized",
            Self::Invalid => "Refused as invalid",
            Self::PreviousNotFound => "No earlier content",
            Self::GenerationMismatch => "Another file since",
            Self::CopySource => "Copy source refused",
            Self::Server => "Service failed",
            Self::NoToken => "No token",
            Self::NotSent => "No connection",
            Self::Unknown => "No usable answer",
            Self::Protocol => "Answer not understood",
            Self::Closed => "No longer allowed to write",
            Self::Stopped => "Not waited for",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_one_line() {
        let mut error = Error::new("List Directories and Files", "share/dir", ErrorKind::NotFound);
        error.code = Some("ShareNotFound".to_owned());
        error.status = Some(404);
        error.request_id = Some("5c0f".to_owned());
        assert_eq!(
            error.to_string(),
            "List Directories and Files of share/dir: ShareNotFound (404), request 5c0f"
        );
    }

    #[test]
    fn a_refused_copy_source_says_what_the_source_answered() {
        let mut error = Error::new("Put Range From URL", "share/a", ErrorKind::CopySource);
        error.code = Some("CannotVerifyCopySource".to_owned());
        error.status = Some(401);
        error.copy_source = Some(Box::new(CopySourceError {
            status: Some(401),
            code: Some("NoAuthenticationInformation".to_owned()),
        }));
        assert_eq!(
            error.to_string(),
            "Put Range From URL of share/a: CannotVerifyCopySource (401), copy source answered \
             NoAuthenticationInformation (401)"
        );
    }

    #[test]
    fn an_error_without_a_code_says_its_kind() {
        let error = Error::new("Put Range", "share/a", ErrorKind::NotSent);
        assert_eq!(error.to_string(), "Put Range of share/a: No connection");
        assert!(!error.may_have_happened());
    }
}
