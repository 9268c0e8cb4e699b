//! The stand-in host against a handler that misbehaves on request.

mod console;
mod deaths;
mod forwarding;
mod package;
mod schedule;
mod start;
mod support;
mod timers;
