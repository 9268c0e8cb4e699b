//! The emulator as a client sees it: requests over HTTP, signed by the code of these tests alone.

#![allow(clippy::tests_outside_test_module, reason = "the whole binary is tests")]

mod authentication;
mod client;
mod copies;
mod directories;
mod files;
mod listings;
mod permissions;
mod ranges;
mod recordings;
mod renames;
mod shares;
mod snapshots;
