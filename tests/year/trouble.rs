//! What can go wrong with a day's invocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use faults::{Fault, Seen};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::Notify;

use crate::support::TARGET;

/// Requests of a day: beyond the last of a usual one, too.
const REQUESTS: u64 = 36;
const LATE: Duration = Duration::from_millis(600);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    None,
    Skipped,
    /// The invocation is abandoned at a request; `forgets`: with the process, and its state.
    Killed {
        at: u64,
        is_after: bool,
        forgets: bool,
    },
    Once {
        at: u64,
        what: What,
    },
    /// Everything from a request on.
    Locked {
        from: u64,
    },
    /// An operation is refused all day.
    Refused {
        operation: &'static str,
        of_target: bool,
        status: u16,
        code: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Lost,
    NotSent,
    Cut,
    Late,
    Refused(u16, &'static str),
}

const ONCE: [What; 9] = [
    What::Lost,
    What::NotSent,
    What::Cut,
    What::Late,
    What::Refused(403, "AuthorizationFailure"),
    What::Refused(404, "ResourceNotFound"),
    What::Refused(409, "SharingViolation"),
    What::Refused(412, "ConditionNotMet"),
    What::Refused(503, "ServerBusy"),
];

/// Of an operation, by status and code.
const REFUSED: [(&str, u16, &str); 7] = [
    ("List Directories and Files", 403, "AuthorizationFailure"),
    ("List Shares", 403, "AuthorizationFailure"),
    ("Snapshot Share", 403, "AuthorizationFailure"),
    ("Delete Share", 403, "AuthorizationFailure"),
    ("Delete Share", 409, "DeleteShareWhenSnapshotLeased"),
    ("Delete Share", 412, "LeaseIdMissing"),
    ("Create File", 403, "AuthorizationFailure"),
];

impl Trouble {
    /// Most days have none.
    pub fn of_day(random: &mut StdRng) -> Self {
        let at = random.random_range(1..=REQUESTS);
        match random.random_range(0..100) {
            0..6 => Self::Skipped,
            6..14 => {
                let (is_after, forgets) = (random.random_bool(0.5), random.random_bool(0.25));
                Self::Killed { at, is_after, forgets }
            }
            14..22 => Self::Once { at, what: ONCE[random.random_range(0..ONCE.len())] },
            22..25 => Self::Locked { from: at },
            25..35 => {
                let (operation, status, code) = REFUSED[random.random_range(0..REFUSED.len())];
                Self::Refused { operation, of_target: random.random_bool(0.5), status, code }
            }
            _ => Self::None,
        }
    }

    /// As it is counted.
    pub fn name(&self) -> String {
        match self {
            Self::None | Self::Skipped | Self::Locked { .. } => {
                let name = format!("{self:?}");
                name.split(' ').next().unwrap_or_default().to_owned()
            }
            Self::Killed { forgets, .. } => format!("Killed, forgets: {forgets}"),
            Self::Once { what, .. } => format!("Once {what:?}"),
            Self::Refused { operation, status, .. } => format!("Refused {operation} {status}"),
        }
    }

    fn strikes(&self, seen: &Seen<'_>) -> bool {
        match self {
            Self::None | Self::Skipped => false,
            Self::Killed { at, .. } | Self::Once { at, .. } => seen.number == *at,
            Self::Locked { from } => seen.number >= *from,
            Self::Refused { operation, of_target, .. } => {
                seen.operation == *operation && (seen.account == TARGET) == *of_target
            }
        }
    }
}

/// A day's trouble at work.
#[derive(Debug, Default)]
pub struct Striking {
    pub killed: Notify,
    pub has_struck: AtomicBool,
}

impl Striking {
    pub fn plan(self: &Arc<Self>, trouble: Trouble) -> impl Fn(&Seen<'_>) -> Fault + Send + Sync + 'static {
        let striking = self.clone();
        move |seen| {
            if !trouble.strikes(seen) {
                return Fault::None;
            }
            striking.has_struck.store(true, Ordering::SeqCst);
            let refuse = |status, code| Fault::Refuse { status, code, retry_after_seconds: None };
            match trouble {
                Trouble::None | Trouble::Skipped => Fault::None,
                Trouble::Killed { is_after: false, .. } => {
                    striking.killed.notify_one();
                    Fault::DropBefore
                }
                Trouble::Killed { .. } => {
                    let striking = striking.clone();
                    Fault::After(Box::new(move || striking.killed.notify_one()))
                }
                Trouble::Locked { .. } => refuse(403, "AuthorizationFailure"),
                Trouble::Refused { status, code, .. } => refuse(status, code),
                Trouble::Once { what, .. } => match what {
                    What::Lost => Fault::DropAfter,
                    What::NotSent => Fault::DropBefore,
                    What::Cut => Fault::Cut,
                    What::Late => Fault::Late { by: LATE },
                    What::Refused(status, code) => refuse(status, code),
                },
            }
        }
    }
}
