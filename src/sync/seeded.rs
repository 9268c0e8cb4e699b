//! Where the data of files came from while a pair was seeded, counted. Public: reports show it as it is.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::staging::Origin;

/// Files with their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    pub files: u64,
    pub bytes: u64,
}

/// The bytes from staging did not cross regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Seeded {
    pub from_staging: Amounts,
    pub from_source: Amounts,
    /// Of those from the source, the ones of which staging has nothing,
    pub absent: Amounts,
    /// an older file,
    pub newer_at_source: Amounts,
    /// a newer one,
    pub staging_newer: Amounts,
    /// one of another size with the same time,
    pub size: Amounts,
    /// a directory,
    #[serde(rename = "type")]
    pub kind: Amounts,
    /// those without data,
    pub empty: Amounts,
    /// and those that match but could not be copied inside the account.
    pub staging_fallback: Amounts,
}

impl Seeded {
    pub(super) fn of(origin: Origin, bytes: u64) -> Self {
        let one = Amounts { files: 1, bytes };
        let nothing = Self::default();
        let of_source = Self { from_source: one, ..nothing };
        match origin {
            Origin::Staging => Self { from_staging: one, ..nothing },
            Origin::Absent => Self { absent: one, ..of_source },
            Origin::NewerAtSource => Self { newer_at_source: one, ..of_source },
            Origin::StagingNewer => Self { staging_newer: one, ..of_source },
            Origin::Size => Self { size: one, ..of_source },
            Origin::Type => Self { kind: one, ..of_source },
            Origin::Empty => Self { empty: one, ..of_source },
            Origin::Fallback => Self { staging_fallback: one, ..of_source },
        }
    }

    /// Files with data of which staging has one by their path.
    pub fn met(&self) -> u64 {
        let Self { from_staging, newer_at_source, staging_newer, size, staging_fallback, .. } = self;
        [from_staging, newer_at_source, staging_newer, size, staging_fallback].iter().map(|it| it.files).sum()
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

impl AddAssign for Seeded {
    fn add_assign(&mut self, other: Self) {
        self.from_staging += other.from_staging;
        self.from_source += other.from_source;
        self.absent += other.absent;
        self.newer_at_source += other.newer_at_source;
        self.staging_newer += other.staging_newer;
        self.size += other.size;
        self.kind += other.kind;
        self.empty += other.empty;
        self.staging_fallback += other.staging_fallback;
    }
}
