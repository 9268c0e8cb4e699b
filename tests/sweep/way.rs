//! The ways in which a cycle goes: how bytes travel, and what its pair has when it begins.

use std::time::Duration;

use file_share_emulator::{Config, PendingCopies};

/// For how long a copy inside the account is pending, if it is.
const MOMENT: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub mode: &'static str,
    pub has: Has,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Has {
    /// A recovery point that is a base.
    Base,
    /// One that is none, without its source share snapshot.
    Point,
    /// No recovery point, and a staging share whose files the service copies at once, or answers `pending`.
    Staging(Option<PendingCopies>),
}

impl Way {
    pub const USUAL: Self = Self { mode: "auto", has: Has::Base };
    pub const OTHERS: [Self; 5] = [
        Self { mode: "auto", has: Has::Point },
        Self { mode: "server-side", has: Has::Base },
        Self { mode: "server-side", has: Has::Point },
        Self { mode: "streamed", has: Has::Base },
        Self { mode: "streamed", has: Has::Point },
    ];
    pub const SEEDED: Self = Self { mode: "auto", has: Has::Staging(None) };
    pub const SEEDED_OTHERS: [Self; 4] = [
        Self { mode: "auto", has: Has::Staging(Some(PendingCopies::DoneAfter(MOMENT))) },
        Self { mode: "auto", has: Has::Staging(Some(PendingCopies::Stay)) },
        Self { mode: "server-side", has: Has::Staging(None) },
        Self { mode: "streamed", has: Has::Staging(None) },
    ];

    /// For names of pairs.
    pub fn name(self) -> String {
        let has = match self.has {
            Has::Base => "base",
            Has::Point => "alone",
            Has::Staging(None) => "seeded",
            Has::Staging(Some(PendingCopies::DoneAfter(_))) => "waiting",
            Has::Staging(Some(PendingCopies::Stay)) => "endless",
        };
        format!("{}-{has}", self.mode)
    }

    /// The same, and all bytes are written: a pending copy that a kill cut off is gone on with so.
    pub fn by_ranges(self) -> Self {
        match self.has {
            Has::Staging(Some(_)) => Self { has: Has::Staging(Some(PendingCopies::Stay)), ..self },
            _ => self,
        }
    }

    pub fn is_seeded(self) -> bool {
        matches!(self.has, Has::Staging(_))
    }

    pub fn emulator(self) -> Config {
        let pending_copies_inside = match self.has {
            Has::Staging(pending) => pending,
            Has::Base | Has::Point => None,
        };
        Config { pending_copies_inside, ..Config::default() }
    }
}
