//! What the emulator remembers: accounts, shares with their share snapshots, and trees of directories and
//! files. Nothing here knows of HTTP but the errors that the service would answer.

pub(crate) mod account;
pub(crate) mod attributes;
pub(crate) mod clock;
pub(crate) mod copy;
pub(crate) mod crc64;
pub(crate) mod deleted_share;
pub(crate) mod difference;
pub(crate) mod extents;
pub(crate) mod file_id;
pub(crate) mod generated;
pub(crate) mod lease;
pub(crate) mod name;
pub(crate) mod node;
pub(crate) mod permission;
pub(crate) mod posix;
pub(crate) mod range_diff;
pub(crate) mod service_properties;
pub(crate) mod share;
pub(crate) mod share_properties;
pub(crate) mod stored_policy;
