//! What a judge says in the end.

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) judge: &'static str,
    /// Of the client.
    pub(crate) version: String,
    pub(crate) checks: usize,
    pub(crate) failed: Vec<Failure>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Failure {
    pub(crate) check: String,
    /// What was expected and what came.
    pub(crate) what: String,
}

impl Report {
    pub(crate) fn new(judge: &'static str, version: impl Into<String>) -> Self {
        Self { judge, version: version.into(), checks: 0, failed: Vec::new() }
    }

    /// One check, which holds or says what was expected and what came.
    pub(crate) fn record<E: std::fmt::Display>(&mut self, check: &str, result: Result<(), E>) {
        self.checks += 1;
        if let Err(what) = result {
            self.failed.push(Failure { check: check.to_owned(), what: format!("{what:#}") });
        }
    }

    pub(crate) fn print(&self) {
        for Failure { check, what } in &self.failed {
            println!("failed: {check}\n    {}", what.replace('\n', "\n    "));
        }
        println!("{}", self.summary());
    }

    pub(crate) fn summary(&self) -> String {
        let Self { judge, version, checks, failed } = self;
        format!("{judge} ({version}): {checks} checks, {} failed", failed.len())
    }
}
