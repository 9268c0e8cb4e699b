//! What the files of NFS shares have in the place of attributes and permissions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posix {
    pub(crate) owner: u32,
    pub(crate) group: u32,
    pub(crate) mode: Mode,
    pub(crate) kind: Kind,
    /// Names of a file, more than one after Create Hard Link.
    pub(crate) links: u32,
}

/// Permission bits, as four octal digits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mode(u16);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Regular,
    Directory,
    /// With the path it leads to.
    SymLink(Arc<str>),
}

impl Posix {
    /// Owned by root, with the mode that recordings show where none was sent.
    pub(crate) fn new(kind: Kind) -> Self {
        let mode = match kind {
            Kind::Regular => Mode(0o664),
            Kind::Directory => Mode(0o755),
            Kind::SymLink(_) => Mode(0o777),
        };
        Self { owner: 0, group: 0, mode, kind, links: 1 }
    }
}

impl Kind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Regular => "Regular",
            Self::Directory => "Directory",
            Self::SymLink(_) => "SymLink",
        }
    }
}

impl Mode {
    /// Up to four octal digits: set-user, set-group and sticky bit, then three times read, write and execute.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_octal =
            (1..=4).contains(&text.len()) && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        is_octal.then(|| u16::from_str_radix(text, 8).ok().map(Self))?
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_and_answered_with_four_digits() {
        let reread = |text| Mode::parse(text).map(|mode| mode.to_string());
        assert_eq!(reread("644").as_deref(), Some("0644"));
        assert_eq!(reread("7777").as_deref(), Some("7777"));
        for bad in ["", "0888", "00644", "rw-r--r--"] {
            assert_eq!(reread(bad), None, "{bad}");
        }
    }
}
