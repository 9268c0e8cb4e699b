//! Programs of others, installed into the git-ignored `.tools` and nowhere else.

mod azcopy;
mod debian;
pub(crate) mod npm;

use std::path::PathBuf;

pub(crate) use azcopy::AzCopy;

use crate::repository;

pub(crate) fn folder() -> PathBuf {
    repository::root().join(".tools")
}
