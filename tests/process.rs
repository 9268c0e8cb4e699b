//! The names by which one module still knows the handler.

#[allow(unused_imports, reason = "the module that needs them is on its way")]
pub use crate::support::{Handler as Process, free_port};
