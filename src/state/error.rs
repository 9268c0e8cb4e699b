//! Why something could not be remembered, or read again.

/// What a caller decides on. Rows are named as `table partition/row`.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The row is not what was read, or is there already.
    #[error("{row} was changed by somebody else")]
    Conflict { row: String },
    #[error("{row} is missing")]
    Missing { row: String },
    /// Written by a version of the app that knows more than this one. `instead` is what a person can do else.
    #[error(
        "{row} has format {found}, which this version of the app does not know: a newer version of the app wrote it. Run \
         that version, or {instead}"
    )]
    Format { row: String, found: String, instead: &'static str },
    /// The format is known, the content is not what it promises.
    #[error("{row} cannot be read: {reason}. Restore it, or {instead}")]
    Damaged { row: String, reason: String, instead: &'static str },
    /// More than a row may hold.
    #[error("{row} would take {bytes} bytes, more than a row may")]
    TooLarge { row: String, bytes: usize },
    #[error("A state table is gone; the next start makes it again")]
    TableGone,
    /// It is remembered as long as the target says it, too.
    #[error(
        "The failover is not over yet, because the share snapshot that marks the target could not be deleted; where somebody leases it, end \
         that. {0}"
    )]
    StillMarked(azure_storage::Error),
    /// Nothing usable was answered. What was being written may be there or may still come.
    #[error("State is not available: {0}")]
    Unavailable(#[from] azure_storage::Error),
}

impl StateError {
    /// The row is there, and this program does not know what it says.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Format { .. } | Self::Damaged { .. })
    }
}

pub type Result<T> = std::result::Result<T, StateError>;
