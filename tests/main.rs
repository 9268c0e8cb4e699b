//! Whole cycles through the real handler process, a module per behaviour.

mod property;
mod support;
