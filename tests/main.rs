//! Whole cycles through the real handler process, a module per behaviour.

mod cycle;
mod property;
mod support;
