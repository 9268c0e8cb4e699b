//! Whole cycles through the real handler process, a module per behaviour.

mod agreement;
mod cycle;
mod hosted;
mod mistakes;
mod process;
mod promises;
mod property;
mod serving;
mod support;
