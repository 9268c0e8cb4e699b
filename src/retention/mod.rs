//! Which share snapshots may go, so that no cycle ever fails for lack of them.

mod rules;

pub use rules::{AZURE_LIMIT, Keep, Retention};
