//! Why something could not be remembered, or read again.

/// What a caller decides on. Rows are named as `table partition/row`.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The row is not what was read, or is there already.
    #[error("{row} was changed by somebody else")]
    Conflict { row: String },
    #[error("{row} is missing")]
    Missing { row: String },
    /// Written by a version of the app that knows more than this one.
    #[error(
        "{row} has format {found}, which this version of the app does not know: a newer version of the app wrote it"
    )]
    Format { row: String, found: String },
    /// The format is known, the content is not what it promises.
    #[error("{row} cannot be read: {reason}")]
    Damaged { row: String, reason: String },
    /// More than a row may hold.
    #[error("{row} would take {bytes} bytes, more than a row may")]
    TooLarge { row: String, bytes: usize },
    #[error("A state table is gone; the next start makes it again")]
    TableGone,
    /// Nothing usable was answered. What was being written may be there or may still come.
    #[error("State is not available: {0}")]
    Unavailable(#[from] azure_storage::Error),
}

pub type Result<T> = std::result::Result<T, StateError>;
