//! What became of one delivery to the handler.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// One attempt to run a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The value of `x-azure-functions-invocationid`.
    pub id: String,
    pub function: String,
    pub outcome: Outcome,
    /// The `Logs` of the reply; empty unless it succeeded, because the host throws them away.
    pub logs: Vec<String>,
    /// Values for the output bindings, decoded as the host would; nothing is delivered anywhere.
    pub outputs: BTreeMap<String, OutputValue>,
    pub elapsed: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// The host's reason.
    Failed(String),
    /// `functionTimeout` was exceeded; the handler has been killed and restarted.
    TimedOut,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OutputValue {
    Json(Value),
    /// A string that happened to be valid base64.
    Bytes(Vec<u8>),
}

impl Outcome {
    pub fn is_success(&self) -> bool {
        *self == Outcome::Succeeded
    }
}
