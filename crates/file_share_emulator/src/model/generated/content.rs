//! The content of generated files: parts of one block, which takes no memory however large the files are.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;

use super::tree::mix;
use crate::model::clock::Ticks;
use crate::model::crc64::crc64;
use crate::model::extents::Extents;

/// As long as a range, so that a copied one is a part of the block too.
const BLOCK: usize = 4 << 20;
const SHIFTS: usize = 1 << 16;
/// Sums that are remembered.
const SUMS: usize = 10_000;

fn block() -> &'static Bytes {
    static BYTES: OnceLock<Bytes> = OnceLock::new();
    BYTES.get_or_init(|| {
        let words = (0..(BLOCK + SHIFTS) as u64 / 8).flat_map(|word| mix(word).to_le_bytes());
        words.collect::<Vec<u8>>().into()
    })
}

pub(super) fn content(seed: u64, size: u64, made: Ticks) -> Extents {
    let shift = seed as usize % SHIFTS;
    let part = block().slice(shift..shift + BLOCK);
    let mut extents = Extents::default();
    for start in (0..size).step_by(BLOCK) {
        let length = (size - start).min(BLOCK as u64) as usize;
        extents.write(start, part.slice(..length), made);
    }
    extents
}

/// Of parts of the block it is calculated once, since a large file is the same one over and over.
pub(crate) fn crc64_of(data: &[u8]) -> u64 {
    static KNOWN: Mutex<Option<HashMap<(usize, usize), u64>>> = Mutex::new(None);
    let Some(offset) = offset_in_block(data) else { return crc64(data) };
    let place = (offset, data.len());
    let lock = || KNOWN.lock().expect("nobody panics while holding the sums");
    let known = lock().as_ref().and_then(|sums| sums.get(&place).copied());
    known.unwrap_or_else(|| {
        let sum = crc64(data);
        let mut sums = lock();
        let sums = sums.get_or_insert_default();
        if sums.len() < SUMS {
            sums.insert(place, sum);
        }
        sum
    })
}

/// The block is never freed, so that its addresses are nobody else's.
fn offset_in_block(data: &[u8]) -> Option<usize> {
    let start = block().as_ptr().addr();
    let offset = data.as_ptr().addr().checked_sub(start)?;
    (offset + data.len() <= block().len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_part_is_that_of_its_bytes_wherever_they_are() {
        let content = content(99, 3 * BLOCK as u64 + 5, Ticks(1));
        for range in [0..BLOCK as u64, BLOCK as u64..2 * BLOCK as u64, 3 * BLOCK as u64..3 * BLOCK as u64 + 5]
        {
            let part = content.read(range);
            assert!(offset_in_block(&part).is_some());
            for _ in 0..2 {
                assert_eq!(crc64_of(&part), crc64(&part));
            }
        }
        assert_eq!(crc64_of(b"123456789"), crc64(b"123456789"));
    }
}
