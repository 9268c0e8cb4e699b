//! Field `limits` of a pair: how much its two shares together may be asked for.

use super::fields::Fields;

/// The least that still brings a cycle to its end.
pub const LEAST_REQUESTS: u64 = 1;
/// A single request may move 4 MiB.
pub const LEAST_BYTES: u64 = 64 * 1024;
/// Exact as a JSON number, and no limit any more.
pub const MOST: u64 = 1 << 53;

/// How much the two shares of a pair are asked for in a second, both together; nothing is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Field `requestsPerSecond`.
    pub requests_per_second: Option<u64>,
    /// Field `bytesPerSecond`: file data that is written, by the app or inside the service.
    pub bytes_per_second: Option<u64>,
}

pub(super) fn read(fields: &mut Fields<'_>) -> Limits {
    let Some(mut fields) = fields.object("limits") else { return Limits::default() };
    let limits = Limits {
        requests_per_second: fields.whole("requestsPerSecond", LEAST_REQUESTS, MOST),
        bytes_per_second: fields.whole("bytesPerSecond", LEAST_BYTES, MOST),
    };
    fields.finish();
    limits
}
