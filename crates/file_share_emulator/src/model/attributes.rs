//! File attributes as they are named on the wire.

use std::fmt;
use std::ops::BitOr;

use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes(u16);

/// In the order in which the service writes them.
const NAMES: [(Attributes, &str); 9] = [
    (Attributes::READ_ONLY, "ReadOnly"),
    (Attributes(1 << 1), "Hidden"),
    (Attributes(1 << 2), "System"),
    (Attributes::DIRECTORY, "Directory"),
    (Attributes::ARCHIVE, "Archive"),
    (Attributes::TEMPORARY, "Temporary"),
    (Attributes(1 << 6), "Offline"),
    (Attributes(1 << 7), "NotContentIndexed"),
    (Attributes(1 << 8), "NoScrubData"),
];

impl Attributes {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const READ_ONLY: Self = Self(1);
    pub(crate) const DIRECTORY: Self = Self(1 << 3);
    pub(crate) const ARCHIVE: Self = Self(1 << 4);
    pub(crate) const TEMPORARY: Self = Self(1 << 5);

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Names separated by `|`, in any case and order. `None` stands alone, or beside the `Directory` of a
    /// directory: the service refused `ReadOnly|None|Directory`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut attributes = Self::NONE;
        let mut none = false;
        for name in text.split('|').map(str::trim) {
            if name.eq_ignore_ascii_case("None") {
                none = true;
                continue;
            }
            let (attribute, _) = NAMES.iter().find(|(_, known)| name.eq_ignore_ascii_case(known))?;
            attributes = attributes | *attribute;
        }
        let others = attributes.0 & !Self::DIRECTORY.0;
        (!none || others == 0).then_some(attributes)
    }
}

impl BitOr for Attributes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("None");
        }
        let mut separator = "";
        for (attribute, name) in NAMES {
            if self.contains(attribute) {
                write!(f, "{separator}{name}")?;
                separator = " | ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reread(text: &str) -> Option<String> {
        Attributes::parse(text).map(|attributes| attributes.to_string())
    }

    #[test]
    fn attributes_are_answered_in_the_order_of_the_service() {
        assert_eq!(reread("NotContentIndexed | System").as_deref(), Some("System | NotContentIndexed"));
        assert_eq!(reread("Directory|Directory").as_deref(), Some("Directory"));
        assert_eq!(reread("none").as_deref(), Some("None"));
    }

    #[test]
    fn unknown_names_and_none_beside_others_are_refused() {
        for text in ["", "Sparse", "ReadOnly,Hidden", "ReadOnly|None|Directory"] {
            assert_eq!(reread(text), None, "{text}");
        }
    }
}
