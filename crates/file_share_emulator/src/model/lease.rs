//! A lease: who holds it and until when. That of a share or share snapshot protects from deletion and from changes
//! of properties; that of a file from every change.

use serde::{Deserialize, Serialize};

use super::clock::Ticks;
use crate::error::{self, Kind, ServiceError};

pub(crate) fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// A GUID, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeaseId(String);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Duration {
    Infinite,
    Seconds(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Available,
    Leased,
    Expired,
    Breaking,
    Broken,
}

/// What is leased. The service has a code for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Leased {
    #[default]
    Share,
    File,
}

/// The default is that of a share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lease {
    on: Leased,
    /// Boxed, because hardly any of a million files is ever leased.
    held: Option<Box<Held>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    id: LeaseId,
    duration: Duration,
    /// When it expires, or when its breaking ends.
    end: Option<Ticks>,
    is_breaking: bool,
}

impl LeaseId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        is_guid(text).then(|| Self(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Leased => "leased",
            Self::Expired => "expired",
            Self::Breaking => "breaking",
            Self::Broken => "broken",
        }
    }

    pub(crate) fn is_locked(self) -> bool {
        matches!(self, Self::Leased | Self::Breaking)
    }

    pub(crate) fn status(self) -> &'static str {
        if self.is_locked() { "locked" } else { "unlocked" }
    }
}

impl Leased {
    fn mismatch(self) -> Kind {
        match self {
            Self::Share => error::LEASE_ID_MISMATCH_WITH_SHARE,
            Self::File => error::LEASE_ID_MISMATCH_WITH_FILE,
        }
    }

    fn not_present(self) -> Kind {
        match self {
            Self::Share => error::LEASE_NOT_PRESENT_WITH_SHARE,
            Self::File => error::LEASE_NOT_PRESENT_WITH_FILE,
        }
    }

    fn missing(self) -> Kind {
        match self {
            Self::Share => error::LEASE_ID_MISSING,
            Self::File => error::LEASE_ID_MISSING_FOR_FILE,
        }
    }
}

impl Duration {
    fn end(self, now: Ticks) -> Option<Ticks> {
        match self {
            Self::Infinite => None,
            Self::Seconds(seconds) => Some(now.plus_seconds(seconds)),
        }
    }
}

impl Lease {
    pub(crate) fn of_file() -> Self {
        Self { on: Leased::File, held: None }
    }

    pub(crate) fn state(&self, now: Ticks) -> State {
        let Some(held) = &self.held else { return State::Available };
        match (held.end.is_some_and(|end| end <= now), held.is_breaking) {
            (false, false) => State::Leased,
            (true, false) => State::Expired,
            (false, true) => State::Breaking,
            (true, true) => State::Broken,
        }
    }

    /// `infinite` or `fixed`, told only while the lease is held.
    pub(crate) fn duration_name(&self, now: Ticks) -> Option<&'static str> {
        let held = self.held.as_ref().filter(|_| self.state(now) == State::Leased)?;
        Some(match held.duration {
            Duration::Infinite => "infinite",
            Duration::Seconds(_) => "fixed",
        })
    }

    /// An operation for which the lease need not be named; but who names one must name the right one.
    pub(crate) fn allows_reading(&self, id: Option<&LeaseId>, now: Ticks) -> Result<(), ServiceError> {
        match (id, &self.held, self.state(now).is_locked()) {
            (None, _, _) => Ok(()),
            (Some(_), None, _) => Err(self.on.not_present().into()),
            (Some(_), Some(_), false) => Err(error::LEASE_LOST.into()),
            (Some(id), Some(held), true) if *id == held.id => Ok(()),
            (Some(_), Some(_), true) => Err(self.on.mismatch().into()),
        }
    }

    /// An operation that only the holder may do.
    pub(crate) fn allows_changing(&self, id: Option<&LeaseId>, now: Ticks) -> Result<(), ServiceError> {
        match id {
            None if self.state(now).is_locked() => Err(self.on.missing().into()),
            id => self.allows_reading(id, now),
        }
    }

    /// The holder may acquire its lease again, with another duration.
    pub(crate) fn acquire(
        &mut self,
        id: LeaseId,
        duration: Duration,
        now: Ticks,
    ) -> Result<(), ServiceError> {
        let is_own = self.held.as_ref().is_some_and(|held| held.id == id);
        match self.state(now) {
            State::Leased if !is_own => Err(error::LEASE_ALREADY_PRESENT.into()),
            State::Breaking if is_own => Err(error::LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED.into()),
            State::Breaking => Err(error::LEASE_ALREADY_PRESENT.into()),
            _ => {
                let end = duration.end(now);
                self.held = Some(Box::new(Held { id, duration, end, is_breaking: false }));
                Ok(())
            }
        }
    }

    /// Possible after its expiry too, while nobody else has taken the lease.
    pub(crate) fn renew(&mut self, id: &LeaseId, now: Ticks) -> Result<(), ServiceError> {
        let held = self.held_by(id)?;
        if held.is_breaking {
            return Err(error::LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED.into());
        }
        held.end = held.duration.end(now);
        Ok(())
    }

    /// The new holder may ask again.
    pub(crate) fn change(&mut self, id: &LeaseId, new: LeaseId, now: Ticks) -> Result<(), ServiceError> {
        match (self.state(now), &mut self.held) {
            (State::Leased, Some(held)) if held.id == *id || held.id == new => {
                held.id = new;
                Ok(())
            }
            (State::Leased, _) => Err(error::LEASE_ID_MISMATCH_WITH_LEASE_OPERATION.into()),
            (State::Breaking, _) => Err(error::LEASE_IS_BREAKING_AND_CANNOT_BE_CHANGED.into()),
            _ => Err(error::LEASE_NOT_PRESENT_WITH_LEASE_OPERATION.into()),
        }
    }

    pub(crate) fn release(&mut self, id: &LeaseId) -> Result<(), ServiceError> {
        self.held_by(id)?;
        self.held = None;
        Ok(())
    }

    /// Ends the lease whoever holds it, and gives the seconds until then. A fixed lease is over at its own end
    /// at the latest, an infinite one at once unless a period was asked for.
    pub(crate) fn end_early(&mut self, period: Option<u64>, now: Ticks) -> Result<u64, ServiceError> {
        let held = self.held.as_mut().ok_or(error::LEASE_NOT_PRESENT_WITH_LEASE_OPERATION)?;
        let wanted = period.map(|seconds| now.plus_seconds(seconds));
        let end = wanted.into_iter().chain(held.end).min().unwrap_or(now);
        held.is_breaking = true;
        held.end = Some(end);
        Ok(end.seconds_after(now))
    }

    fn held_by(&mut self, id: &LeaseId) -> Result<&mut Held, ServiceError> {
        let held = self.held.as_deref_mut().filter(|held| held.id == *id);
        held.ok_or(error::LEASE_ID_MISMATCH_WITH_LEASE_OPERATION.into())
    }
}
