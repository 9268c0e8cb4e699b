//! Whether an earlier attempt of the same operation may have taken effect.
//!
//! The last attempt alone does not tell: a lost answer followed by a refused connection is not "never sent".

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Clone, Debug, Default)]
pub(crate) struct Ambiguity(Arc<AtomicBool>);

impl Ambiguity {
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
