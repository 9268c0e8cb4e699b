//! File ids: one sequence per share, in the scrambled order that recordings show. The same ids therefore
//! occur in different shares.

use serde::{Deserialize, Serialize};

/// Present in every id that was recorded.
const MARK: u64 = 1 << 46;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, Clone)]
pub(crate) struct FileIds {
    made: u64,
}

impl FileIds {
    pub(crate) const ROOT: u64 = 0;
    pub(crate) const NFS_ROOT: u64 = 1;

    pub(crate) fn next(&mut self) -> u64 {
        self.made += 1;
        let low = u64::from((self.made as u16).reverse_bits()) << 47;
        let high = (self.made >> 16).reverse_bits() >> 18;
        1 << 63 | low | MARK | high
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_first_ids_are_those_of_the_recordings() {
        let mut ids = FileIds::default();
        let first: Vec<u64> = (0..7).map(|_| ids.next()).collect();
        assert_eq!(
            first,
            [
                13835128424026341376,
                11529285414812647424,
                16140971433240035328,
                10376363910205800448,
                14988049928633188352,
                12682206919419494400,
                17293892937846882304,
            ]
        );
    }

    #[test]
    fn ids_stay_unique_after_the_low_bits_are_used_up() {
        let mut ids = FileIds::default();
        let seen: HashSet<u64> = (0..200_000).map(|_| ids.next()).collect();
        assert_eq!(seen.len(), 200_000);
        assert!(!seen.contains(&FileIds::ROOT));
    }
}
