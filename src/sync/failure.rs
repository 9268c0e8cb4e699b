//! What a failed request costs: one entry, the whole cycle, or only this invocation. Decided here and nowhere else.

use std::collections::HashSet;
use std::sync::Arc;

use azure_storage::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::name::parent;

/// One entry that could not be brought up to date, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Path below the share's root, in the source's spelling; empty for the root.
    pub path: String,
    /// The service's error code, or one of ours (see `docs/operations.md`).
    pub reason: String,
    pub detail: String,
    /// A person accepts it: it does not stand in the way of a recovery point.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acknowledged: bool,
    /// Asked later, the service may answer: it had no time, or failed.
    #[serde(skip)]
    pub may_pass: bool,
}

impl Failure {
    pub fn new(path: impl Into<String>, reason: impl Into<String>, detail: impl Into<String>) -> Self {
        let (path, reason, detail) = (path.into(), reason.into(), detail.into());
        Self { path, reason, detail, acknowledged: false, may_pass: false }
    }
}

/// Paths that failed in a cycle. What depends on one of them is left undone. Cheap to clone; a clone learns nothing of what
/// is added to another.
#[derive(Clone, Debug, Default)]
pub struct FailedPaths {
    paths: Arc<HashSet<String>>,
    /// More failed than can be remembered: from then on everything counts as failed.
    all: bool,
}

/// Failed paths remembered.
const REMEMBERED: usize = 100_000;

impl FailedPaths {
    pub fn add(&mut self, failures: &[Failure]) {
        let room = REMEMBERED - self.paths.len();
        self.all |= failures.len() > room;
        let paths = failures.iter().take(room).map(|failure| failure.path.clone());
        if paths.len() > 0 {
            Arc::make_mut(&mut self.paths).extend(paths);
        }
    }

    /// There were more than are known by their path.
    pub fn add_all(&mut self) {
        self.all = true;
    }

    /// Directories in which something failed, as far as that is known by its path.
    pub fn directories(&self) -> HashSet<&str> {
        self.paths.iter().map(|path| parent(path)).collect()
    }

    pub fn contains(&self, path: &str) -> bool {
        self.all || self.paths.contains(path)
    }

    /// Those that are known by their path.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Whether not all are known by their path.
    pub fn is_incomplete(&self) -> bool {
        self.all
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.all
    }
}

/// Something went wrong while syncing.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A request failed.
    #[error(transparent)]
    Service(Error),
    /// The target, or the plan, is not what it has to be.
    #[error("{detail}")]
    Refused { reason: &'static str, detail: String },
    /// The staging share is gone, or refuses to be read; says how.
    #[error("The staging share of this pair cannot be read: {0}")]
    StagingUnavailable(String),
    /// For the moment something is not answered, and whoever asked would rather wait than go without it.
    #[error("{}", .0.detail)]
    Unanswered(Box<Failure>),
    /// Not begun, or not brought to its end, because the pass was to stop.
    #[error("Stopped before the end")]
    Stopped,
}

/// What goes with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// It is reported, and the others go on.
    Entry,
    /// The share or the credential is lost, nothing answers any more, or the share has no time for anybody.
    Cycle,
    /// This invocation may not go on, or was asked not to. Nothing failed: the cycle goes on with its next owner.
    Invocation,
}

pub type Result<T> = std::result::Result<T, SyncError>;

impl From<Error> for SyncError {
    fn from(error: Error) -> Self {
        if error.kind == ErrorKind::Stopped { Self::Stopped } else { Self::Service(error) }
    }
}

impl SyncError {
    pub fn refused(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused { reason, detail: detail.into() }
    }

    pub fn cost(&self) -> Cost {
        match self {
            Self::Service(error) => cost(error),
            Self::Refused { .. } => Cost::Entry,
            Self::StagingUnavailable(_) | Self::Unanswered(_) => Cost::Cycle,
            Self::Stopped => Cost::Invocation,
        }
    }

