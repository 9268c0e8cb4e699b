//! The stand-in host against a handler that misbehaves on request.

mod admin;
mod clock;
mod console;
mod deaths;
mod engine;
mod forwarding;
mod kills;
mod package;
mod schedule;
mod start;
mod support;
mod timers;
