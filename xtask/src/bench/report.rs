//! What a benchmark says in the end.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::figures::Ratios;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    bench: String,
    ours: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    azcopy: Option<Value>,
    /// How far each figure is from what was promised; at least 1 is good.
    ratios: BTreeMap<&'static str, f64>,
    pub(crate) pass: bool,
}

impl Report {
    /// What is not complete does not pass, however good it is.
    pub(super) fn new(
        bench: &str,
        ours: Value,
        azcopy: Option<Value>,
        ratios: Ratios,
        is_complete: bool,
    ) -> Self {
        let ratios = ratios.into_map();
        let pass = is_complete && ratios.values().all(|ratio| *ratio >= 1.0);
        Self { bench: bench.to_owned(), ours, azcopy, ratios, pass }
    }
}
