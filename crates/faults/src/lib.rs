//! What goes wrong with a request on its way to a service and back, decided by a plan.
//!
//! Test servers ask the plan once for every request and promise to do to the connection exactly what it says.
//! The plan knows nothing of sockets, and the servers know nothing of tests.

mod fault;
mod script;

pub use fault::{Fault, Plan, Seen};
pub use script::{Script, nth};
