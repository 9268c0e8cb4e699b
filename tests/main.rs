//! Whole cycles through the real handler process, a module per behaviour.

mod agreement;
mod beside_the_data;
mod cycle;
mod decisions;
mod deployments;
mod excluded;
mod failures;
mod failures_told;
mod foreign_writers;
mod guard;
mod hosted;
mod hosted_functions;
mod invocations;
mod mistakes;
mod names;
mod overlap;
mod plan_only;
mod promises;
mod property;
mod refused;
mod refused_listing;
mod resumed_applying;
mod resumed_planning;
mod serving;
mod support;
mod sweep;
