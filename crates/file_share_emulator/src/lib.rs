//! An emulator of the Azure Files REST service, for tests and demonstrations. It keeps everything in memory and
//! is written from the REST reference and from recorded exchanges, never from a client. What it refuses, it
//! refuses in the service's own error format; the README lists that, and where it differs from the service.

mod answer;
mod arrival;
mod auth;
mod billing;
mod config;
mod control;
mod cpu;
mod document;
mod error;
mod faults;
mod headers;
mod identity;
mod log;
mod model;
mod operation;
mod operations;
mod persist;
mod posix_headers;
mod request;
mod route;
mod server;
mod service;
mod spelling;
mod stream;
mod tls;
mod versions;
mod wire;
mod xml;

pub use billing::Billing;
pub use config::{AccountConfig, Config, GeneratedShare, GeneratedTree, ListingOrder, PendingCopies};
pub use cpu::CpuTime;
pub use identity::{Action, Assignment, Identity, IdentityEndpoint, Role};
pub use log::{RequestLog, RequestLogSnapshot, RequestRecord};
pub use server::{Account, Emulator};
pub use tls::Certificate;
