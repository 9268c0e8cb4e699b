//! The spans. An event comes with one of its own, too, which bears the event's name.

use super::Span;
use super::fields::*;

pub const STEP: Span = Span {
    name: "cycle.step",
    means: "one invocation's work on a pair",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, CYCLE_STATE, CYCLE_STATUS, ERROR_CODE],
};
pub const CHUNK: Span = Span {
    name: "cycle.chunk",
    means: "one pass over one chunk of the plan, or what an invocation did of it",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, CHUNK_NUMBER, CHUNK_PASS],
};
/// Its rows are named after the operation.
pub const STORAGE_REQUEST: Span = Span {
    name: "the operation, as `List Directories and Files`",
    means: "a request to a storage account, the first of its kind and outcome and then one in a thousand",
    fields: &[OPERATION, SERVER_ADDRESS, HTTP_METHOD, HTTP_STATUS],
};

pub const SPANS: &[&Span] = &[&STEP, &CHUNK, &STORAGE_REQUEST];
