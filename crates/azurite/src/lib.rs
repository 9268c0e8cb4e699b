//! Azurite's table service for tests: one process in memory, gone with the process that started it.
//!
//! It is the independent half of every test of our table client: Microsoft's emulator, not ours.
//! `cargo xtask test` installs it; where it is missing, starting says so.

mod process;

pub use process::{Azurite, shared};
