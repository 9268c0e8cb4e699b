//! Azurite's table service for tests: one process in memory, gone with the process that started it.
//!
//! It is the independent half of every test of our table client: Microsoft's emulator, not ours.
//! `cargo xtask test` installs it; where it is missing, starting says so. Over https it
//! takes tokens too. [`Proxy`] stands before it where a test counts requests, loses them, or kills
//! somebody between them. What goes wrong, and when, is decided by a plan of the crate `faults`.

mod message;
mod operation;
mod process;
mod proxy;
mod refusal;

pub use process::{Azurite, shared};
pub use proxy::Proxy;
