//! Security identifiers: `S-1-5-18`, its binary form, and the two-letter names of the well-known ones.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sid {
    authority: u64,
    parts: Vec<u32>,
}

/// The names that mean the same everywhere. Those relative to a domain are refused by the service.
const WELL_KNOWN: [(&str, u64, &[u32]); 38] = [
    ("WD", 1, &[0]),
    ("CO", 3, &[0]),
    ("CG", 3, &[1]),
    ("OW", 3, &[4]),
    ("NU", 5, &[2]),
    ("IU", 5, &[4]),
    ("SU", 5, &[6]),
    ("AN", 5, &[7]),
    ("ED", 5, &[9]),
    ("PS", 5, &[10]),
    ("AU", 5, &[11]),
    ("RC", 5, &[12]),
    ("SY", 5, &[18]),
    ("LS", 5, &[19]),
    ("NS", 5, &[20]),
    ("WR", 5, &[33]),
    ("BA", 5, &[32, 544]),
    ("BU", 5, &[32, 545]),
    ("BG", 5, &[32, 546]),
    ("PU", 5, &[32, 547]),
    ("AO", 5, &[32, 548]),
    ("SO", 5, &[32, 549]),
    ("PO", 5, &[32, 550]),
    ("BO", 5, &[32, 551]),
    ("RE", 5, &[32, 552]),
    ("RU", 5, &[32, 554]),
    ("RD", 5, &[32, 555]),
    ("NO", 5, &[32, 556]),
    ("MU", 5, &[32, 558]),
    ("LU", 5, &[32, 559]),
    ("IS", 5, &[32, 568]),
    ("CY", 5, &[32, 569]),
    ("ER", 5, &[32, 573]),
    ("AC", 15, &[2, 1]),
    ("LW", 16, &[4096]),
    ("ME", 16, &[8192]),
    ("HI", 16, &[12288]),
    ("SI", 16, &[16384]),
];

impl Sid {
    /// A SID at the beginning of a text, and what follows it.
    pub(super) fn take(text: &str) -> Option<(Self, &str)> {
        let Some(rest) = text.strip_prefix("S-1-") else {
            let (name, rest) = text.split_at_checked(2)?;
            let (_, authority, parts) = WELL_KNOWN.iter().find(|(known, ..)| *known == name)?;
            return Some((Self { authority: *authority, parts: parts.to_vec() }, rest));
        };
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '-').unwrap_or(rest.len());
        let (numbers, rest) = rest.split_at(end);
        let mut numbers = numbers.split('-');
        let authority = numbers.next()?.parse().ok().filter(|authority| *authority < 1 << 48)?;
        let parts: Vec<u32> = numbers.map(|part| part.parse().ok()).collect::<Option<_>>()?;
        (1..=15).contains(&parts.len()).then_some((Self { authority, parts }, rest))
    }

    /// A SID at the beginning of some bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[1, count], rest) = bytes.split_first_chunk()? else { return None };
        let (authority, rest) = rest.split_first_chunk::<6>()?;
        let authority = authority.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let parts = rest.get(..usize::from(count) * 4)?.chunks_exact(4);
        let parts: Vec<u32> = parts.filter_map(|part| part.try_into().ok().map(u32::from_le_bytes)).collect();
        (1..=15).contains(&parts.len()).then_some(Self { authority, parts })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1, self.parts.len() as u8];
        bytes.extend_from_slice(&self.authority.to_be_bytes()[2..]);
        bytes.extend(self.parts.iter().flat_map(|part| part.to_le_bytes()));
        bytes
    }

    pub(super) fn byte_length(&self) -> usize {
        8 + 4 * self.parts.len()
    }
}

impl std::fmt::Display for Sid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_this = |(_, authority, parts): &&(&str, u64, &[u32])| {
            *authority == self.authority && *parts == self.parts
        };
        if let Some((name, ..)) = WELL_KNOWN.iter().find(is_this) {
            return f.write_str(name);
        }
        write!(f, "S-1-{}", self.authority)?;
        self.parts.iter().try_for_each(|part| write!(f, "-{part}"))
    }
}