    /// There is nothing at the path, or no directory.
    pub fn is_absence(&self) -> bool {
        const ABSENT: [&str; 3] = ["ResourceNotFound", "ParentNotFound", "ResourceTypeMismatch"];
        matches!(self, Self::Service(error) if ABSENT.iter().any(|code| error.is_code(code)))
    }

    /// Whether going on with other entries makes no sense.
    pub fn ends_the_pass(&self) -> bool {
        self.cost() != Cost::Entry
    }

    /// The service's code, or our own word where there is none.
    pub fn reason(&self) -> String {
        match self {
            Self::Service(error) => error.code.clone().unwrap_or_else(|| format!("{:?}", error.kind)),
            Self::Refused { reason, .. } => (*reason).to_owned(),
            Self::StagingUnavailable(_) => "StagingUnavailable".to_owned(),
            Self::Unanswered(failure) => failure.reason.clone(),
            Self::Stopped => "Stopped".to_owned(),
        }
    }

    pub fn at(&self, path: &str) -> Failure {
        const PASSING: [ErrorKind; 3] = [ErrorKind::Throttled, ErrorKind::Server, ErrorKind::Unknown];
        let may_pass = matches!(self, Self::Service(error) if PASSING.contains(&error.kind));
        Failure { may_pass, ..Failure::new(path, self.reason(), self.to_string()) }
    }
}

/// The share, its share snapshot or the account is not there any more.
pub(super) fn is_lost(error: &Error) -> bool {
    const LOST: [&str; 6] = [
        "ShareNotFound",
        "ShareSnapshotNotFound",
        "ShareBeingDeleted",
        "ShareDisabled",
        "AccountIsDisabled",
        "NoAuthenticationInformation",
    ];
    LOST.iter().any(|code| error.is_code(code))
}

fn cost(error: &Error) -> Cost {
    // a signature or a token is not good for one entry and bad for another; a permission can be
    const CREDENTIAL: [&str; 2] = ["AuthenticationFailed", "InvalidAuthenticationInfo"];
    match error.kind {
        ErrorKind::Closed => Cost::Invocation,
        ErrorKind::NotSent | ErrorKind::NoToken => Cost::Cycle,
        _ if error.is_of_the_share() => Cost::Cycle,
        _ if is_lost(error) => Cost::Cycle,
        ErrorKind::Unauthorized
            if error.status == Some(401) || CREDENTIAL.iter().any(|code| error.is_code(code)) =>
        {
            Cost::Cycle
        }
        _ => Cost::Entry,
    }
}

/// Why a server-side copy did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyRefusal {
    /// The source did not take the SAS or the token; it may have run out, or stood on an old key.
    Credential,
    /// The source had no time; the next copy may go well.
    Busy,
    /// The two accounts do not come together this way.
    Lasting,
}

