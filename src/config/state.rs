//! `BACKUP_STATE`: where the progress of cycles is kept.

use super::mistake::{Mistakes, shown};
use super::variables::{STATE, Variables};

/// Where the progress of cycles is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateSetting {
    /// In this process, and gone with it. Refused on Azure, where processes come and go.
    Memory,
}

pub(super) fn read(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<StateSetting> {
    let text = variables.get(STATE);
    match text {
        Some("memory") if variables.get("WEBSITE_SITE_NAME").is_some() => {
            let problem =
                "The memory store does not run on Azure: a new instance would have forgotten everything";
            mistakes.add(STATE, problem, "Run this version on a machine of yours; Table Storage comes later");
            None
        }
        Some("memory") => Some(StateSetting::Memory),
        Some(text) if text.starts_with("http://") || text.starts_with("https://") => {
            mistakes.add(STATE, "State in Table Storage is not in this version", "Set it to memory");
            None
        }
        Some(text) => {
            mistakes.add(STATE, format!("{} is no store", shown(text)), "Set it to memory");
            None
        }
        None => {
            mistakes.add(STATE, "Missing", "Set it to memory");
            None
        }
    }
}
