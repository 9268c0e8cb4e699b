//! The way back of a pair that failed over: a cycle with swapped roles, from a share snapshot of the target to the source, that
//! begins at the last recovery point both still have. It has its own row and lease, beside those of the pair, which stays held
//! until the roles have swapped.

mod ask;
mod compare;
mod decide;
mod end;
mod prepare;
mod preview;
mod status;
mod stragglers;
mod swap;

pub use self::ask::NotFailedBack;
pub(super) use self::end::{delete, forget_swaps};
pub(super) use self::prepare::failed_points;
pub use self::preview::FailbackPreview;
pub(super) use self::status::shown;
pub(super) use self::stragglers::Stragglers;
