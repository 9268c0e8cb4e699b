//! What is left out of the backup: neither compared, copied, counted nor deleted, on either side.

use std::fmt;
use std::sync::Arc;

type Predicate = dyn Fn(&str) -> bool + Send + Sync;

/// Says of a path whether it is left out. Letter case makes no difference to it, as to the share; what lies below a
/// path that is left out is never asked for.
#[derive(Clone, Default)]
pub struct Exclude(Option<Arc<Predicate>>);

impl Exclude {
    pub fn new(excludes: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(excludes)))
    }

    pub fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    pub fn covers(&self, path: &str) -> bool {
        self.0.as_ref().is_some_and(|excludes| excludes(path))
    }
}

impl fmt::Debug for Exclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclude").field("is_nothing", &self.is_nothing()).finish_non_exhaustive()
    }
}
