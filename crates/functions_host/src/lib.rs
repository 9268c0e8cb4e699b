//! Stand-in for the Azure Functions host, for the demo and the tests.
//!
//! It reads a deployable package, runs its handler as the real host would, and delivers timer
//! invocations and forwarded HTTP requests over the custom-handler protocol. It judges the replies as
//! strictly as the real host: what fails here would fail there. What it does not reproduce (queues,
//! HTTP inside envelopes, proxying) it refuses when the package is read.

mod admin;
mod client;
mod clock;
mod console;
mod delivery;
mod envelope;
mod expand;
mod forward;
mod function_json;
mod handler_process;
mod host;
mod host_json;
mod invocation;
mod launch;
mod listener;
mod package;
mod port;
mod reply;
mod retry;
mod route;
mod schedule;
mod status;
mod supervisor;
mod time_span;
mod timer;

pub use clock::{Clock, TestClock};
pub use console::{Channel, ConsoleLine, ConsoleListener, Level, Stream};
pub use forward::HttpAnswer;
pub use function_json::{Function, HttpTrigger, TimerTrigger, Trigger};
pub use handler_process::HandlerProcess;
pub use host::{Host, HostOptions};
pub use invocation::{Invocation, Outcome, OutputValue};
pub use package::Package;
pub use port::ReservedPort;
pub use route::Route;
pub use schedule::Schedule;
pub use timer::{Retry, ScheduleStatus, StatusDates, TimerVariant, TraceParent};

/// What the host calls itself in `x-azure-functions-hostversion` and `user-agent`.
pub const HOST_VERSION: &str = "4.1052.200";
