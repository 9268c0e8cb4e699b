//! Parameter files give what the template beside or above them asks for, and pairs that the app accepts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use azure_files_backup::config::Settings;
use serde_json::Value;

use super::json::line_of;
use super::known::{resolved, word_of};
use super::parameters::limits;
use crate::infra::bicep::{Expression, File, Kind, Piece, TypeOf};
use crate::infra::finding::Finding;
use crate::infra::folder::{Folder, template_paths};

pub(super) fn check(folder: &Folder, path: &Path, text: &str, value: &Value) -> Vec<Finding> {
    let template = template_paths(path).find_map(|path| folder.file(&path));
    let mut given = Given { path, text, findings: Vec::new() };
    let Some(template) = template else {
        given.add("", "There is no main.bicep beside or above it".to_owned(), "Put it beside its template");
        return given.findings;
    };
    let values: BTreeMap<&str, &Value> = value["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, it)| (name.as_str(), &it["value"]))
        .collect();
    for parameter in template.parameters.iter().filter(|parameter| !parameter.may_be_left_out()) {
        if !values.contains_key(parameter.name.as_str()) {
            given.add("parameters", format!("`{}` is not given", parameter.name), "Give it");
        }
    }
    for (name, value) in &values {
        match template.parameter(name) {
            Some(parameter) => {
                given.value(name, value, &parameter.kind, template);
                for problem in limits(parameter, &literal(value)) {
                    given.add(name, format!("`{name}` {problem}"), "Give a value that it allows");
                }
            }
            None => given.add(name, format!("The template has no parameter `{name}`"), "Correct the name"),
        }
    }
    given.pairs(&values);
    given.findings
}

struct Given<'a> {
    path: &'a Path,
    text: &'a str,
    findings: Vec<Finding>,
}

impl Given<'_> {
    fn add(&mut self, name: &str, message: String, remedy: impl Into<String>) {
        let line = line_of(self.text, &format!("\"{name}\""));
        self.findings.push(Finding::new(self.path, line, "parameter-file", message, remedy));
    }

    fn value(&mut self, name: &str, value: &Value, kind: &TypeOf, file: &File) {
        let found = match value {
            Value::Null => None,
            Value::Bool(_) => Some("bool"),
            Value::Number(_) => Some("int"),
            Value::String(_) => Some("string"),
            Value::Array(_) => Some("array"),
            Value::Object(_) => Some("object"),
        };
        let wanted = word_of(kind, file);
        if wanted.is_some() && found != wanted {
            let message =
                format!("`{name}` is {}, and must be {}", found.unwrap_or("null"), wanted.unwrap_or("any"));
            return self.add(name, message, "Give a value of that type");
        }
        match (resolved(kind, file), value) {
            (TypeOf::Array(item), Value::Array(values)) => {
                values.iter().for_each(|value| self.value(name, value, item, file));
            }
            (TypeOf::Members(members), Value::Object(values)) => {
                for (member, kind) in members {
                    match values.get(member) {
                        Some(value) => self.value(member, value, kind, file),
                        None if matches!(kind, TypeOf::Optional(_)) => {}
                        None => self.add(name, format!("`{name}` has no `{member}`"), "Give it"),
                    }
                }
                for extra in values.keys().filter(|it| !members.iter().any(|(known, _)| known == *it)) {
                    self.add(extra, format!("`{name}` knows no `{extra}`"), "Correct the name");
                }
            }
            _ => {}
        }
    }

    /// Pairs as the app would read them, and whether each of their accounts is granted its rights.
    fn pairs(&mut self, values: &BTreeMap<&str, &Value>) {
        let Some(pairs) = values.get("pairs") else { return };
        let text = |name: &str, default: &str| {
            let value = values.get(name).and_then(|value| value.as_str());
            value.unwrap_or(default).to_owned()
        };
        let settings = [
            ("BACKUP_PAIRS", pairs.to_string()),
            ("BACKUP_SCHEDULE", text("backupSchedule", "0 0 3 * * *")),
            ("RESUME_SCHEDULE", text("resumeSchedule", "0 */5 * * * *")),
            ("DRILL_SCHEDULE", text("drillSchedule", "0 0 12 * * 0")),
            ("BACKUP_STATE", "https://state.table.core.windows.net/".to_owned()),
            ("BACKUP_LEASE_SECONDS", text("leaseSeconds", "")),
            ("BACKUP_BUDGET_SECONDS", text("budgetSeconds", "")),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        for mistake in Settings::from_env(&settings).err().into_iter().flatten() {
            self.add(
                "pairs",
                format!("The app would refuse it: {mistake}"),
                "Correct the pair or the schedule",
            );
        }
        for (side, list) in [("source", "sources"), ("target", "targets")] {
            let Some(granted) = values.get(list) else { continue };
            let granted: BTreeSet<_> = named(granted, "").collect();
            let missing: Vec<_> = named(pairs, side).filter(|account| !granted.contains(account)).collect();
            for account in missing {
                let message = format!("{account} is the {side} of a pair, and not among the {list}");
                self.add("pairs", message, format!("Add it to {list}: else the app has no rights there"));
            }
        }
    }
}

/// The accounts of a list, each in the member `side` where there is one.
fn named<'v>(list: &'v Value, side: &'v str) -> impl Iterator<Item = &'v str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(move |item| if side.is_empty() { item } else { &item[side] }["account"].as_str())
}

fn literal(value: &Value) -> Expression {
    let kind = match value {
        Value::Null | Value::Object(_) => Kind::Null,
        Value::Bool(value) => Kind::Bool(*value),
        Value::Number(number) => number.as_i64().map_or(Kind::Broken, Kind::Number),
        Value::String(text) => Kind::Text(vec![Piece::Plain(text.clone())]),
        Value::Array(items) => Kind::Array(items.iter().map(literal).collect()),
    };
    Expression { line: 1, kind }
}
