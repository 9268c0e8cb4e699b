//! Whole cycles through the real handler process, a module per behaviour.

mod agreement;
mod beside_the_data;
mod cycle;
mod excluded;
mod failures;
mod foreign_writers;
mod hosted;
mod invocations;
mod mistakes;
mod names;
mod promises;
mod property;
mod refused;
mod resumed_applying;
mod resumed_planning;
mod serving;
mod support;
