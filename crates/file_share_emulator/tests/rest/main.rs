//! The emulator as a client sees it: requests over HTTP, signed by the code of these tests alone.

mod authentication;
mod client;
mod clock;
mod copies;
mod deleted_shares;
mod directories;
mod faults;
mod files;
mod leases;
mod listings;
mod permissions;
mod plans;
mod policies;
mod ranges;
mod refusals;
mod renames;
mod sas;
mod service;
mod share_properties;
mod shares;
mod snapshots;
mod tls;
