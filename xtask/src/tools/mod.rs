//! Programs of others, installed into the git-ignored `.tools` and nowhere else.

mod azcopy;
mod chromium;
mod debian;
pub(crate) mod npm;
pub(crate) mod pip;

use std::path::PathBuf;

pub(crate) use azcopy::AzCopy;
pub(crate) use chromium::Chromium;

use crate::repository;

/// A program cannot be had on this machine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unavailable(pub(crate) String);

pub(crate) fn folder() -> PathBuf {
    repository::root().join(".tools")
}
