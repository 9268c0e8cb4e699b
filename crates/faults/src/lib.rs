//! What goes wrong with a request on its way to a service and back, decided by a plan.
//!
//! Test servers ask the plan once for every request and promise to do to the connection exactly what it says.
//! The plan knows nothing of sockets, and the servers know nothing of tests. A plan is code ([`Script`], a closure)
//! or data ([`Document`]), which adds how slow and how narrow a service is.

mod bucket;
mod document;
mod fault;
mod latency;
mod limits;
mod planned;
mod rules;
mod script;

pub use document::{
    Action, Class, Document, Latency, Limit, LimitAnswer, Mistake, Refusal, Rule, Source, When,
};
pub use fault::{Fault, Plan, Seen};
pub use planned::Planned;
pub use script::{Script, nth};
