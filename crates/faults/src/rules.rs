//! Rules of a document, with their counts.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use globset::{GlobBuilder, GlobMatcher};

use crate::document::{Action, Mistake, Rule, When};
use crate::fault::{Fault, Seen};

#[derive(Debug)]
pub(crate) struct Armed {
    rule: Rule,
    path: Option<GlobMatcher>,
    fault: Kind,
    /// Requests that it met, whether or not it was their turn.
    met: AtomicU64,
    fired: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Refuse(u16, &'static str, Option<u32>),
    RefuseSource(u16, &'static str),
    DropBefore,
    DropAfter,
    Cut,
    Late(Duration),
    Twice(Duration),
    Delay(Duration),
    Stall(Duration),
}

impl Armed {
    pub(crate) fn new(rule: &Rule) -> Result<Self, Mistake> {
        match rule.when {
            When::Nth(0) | When::Every(0) => {
                return Err(Mistake::Number("nth and every", "at least 1"));
            }
            When::Probability(share) if !(0.0..=1.0).contains(&share) => {
                return Err(Mistake::Number("probability", "from 0 to 1"));
            }
            _ => {}
        }
        let path = rule.path.as_deref().map(glob).transpose()?;
        let fault = Kind::new(&rule.then)?;
        Ok(Self { rule: rule.clone(), path, fault, met: AtomicU64::new(0), fired: AtomicU64::new(0) })
    }

    pub(crate) fn fired(&self) -> u64 {
        self.fired.load(Ordering::Relaxed)
    }

    /// `path` is the request's, decoded and below the account; `draw` is a number from 0 to 1 for each count.
    pub(crate) fn fault(&self, seen: &Seen<'_>, path: &str, draw: impl FnOnce(u64) -> f64) -> Option<Fault> {
        let Rule { account, operation, when, .. } = &self.rule;
        let meets = account.as_deref().is_none_or(|account| account == seen.account)
            && operation.as_deref().is_none_or(|operation| operation == seen.operation)
            && self.path.as_ref().is_none_or(|glob| glob.is_match(path));
        if !meets {
            return None;
        }
        let count = self.met.fetch_add(1, Ordering::Relaxed) + 1;
        let is_due = match *when {
            When::Always => true,
            When::Nth(number) => count == number,
            When::First(number) => count <= number,
            When::After(number) => count > number,
            When::Every(number) => count.is_multiple_of(number),
            When::Probability(share) => draw(count) < share,
        };
        is_due.then(|| {
            self.fired.fetch_add(1, Ordering::Relaxed);
            self.fault.fault()
        })
    }
}

impl Kind {
    fn new(action: &Action) -> Result<Self, Mistake> {
        let ms = Duration::from_millis;
        Ok(match action {
            Action::Refuse(refusal) => {
                Self::Refuse(status(refusal.status)?, code(&refusal.code)?, refusal.retry_after_seconds)
            }
            Action::RefuseSource(source) => Self::RefuseSource(status(source.status)?, code(&source.code)?),
            Action::DropBefore => Self::DropBefore,
            Action::DropAfter => Self::DropAfter,
            Action::Cut => Self::Cut,
            Action::Late { by_ms } => Self::Late(ms(*by_ms)),
            Action::Twice { by_ms } => Self::Twice(ms(*by_ms)),
            Action::Delay { by_ms } => Self::Delay(ms(*by_ms)),
            Action::Stall { by_ms } => Self::Stall(ms(*by_ms)),
        })
    }

    fn fault(self) -> Fault {
        match self {
            Self::Refuse(status, code, retry_after_seconds) => {
                Fault::Refuse { status, code, retry_after_seconds }
            }
            Self::RefuseSource(status, code) => Fault::RefuseSource { status, code },
            Self::DropBefore => Fault::DropBefore,
            Self::DropAfter => Fault::DropAfter,
            Self::Cut => Fault::Cut,
            Self::Late(by) => Fault::Late { by },
            Self::Twice(by) => Fault::Twice { by },
            Self::Delay(by) => Fault::Delay { by },
            Self::Stall(by) => Fault::Stall { by },
        }
    }
}

fn glob(text: &str) -> Result<GlobMatcher, Mistake> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    Ok(glob.map_err(|error| Mistake::Glob(text.to_owned(), error))?.compile_matcher())
}

fn status(status: u16) -> Result<u16, Mistake> {
    (400..600).contains(&status).then_some(status).ok_or(Mistake::Status(status))
}

/// Codes of plans live as long as the process, as all others do; each is kept once.
fn code(text: &str) -> Result<&'static str, Mistake> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if text.is_empty() || text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Mistake::Code(text.to_owned()));
    }
    let mut known = KNOWN.lock().expect("nobody panics while holding the codes");
    Ok(known.get(text).copied().unwrap_or_else(|| {
        let code: &'static str = Box::leak(text.into());
        known.insert(code);
        code
    }))
}
