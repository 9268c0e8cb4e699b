//! A part of a large directory: where it begins, and what was summed up before it.

use serde::{Deserialize, Serialize};

/// Where a part of a directory begins. The default is the beginning of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Entries up to this name, and with it, are in parts before.
    pub after: String,
    /// Where the rest of each side's listing begins; nothing where it has ended.
    pub source: Option<Mark>,
    pub target: Option<Mark>,
    pub sums: Sums,
}

/// Where the rest of a listing begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    #[default]
    Start,
    /// At the page that the service names so.
    Marker(String),
    /// The service's order is none that is known: whatever comes after a name has to be searched for.
    Unordered,
}

impl Part {
    /// The beginning of a directory whose listings are in no order that is known.
    pub fn unordered() -> Self {
        let mark = || Some(Mark::Unordered);
        Self { source: mark(), target: mark(), ..Self::default() }
    }
}

/// What a directory's plan needs to know of its earlier parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Of a directory that only one side has.
    pub files: u64,
    pub bytes: u64,
    /// A digest of the files, of one that only the target has.
    pub held: u128,
    /// What the listing has to show; nothing once that is not known in full.
    pub shown: Option<u128>,
    /// The directory's own item is planned.
    pub own: bool,
    /// Entries were put aside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loose: bool,
    /// There are subdirectories.
    #[serde(default)]
    pub children: bool,
}

impl Default for Sums {
    fn default() -> Self {
        Self { files: 0, bytes: 0, held: 0, shown: Some(0), own: false, loose: false, children: false }
    }
}
