//! What the client and a file service promise each other, tried on the emulator.

mod copies;
mod directories;
mod file_leases;
mod files;
mod keyless;
mod leases;
mod listings;
mod names;
mod permissions;
mod range_diffs;
mod ranges;
mod renames;
mod share_snapshots;
mod shares;
mod whole_copies;
mod world;
mod writes;