/// `None` for an error that is not the copy source's.
pub fn copy_refusal(error: &Error) -> Option<CopyRefusal> {
    if error.kind != ErrorKind::CopySource {
        return None;
    }
    let code = error.copy_source.as_ref().and_then(|source| source.code.as_deref());
    Some(match code {
        Some("AuthenticationFailed" | "InvalidAuthenticationInfo") => CopyRefusal::Credential,
        Some("ServerBusy" | "OperationTimedOut" | "InternalError") => CopyRefusal::Busy,
        _ => CopyRefusal::Lasting,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(kind: ErrorKind, status: u16, code: &str) -> Cost {
        let mut error = Error::new("List Directories and Files", "share/d", kind);
        (error.status, error.code) = (Some(status), Some(code.to_owned()));
        SyncError::from(error).cost()
    }

    #[test]
    fn a_refused_permission_costs_the_entry_and_a_refused_credential_the_cycle() {
        for code in
            ["AuthorizationFailure", "AuthorizationPermissionMismatch", "InsufficientAccountPermissions"]
        {
            assert_eq!(costs(ErrorKind::Unauthorized, 403, code), Cost::Entry, "{code}");
        }
        for code in ["AuthenticationFailed", "InvalidAuthenticationInfo", "AccountIsDisabled"] {
            assert_eq!(costs(ErrorKind::Unauthorized, 403, code), Cost::Cycle, "{code}");
        }
        assert_eq!(costs(ErrorKind::Unauthorized, 401, "Unheard"), Cost::Cycle);
    }

    #[test]
    fn a_copy_source_refuses_for_the_moment_for_its_credential_or_for_good() {
        let refused = |code: Option<&str>| {
            let mut error = Error::new("Put Range From URL", "share/a", ErrorKind::CopySource);
            let code = code.map(str::to_owned);
            error.copy_source = Some(Box::new(azure_storage::CopySourceError { status: Some(403), code }));
            copy_refusal(&error)
        };
        assert_eq!(refused(Some("AuthenticationFailed")), Some(CopyRefusal::Credential));
        assert_eq!(refused(Some("InvalidAuthenticationInfo")), Some(CopyRefusal::Credential));
        assert_eq!(refused(Some("ServerBusy")), Some(CopyRefusal::Busy));
        assert_eq!(refused(Some("AuthorizationFailure")), Some(CopyRefusal::Lasting));
        assert_eq!(refused(None), Some(CopyRefusal::Lasting));
        assert_eq!(copy_refusal(&Error::new("Put Range", "share/a", ErrorKind::Unknown)), None);
    }

    #[test]
    fn a_lost_share_costs_the_cycle_and_a_lost_entry_itself() {
        assert_eq!(costs(ErrorKind::NotFound, 404, "ShareNotFound"), Cost::Cycle);
        assert_eq!(costs(ErrorKind::NotFound, 404, "ShareSnapshotNotFound"), Cost::Cycle);
        assert_eq!(costs(ErrorKind::NotFound, 404, "ResourceNotFound"), Cost::Entry);
        assert_eq!(costs(ErrorKind::NotFound, 404, "ParentNotFound"), Cost::Entry);
    }

    #[test]
    fn a_busy_entry_costs_itself_and_a_busy_share_the_pass() {
        let busy = || Error::new("Put Range", "share/a", ErrorKind::Throttled);
        assert_eq!(SyncError::from(busy()).cost(), Cost::Entry);
        assert_eq!(SyncError::from(busy().of_the_share()).cost(), Cost::Cycle);
    }

    #[test]
    fn a_request_that_was_not_waited_for_is_a_stop_and_no_failure() {
        let stopped = SyncError::from(Error::new("Put Range", "share/a", ErrorKind::Stopped));
        assert!(matches!(stopped, SyncError::Stopped), "{stopped:?}");
        assert_eq!(stopped.cost(), Cost::Invocation);
    }

    #[test]
    fn a_writer_that_may_not_write_any_more_has_failed_in_nothing() {
        let closed = Error::new("Put Range", "share/a", ErrorKind::Closed);
        assert_eq!(SyncError::from(closed).cost(), Cost::Invocation);
        assert_eq!(SyncError::Stopped.cost(), Cost::Invocation);
    }

    #[test]
    fn failed_paths_are_held_once_until_one_more_is_added() {
        let failure = |path| [SyncError::refused("X", "Y").at(path)];
        let mut failed = FailedPaths::default();
        failed.add(&failure("a"));
        let earlier = failed.clone();
        failed.add(&[]);
        assert!(Arc::ptr_eq(&failed.paths, &earlier.paths));
        failed.add(&failure("b"));
        assert!(failed.contains("a") && failed.contains("b"));
        assert!(earlier.contains("a") && !earlier.contains("b"));
    }

    #[test]
    fn when_more_fails_than_is_remembered_everything_counts_as_failed() {
        let failure = |path: usize| SyncError::refused("X", "Y").at(&path.to_string());
        let mut failed = FailedPaths::default();
        failed.add(&(0..REMEMBERED).map(failure).collect::<Vec<_>>());
        assert!(failed.contains("7") && !failed.contains("somewhere else"));
        failed.add(&[failure(REMEMBERED)]);
        assert!(failed.contains("somewhere else"));
    }
}
