//! JSON files beside the templates: workbooks and parameter files, each told by what it holds.

use std::path::Path;

use serde_json::Value;

use super::{parameter_file, workbook};
use crate::infra::finding::Finding;
use crate::infra::folder::Folder;

pub(super) fn check(folder: &Folder) -> Vec<Finding> {
    folder.json.iter().flat_map(|(path, text)| check_one(folder, path, text)).collect()
}

fn check_one(folder: &Folder, path: &Path, text: &str) -> Vec<Finding> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("No JSON: {error}");
            return vec![Finding::new(path, error.line(), "syntax", message, "Correct the syntax")];
        }
    };
    let schema = value["$schema"].as_str().unwrap_or_default();
    if schema.contains("deploymentParameters") {
        return parameter_file::check(folder, path, text, &value);
    }
    if !value["items"].is_null() || schema.contains("workbook") {
        return workbook::check(path, text, &value);
    }
    let message = "Neither a workbook nor a parameter file";
    vec![Finding::new(path, 1, "syntax", message, "Give a workbook its items, a parameter file its $schema")]
}

/// The first line with this text, which names something that stands once.
pub(super) fn line_of(text: &str, needle: &str) -> usize {
    text.lines().position(|line| line.contains(needle)).map_or(1, |at| at + 1)
}
