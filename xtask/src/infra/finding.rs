//! What is wrong, where, and what to do about it.

use std::path::Path;

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) remedy: String,
}

impl Finding {
    pub(super) fn new(
        file: &Path,
        line: usize,
        rule: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let file = file.display().to_string();
        Self { file, line, rule, message: message.into(), remedy: remedy.into() }
    }

    pub(crate) fn rule(&self) -> &'static str {
        self.rule
    }

    /// Names the file as it is named from here.
    pub(super) fn shorten(&mut self, root: &Path) {
        if let Ok(short) = Path::new(&self.file).strip_prefix(root) {
            self.file = short.display().to_string();
        }
    }
}
