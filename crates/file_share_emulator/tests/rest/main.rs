//! The emulator as a client sees it: requests over HTTP, signed by the code of these tests alone.

mod authentication;
mod client;
mod clock;
mod copies;
mod copy_file;
mod directories;
mod faults;
mod file_leases;
mod files;
mod handles;
mod leases;
mod listings;
mod permissions;
mod plans;
mod policies;
mod range_diffs;
mod ranges;
mod refusals;
mod renames;
mod sas;
mod service;
mod shares;
mod snapshots;
mod tls;
mod versions;
