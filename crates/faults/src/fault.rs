//! A request as a plan sees it, and what may become of it.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use crate::planned::Planned;

/// A request that has arrived whole and has had no effect yet.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// From 1, over all accounts of the server, since it was given the plan.
    pub number: u64,
    pub account: &'a str,
    /// As the service's reference names it, empty where the request is none of its operations.
    pub operation: &'a str,
    pub method: &'a str,
    /// As it came, percent-encoded.
    pub path: &'a str,
    /// As it came, without the question mark.
    pub query: &'a str,
    /// Data that the request brings, or has fetched from elsewhere.
    pub data_bytes: u64,
}

pub enum Fault {
    None,
    /// Answered so; nothing happens.
    Refuse {
        status: u16,
        code: &'static str,
        retry_after_seconds: Option<u32>,
    },
    /// The source of a server-side copy answers so, and the copy says it; nothing happens. For any other request the
    /// same as to refuse it.
    RefuseSource {
        status: u16,
        code: &'static str,
    },
    /// Closed without an answer; nothing happens.
    DropBefore,
    /// It happens; closed without an answer.
    DropAfter,
    /// It happens; half of the answer's body, or half of its headers where it has no body, and then closed.
    Cut,
    /// Closed without an answer at once. It happens `by` later beside other requests, but never when that is
    /// beyond the request's own `timeout`.
    Late {
        by: Duration,
    },
    /// Closed without an answer, as by something between that repeats what it has sent: it happens now and once
    /// more `by` later. The second time obeys the time limit as with `Late`.
    Twice {
        by: Duration,
    },
    /// It happens; the answer is kept back for so long.
    Delay {
        by: Duration,
    },
    /// It happens; the answer stands still for so long when half of its body is out, or before its headers where it
    /// has no body.
    Stall {
        by: Duration,
    },
    /// It happens, then this is called, then the connection is closed without an answer.
    After(Box<dyn FnOnce() + Send>),
}

/// Decides what becomes of each request. It may be asked by several requests at a time, and what it does itself
/// it does before the request has an effect.
pub trait Plan: Send + Sync {
    fn fault(&self, seen: &Seen<'_>) -> Fault;

    /// The answer is ready, with so much data in it. It leaves so much later.
    fn answered(&self, _seen: &Seen<'_>, _data_bytes: u64) -> Duration {
        Duration::ZERO
    }

    /// The plan as data, where it is that.
    fn planned(&self) -> Option<&Planned> {
        None
    }
}

impl<F: Fn(&Seen<'_>) -> Fault + Send + Sync> Plan for F {
    fn fault(&self, seen: &Seen<'_>) -> Fault {
        self(seen)
    }
}

impl Debug for dyn Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Plan")
    }
}

impl Debug for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Refuse { status, code, .. } => write!(f, "Refuse({status} {code})"),
            Self::RefuseSource { status, code } => write!(f, "RefuseSource({status} {code})"),
            Self::DropBefore => f.write_str("DropBefore"),
            Self::DropAfter => f.write_str("DropAfter"),
            Self::Cut => f.write_str("Cut"),
            Self::Late { by } => write!(f, "Late({by:?})"),
            Self::Twice { by } => write!(f, "Twice({by:?})"),
            Self::Delay { by } => write!(f, "Delay({by:?})"),
            Self::Stall { by } => write!(f, "Stall({by:?})"),
            Self::After(_) => f.write_str("After"),
        }
    }
}
