//! Access rights in SDDL: two-letter names side by side, or a number.

use super::descriptor::MANDATORY_LABEL;

const NAMES: [(&str, u32); 25] = [
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("KA", 0x000F_003F),
    ("KR", 0x0002_0019),
    ("KW", 0x0002_0006),
    ("KX", 0x0002_0019),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 0x0001),
    ("DC", 0x0002),
    ("LC", 0x0004),
    ("SW", 0x0008),
    ("RP", 0x0010),
    ("WP", 0x0020),
    ("DT", 0x0040),
    ("LO", 0x0080),
    ("CR", 0x0100),
];

/// The names that are written; other masks become a hexadecimal number.
const WRITTEN: usize = 8;

const LABEL_NAMES: [(&str, u32); 3] = [("NW", 1), ("NR", 2), ("NX", 4)];

pub(super) fn parse(text: &str, ace_kind: u8) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse().ok();
    }
    let names = names(ace_kind);
    let mut mask = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_at_checked(2)?;
        mask |= names.iter().find(|(known, _)| *known == name)?.1;
        rest = after;
    }
    Some(mask)
}

pub(super) fn render(mask: u32, ace_kind: u8) -> String {
    let written = names(ace_kind).iter().take(WRITTEN).find(|(_, known)| *known == mask);
    written.map_or_else(|| format!("0x{mask:x}"), |(name, _)| (*name).to_owned())
}

fn names(ace_kind: u8) -> &'static [(&'static str, u32)] {
    match ace_kind {
        MANDATORY_LABEL => &LABEL_NAMES,
        _ => &NAMES,
    }
}
