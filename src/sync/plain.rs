//! Whether any entry of the target can have user metadata. Listings do not show it, and most shares have none: then it
//! need not be asked for at the target, nor for every directory at the source.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use azure_storage_file_share::Metadata;

/// Directories that are looked at although something visible says why they changed.
const SAMPLE: u32 = 16;

/// True as long as everything in the target was written by this app, and nothing of it ever had user metadata. Shared by
/// all that write.
#[derive(Debug, Default)]
pub struct Plain {
    is_plain: AtomicBool,
    looked: AtomicU32,
}

impl Plain {
    pub fn new(is_plain: bool) -> Self {
        Self { is_plain: AtomicBool::new(is_plain), looked: AtomicU32::new(0) }
    }

    pub fn is_plain(&self) -> bool {
        self.is_plain.load(Ordering::SeqCst)
    }

    /// Metadata of some entry, on either side.
    pub(super) fn saw(&self, metadata: &Metadata) {
        if !metadata.is_empty() {
            self.doubt();
        }
    }

    /// An entry was written by somebody who did not live to say what he saw.
    pub(super) fn doubt(&self) {
        self.is_plain.store(false, Ordering::SeqCst);
    }

    /// Whether this directory is one of the sample.
    pub(super) fn is_sampled(&self) -> bool {
        self.looked.fetch_add(1, Ordering::Relaxed) < SAMPLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_with_metadata_is_enough() {
        let plain = Plain::new(true);
        plain.saw(&Metadata::new());
        assert!(plain.is_plain());
        plain.saw(&[("project".to_owned(), "one".to_owned())].into());
        assert!(!plain.is_plain());
        plain.saw(&Metadata::new());
        assert!(!plain.is_plain(), "for good");
    }

    #[test]
    fn the_first_directories_are_looked_at() {
        let plain = Plain::new(true);
        assert_eq!((0..100).filter(|_| plain.is_sampled()).count(), SAMPLE as usize);
    }
}
