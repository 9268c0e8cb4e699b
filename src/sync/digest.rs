//! What a directory held, in sixteen bytes.

use azure_storage_file_share::Entry;
use sha2::{Digest, Sha256};

/// The digest of a directory's files, whatever their order: names, ids and ETags.
pub fn digest(files: &[Entry]) -> u128 {
    files.iter().fold(0, |sum: u128, file| {
        let hash = Sha256::digest(format!("{}\n{}\n{}", file.name, file.file_id, file.etag));
        let half: [u8; 16] = std::array::from_fn(|i| hash[i]);
        sum.wrapping_add(u128::from_le_bytes(half))
    })
}
