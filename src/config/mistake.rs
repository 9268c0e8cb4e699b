//! What a setting can have against it. All mistakes are collected before any is reported, because
//! finding them one redeployment at a time is how evenings are lost.

use std::fmt;

use serde::Serialize;

/// One mistake in the settings, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The variable, as `BACKUP_PAIRS`.
    pub setting: String,
    /// The place inside it, as `BACKUP_PAIRS[2].target.share`; the variable itself where it has no inside.
    pub field: String,
    pub problem: String,
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.field, self.problem, self.remedy)
    }
}

/// Said wherever an endpoint and the credential do not go together.
pub(super) const HTTP_PROBLEM: &str = "http, and the credential's tokens are sent over https alone";
pub(super) const HTTP_REMEDY: &str = "Use https, or set BACKUP_CREDENTIAL to sharedKey";

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Notes a mistake at `field`, a path that begins with the name of its variable.
    pub(super) fn add(&mut self, field: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        let setting = field.split(['[', '.']).next().unwrap_or(field);
        self.0.push(Mistake {
            setting: setting.to_owned(),
            field: field.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<Mistake> {
        self.0
    }
}

/// The value as a message may show it. Keys and signed URLs end up in the wrong field now and then; they are
/// longer than any name that belongs there, so whatever is longer is not repeated.
pub(super) fn shown(value: &str) -> String {
    match value.chars().count() {
        length @ 64.. => format!("A text of {length} characters"),
        _ => format!("{value:?}"),
    }
}
