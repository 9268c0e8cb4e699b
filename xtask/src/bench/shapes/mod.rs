//! The shapes that a backup is measured on, with what was promised for each.

pub(super) mod acl;
pub(super) mod fifty_million;
pub(super) mod flat;
pub(super) mod handler;
pub(super) mod large_churn;
pub(super) mod large_new;
pub(super) mod mixed;
pub(super) mod moved;
pub(super) mod restore;
pub(super) mod seeding;
pub(super) mod small_new;
pub(super) mod threshold;
pub(super) mod throttled;
pub(super) mod unchanged;
