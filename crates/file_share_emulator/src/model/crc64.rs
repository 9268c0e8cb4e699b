//! The CRC-64 that the service answers for copied ranges: reflected polynomial `0x9A6C9329AC4BC9B5`, inverted at
//! both ends, eight bytes at a time.

const POLYNOMIAL: u64 = 0x9A6C_9329_AC4B_C9B5;

static TABLES: [[u64; 256]; 8] = tables();

pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let crc = chunks.iter().fold(u64::MAX, |crc, chunk| {
        let mixed = (crc ^ u64::from_le_bytes(*chunk)).to_le_bytes();
        (0..8).fold(0, |sum, at| sum ^ TABLES[7 - at][usize::from(mixed[at])])
    });
    !rest.iter().fold(crc, |crc, byte| TABLES[0][usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u64 = tables[table - 1][byte];
            tables[table][byte] = tables[0][(before & 0xFF) as usize] ^ before >> 8;
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};

    use super::*;

    #[test]
    fn the_sum_of_a_recorded_range_is_the_recorded_one() {
        let sent = b"abcdefghijklmnop".repeat(32);
        assert_eq!(BASE64_STANDARD.encode(crc64(&sent).to_le_bytes()), "EZA9hgZaRrQ=");
    }

    #[test]
    fn the_published_check_value_holds() {
        assert_eq!(crc64(b"123456789"), 0xAE8B_1486_0A79_9888);
    }
}
