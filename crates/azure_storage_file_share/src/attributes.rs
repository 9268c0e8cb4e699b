//! SMB attributes, a set. The order, case and spacing of the names in an answer carry no meaning.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileAttributes(u32);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unknown file attribute {0:?}")]
pub struct UnknownAttribute(String);

impl FileAttributes {
    pub const NONE: Self = Self(0);
    pub const READ_ONLY: Self = Self(1);
    pub const HIDDEN: Self = Self(1 << 1);
    pub const SYSTEM: Self = Self(1 << 2);
    pub const DIRECTORY: Self = Self(1 << 3);
    pub const ARCHIVE: Self = Self(1 << 4);
    pub const TEMPORARY: Self = Self(1 << 5);
    pub const OFFLINE: Self = Self(1 << 6);
    pub const NOT_CONTENT_INDEXED: Self = Self(1 << 7);
    pub const NO_SCRUB_DATA: Self = Self(1 << 8);

    const NAMES: [(Self, &str); 9] = [
        (Self::READ_ONLY, "ReadOnly"),
        (Self::HIDDEN, "Hidden"),
        (Self::SYSTEM, "System"),
        (Self::DIRECTORY, "Directory"),
        (Self::ARCHIVE, "Archive"),
        (Self::TEMPORARY, "Temporary"),
        (Self::OFFLINE, "Offline"),
        (Self::NOT_CONTENT_INDEXED, "NotContentIndexed"),
        (Self::NO_SCRUB_DATA, "NoScrubData"),
    ];

    /// The set as one number, the same for the same attributes.
    pub const fn bits(self) -> u32 {
        self.0
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Display for FileAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("None");
        }
        let mut separator = "";
        for (_, name) in Self::NAMES.iter().filter(|(attribute, _)| self.contains(*attribute)) {
            write!(f, "{separator}{name}")?;
            separator = " | ";
        }
        Ok(())
    }
}

impl fmt::Debug for FileAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FileAttributes {
    type Err = UnknownAttribute;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut attributes = Self::NONE;
        for name in text.split('|').map(str::trim) {
            if name.is_empty() || name.eq_ignore_ascii_case("None") {
                continue;
            }
            match Self::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)) {
                Some((attribute, _)) => attributes = attributes.with(*attribute),
                None => return Err(UnknownAttribute(name.to_owned())),
            }
        }
        Ok(attributes)
    }
}

impl Serialize for FileAttributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileAttributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_joined_with_bars() {
        let attributes = FileAttributes::READ_ONLY.with(FileAttributes::ARCHIVE);
        assert_eq!(attributes.to_string(), "ReadOnly | Archive");
        assert_eq!(attributes.without(FileAttributes::READ_ONLY).to_string(), "Archive");
        assert_eq!(FileAttributes::NONE.to_string(), "None");
    }

    #[test]
    fn order_case_and_spaces_of_an_answer_do_not_matter() {
        let expected = FileAttributes::HIDDEN.with(FileAttributes::DIRECTORY);
        for text in ["Hidden | Directory", "directory|hidden", " Directory |None| HIDDEN "] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!("None".parse(), Ok(FileAttributes::NONE));
    }

    #[test]
    fn an_unknown_attribute_is_not_lost_silently() {
        let error = "Archive | Pinned".parse::<FileAttributes>().expect_err("unknown");
        assert_eq!(error.to_string(), "Unknown file attribute \"Pinned\"");
    }
}
