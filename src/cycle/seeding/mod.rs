//! Seeding: the first full backup of a pair takes data from a staging share in the target's account. Decided when the
//! pair is met for the first time, and never again once it has ended.

mod begin;
mod end;
mod recall;
mod refusal;
mod status;
mod transition;
mod validate;

pub use end::end;
pub use refusal::{Blame, Refusal, SeedingCode};
pub use status::{SeedingAsked, SeedingReport};
pub use transition::{SeedingEvent, after};
