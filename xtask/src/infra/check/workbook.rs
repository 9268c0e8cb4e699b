//! The workbook: the shape that Azure asks for, parameters that exist, and queries that name what the code emits.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::json::line_of;
use crate::infra::finding::Finding;
use crate::infra::kql;

const VERSION: &str = "Notebook/1.0";
/// Text, query, parameters, metrics, links, group.
const ITEM_TYPES: [i64; 6] = [1, 3, 9, 10, 11, 12];
const QUERY: i64 = 3;
const PARAMETERS: i64 = 9;

pub(super) fn check(path: &Path, text: &str, workbook: &Value) -> Vec<Finding> {
    let mut book = Book { path, text, findings: Vec::new(), names: BTreeSet::new() };
    if workbook["version"] != VERSION {
        book.add(1, format!("The version is {}", workbook["version"]), format!("Set it to {VERSION}"));
    }
    let items: Vec<_> = workbook["items"].as_array().into_iter().flatten().collect();
    if items.is_empty() {
        book.add(1, "It shows nothing".to_owned(), "Give it items");
    }
    let parameters = items.iter().filter(|item| item["type"] == PARAMETERS);
    let parameters: Vec<_> =
        parameters.flat_map(|item| item["content"]["parameters"].as_array().into_iter().flatten()).collect();
    let names = parameters.iter().filter_map(|it| it["name"].as_str()).collect();
    for item in &items {
        book.item(item, &names);
    }
    for parameter in parameters {
        if let Some(query) = parameter["query"].as_str() {
            book.query(query, &names);
        }
    }
    book.findings
}

struct Book<'a> {
    path: &'a Path,
    text: &'a str,
    findings: Vec<Finding>,
    names: BTreeSet<String>,
}

impl Book<'_> {
    fn add(&mut self, line: usize, message: String, remedy: impl Into<String>) {
        self.findings.push(Finding::new(self.path, line, "workbook", message, remedy));
    }

    fn item(&mut self, item: &Value, parameters: &BTreeSet<&str>) {
        let name = item["name"].as_str().unwrap_or_default();
        let line = line_of(self.text, &format!("\"name\": \"{name}\""));
        if name.is_empty() || !self.names.insert(name.to_owned()) {
            self.add(line, format!("An item is called {name:?}"), "Give each item a name of its own");
        }
        let Some(kind) = item["type"].as_i64().filter(|kind| ITEM_TYPES.contains(kind)) else {
            let remedy = "Use 1 text, 3 query, 9 parameters, 10 metrics, 11 links or 12 group";
            return self.add(line, format!("{name:?} has the type {}", item["type"]), remedy);
        };
        if !item["content"].is_object() {
            return self.add(line, format!("{name:?} has no content"), "Give it one");
        }
        if kind != QUERY {
            return;
        }
        match item["content"]["query"].as_str() {
            Some(query) => self.query(query, parameters),
            None => self.add(line, format!("{name:?} has no query"), "Give it one"),
        }
    }

    fn query(&mut self, query: &str, parameters: &BTreeSet<&str>) {
        let quoted = Value::from(query).to_string();
        let line = line_of(self.text, &quoted);
        let mut plain = query.to_owned();
        while let Some((from, to)) = hole(&plain) {
            let name: String = plain[from + 1..to].to_owned();
            let base = name.split(':').next().unwrap_or_default();
            if !parameters.contains(base) {
                let message = format!("A query asks for the parameter {base:?}, which the workbook has not");
                self.add(line, message, "Add it to the parameters, or correct the name");
            }
            plain.replace_range(from..=to, "0");
        }
        for (_, message, remedy) in kql::problems(&plain) {
            self.findings.push(Finding::new(self.path, line, "telemetry-query", message, remedy));
        }
    }
}

/// Where the first `{…}` begins and ends.
fn hole(query: &str) -> Option<(usize, usize)> {
    let from = query.find('{')?;
    Some((from, from + query[from..].find('}')?))
}
