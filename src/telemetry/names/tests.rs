//! The document says what the code says.

use std::fmt::Write;

use super::*;

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/telemetry.md"));

fn check(table: &str) {
    assert!(DOCUMENT.contains(table), "docs/telemetry.md needs this table as it is:\n\n{table}");
}

fn fields(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_document_tells_every_event() {
    let mut table = String::from("| event | when | fields |\n|---|---|---|\n");
    for Event { name, when, fields: names } in EVENTS {
        writeln!(table, "| `{name}` | {when} | {} |", fields(names)).expect("a text");
    }
    check(&table);
}

#[test]
fn the_document_tells_every_metric() {
    let mut table = String::from("| metric | kind | unit | is | fields |\n|---|---|---|---|---|\n");
    for Metric { name, kind, unit, means, fields: names } in METRICS {
        let kind = format!("{kind:?}").to_lowercase();
        writeln!(table, "| `{name}` | {kind} | {unit} | {means} | {} |", fields(names)).expect("a text");
    }
    check(&table);
}

#[test]
fn the_document_tells_every_span() {
    let mut table = String::from("| span | is | fields |\n|---|---|---|\n");
    for Span { name, means, fields: names } in SPANS {
        writeln!(table, "| {name} | {means} | {} |", fields(names)).expect("a text");
    }
    check(&table);
}

#[test]
fn the_document_tells_every_field() {
    for known in [FIELDS, LOG_FIELDS] {
        let mut table = String::from("| field | is |\n|---|---|\n");
        for (name, means) in known {
            writeln!(table, "| `{name}` | {means} |").expect("a text");
        }
        check(&table);
    }
}

#[test]
fn what_is_sent_has_listed_fields_and_no_name_twice() {
    let known: Vec<&str> = FIELDS.iter().chain(LOG_FIELDS).map(|(name, _)| *name).collect();
    let used = EVENTS.iter().map(|event| event.fields).chain(METRICS.iter().map(|metric| metric.fields));
    for name in used.chain(SPANS.iter().map(|span| span.fields)).flatten() {
        assert!(known.contains(name), "{name}");
    }
    let mut names: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
    names.extend(METRICS.iter().map(|metric| metric.name));
    for all in [known, names] {
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len(), "{all:?}");
    }
}
