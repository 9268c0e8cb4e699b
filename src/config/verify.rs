//! Fields `verify` and `verifyBytes` of a pair: how much of a recovery point is read to prove that it holds what the source
//! does.

use super::fields::Fields;
use super::limits::MOST;
use super::mistake::shown;

/// What one request may fetch.
pub const LEAST_SAMPLE: u64 = 4 << 20;
const SAMPLE: u64 = 10 << 30;

/// What is read of both share snapshots after each cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Nothing: the listings were compared.
    #[default]
    None,
    /// So many bytes of each side, going on where the last cycle stopped.
    Sample { bytes: u64 },
    /// Everything.
    Full,
}

impl Verify {
    /// As they are written in the settings.
    pub const NAMES: [&str; 3] = ["none", "sample", "full"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sample { .. } => "sample",
            Self::Full => "full",
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_>) -> Verify {
    let bytes = fields.whole("verifyBytes", LEAST_SAMPLE, MOST).unwrap_or(SAMPLE);
    match fields.text("verify") {
        None | Some("none") => Verify::None,
        Some("sample") => Verify::Sample { bytes },
        Some("full") => Verify::Full,
        Some(text) => {
            let problem = format!("{} is no way to verify", shown(text));
            fields.mistake("verify", problem, format!("Use one of {}", Verify::NAMES.join(", ")));
            Verify::None
        }
    }
}
