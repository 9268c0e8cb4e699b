//! Queries, as far as they can be judged without the service: tables, names of rows and fields, the values that these have, quotes
//! and brackets.

mod tokens;
mod values;
mod words;

use super::emitted::{Table, tables};
use tokens::{Token, tokens};

/// Tables as they are called with the component as scope. The scope here is the workspace.
const OF_COMPONENT: [&str; 6] =
    ["customEvents", "customMetrics", "traces", "requests", "dependencies", "exceptions"];
/// The host and the platform write to them too, under names that are not ours to list.
const OF_OTHERS: [&str; 5] =
    ["AppDependencies", "AppRequests", "AppExceptions", "AppTraces", "StorageFileLogs"];

const BRINGING_IN: [&str; 6] = ["union", "join", "inner", "leftouter", "leftanti", "materialize"];

/// The line counted from 0, the problem and the remedy.
pub(super) type Problem = (usize, String, String);

pub(super) fn problems(query: &str) -> Vec<Problem> {
    let tokens = match tokens(query) {
        Ok(tokens) => tokens,
        Err(problem) => return vec![problem],
    };
    let mut judge = Judge { tokens: &tokens, tables: tables(), problems: Vec::new() };
    judge.brackets();
    let named = judge.named_tables();
    judge.words();
    judge.rows(&named);
    judge.values();
    judge.problems
}

struct Judge<'t> {
    tokens: &'t [(usize, Token)],
    tables: Vec<Table>,
    problems: Vec<Problem>,
}

impl<'t> Judge<'t> {
    fn add(&mut self, line: usize, message: String, remedy: impl Into<String>) {
        self.problems.push((line, message, remedy.into()));
    }

    fn brackets(&mut self) {
        let mut open = Vec::new();
        for (line, token) in self.tokens {
            let Token::Sign(sign) = token else { continue };
            match sign {
                '(' => open.push((')', *line)),
                '[' => open.push((']', *line)),
                ')' | ']' if open.pop().map(|(closing, _)| closing) != Some(*sign) => {
                    return self.add(*line, format!("{sign:?} closes nothing"), "Balance the brackets");
                }
                _ => {}
            }
        }
        if let Some((closing, line)) = open.pop() {
            self.add(line, format!("{closing:?} is missing"), "Balance the brackets");
        }
    }

    /// The places in `tables` that the query reads.
    fn named_tables(&mut self) -> Vec<usize> {
        let mut named = Vec::new();
        let mut is_any = false;
        for (at, (line, token)) in self.tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            let is_table = OF_COMPONENT.contains(&word.as_str()) && self.is_read(at);
            if is_table || word == "customDimensions" {
                let remedy = "The scope is the workspace: AppEvents and its like, TimeGenerated, Properties";
                self.add(*line, format!("`{word}` is the component's name for it"), remedy);
                is_any = true;
            }
            is_any |= OF_OTHERS.contains(&word.as_str());
            named.extend(self.tables.iter().position(|table| table.name == word));
        }
        if named.is_empty() && !is_any {
            let names = self.tables.iter().map(|table| table.name).chain(OF_OTHERS).collect::<Vec<_>>();
            self.add(
                0,
                "The query reads no known table".to_owned(),
                format!("Read one of {}", names.join(", ")),
            );
        }
        named
    }

    /// Whether a table stands here: at the beginning, or where another one is brought in.
    fn is_read(&self, at: usize) -> bool {
        let before = |distance: usize| Some(&self.tokens[at.checked_sub(distance)?].1);
        let brings_in = |token: Option<&Token>| matches!(token, Some(Token::Word(word)) if BRINGING_IN.contains(&word.as_str()));
        match before(1) {
            None => true,
            Some(Token::Sign('(')) => brings_in(before(2)),
            Some(Token::Sign('=')) => matches!(before(3), Some(Token::Word(word)) if word == "let"),
            other => brings_in(other),
        }
    }

    fn rows(&mut self, named: &[usize]) {
        let tables: Vec<_> = named.iter().map(|at| self.tables[*at].rows.clone()).collect();
        let rows: Vec<_> = tables.into_iter().flatten().collect();
        if rows.is_empty() {
            return;
        }
        let mut chosen = Vec::new();
        for (line, name) in self.compared("Name") {
            match rows.iter().find(|(known, _)| *known == name) {
                Some(row) => chosen.push(row.clone()),
                None => self.add(
                    line,
                    format!("Nothing emits {name:?}"),
                    "docs/telemetry.md lists what is emitted",
                ),
            }
        }
        let of = if chosen.is_empty() { &rows } else { &chosen };
        let fields: Vec<_> = of.iter().flat_map(|(_, fields)| fields.clone()).collect();
        for (line, field) in self.fields() {
            if !fields.contains(&field.as_str()) {
                let message = format!("No row that the query asks for has the field {field:?}");
                self.add(line, message, "docs/telemetry.md lists the fields of each row");
            }
        }
    }

    /// The texts that a column is compared with: `Name == 'a'`, `Name in ('a', 'b')`.
    fn compared(&self, column: &str) -> Vec<(usize, &'t str)> {
        let columns = (0..self.tokens.len()).filter(|at| self.word(*at) == Some(column));
        let compared = columns.flat_map(|at| self.compared_with(at, at));
        compared.map(|compared| (compared.line, compared.text)).collect()
    }

    /// `Properties['…']`.
    fn fields(&self) -> Vec<(usize, String)> {
        let windows = self.tokens.windows(3);
        let field = |window: &[(usize, Token)]| match window {
            [(_, Token::Word(word)), (_, Token::Sign('[')), (line, Token::Text(text))] => {
                (word == "Properties").then(|| (*line, text.clone()))
            }
            _ => None,
        };
        windows.filter_map(field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let found: Vec<_> = problems(query).into_iter().map(|(_, message, _)| message).collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn what_is_emitted_may_be_asked_for() {
        check("AppEvents | where Name == 'cycle.finished' | extend a = Properties['cycle.status']", &[]);
        check("AppEvents\n| where Name in ('cycle.held', \"pair.heartbeat\")\n// Properties['x']", &[]);
        check("AppTraces | where SeverityLevel > 2 | project Properties['anything']", &[]);
    }

    #[test]
    fn what_is_not_emitted_is_told() {
        check("AppEvents | where Name == 'cycle.ended'", &["Nothing emits \"cycle.ended\""]);
        check(
            "AppEvents | where Name == 'cycle.held' | project Properties['rpo.seconds']",
            &["No row that the query asks for has the field \"rpo.seconds\""],
        );
        check("Perf | count", &["The query reads no known table", "No column `Perf` is known"]);
        check(
            "AppTraces | were Massage has 'x'",
            &["No operator `were` is known", "No column `Massage` is known"],
        );
        check("AppTraces | project sums = totext(Name)", &["No function `totext` is known"]);
        check("AppMetrics | summarize requests = sum(Sum) | where requests > 1", &[]);
        check(
            "AppEvents | join kind=inner (requests) on Name",
            &["`requests` is the component's name for it"],
        );
        check("customEvents | count", &["`customEvents` is the component's name for it"]);
    }

    #[test]
    fn a_value_that_a_field_never_has_is_told_wherever_it_is_compared() {
        let never = |values: &[&str]| -> Vec<String> {
            values.iter().map(|value| format!("The field \"cycle.status\" is never {value:?}")).collect()
        };
        let status = "tostring(Properties['cycle.status'])";
        for (condition, values) in [
            (format!("{status} == 'Ended'"), never(&["Ended"])),
            (format!("'Ended' != {status} and 1 > 0"), never(&["Ended"])),
            (format!("(({status})) !in ('Failed', 'failed')"), never(&["failed"])),
            (format!("{status} in~ ('failed', 'over')"), never(&["over"])),
            ("Properties['cycle.status'] =~ 'ENDED'".to_owned(), never(&["ENDED"])),
            ("Properties['cycle.status'] !~ 'FAILED'".to_owned(), Vec::new()),
            (format!("{status} has 'Fail'"), never(&["Fail"])),
            (format!("{status} !has 'failed'"), Vec::new()),
            ("Properties['error.code'] == 'Anything'".to_owned(), Vec::new()),
        ] {
            let expected: Vec<&str> = values.iter().map(String::as_str).collect();
            check(&format!("AppEvents | where {condition}"), &expected);
        }
    }

    #[test]
    fn a_field_is_known_by_the_names_that_a_query_gives_it() {
        let told = "The field \"cycle.status\" is never \"Ended\"";
        let status = "tostring(Properties['cycle.status'])";
        let check_after = |named: &str, condition: &str, expected: &[&str]| {
            check(&format!("AppEvents | {named} | {condition}"), expected);
        };
        let named = format!("extend pair = 1, status = {status}");
        check_after(&named, "where status == 'Ended' or status == 'Failed'", &[told]);
        check_after(&named, "summarize countif(status in ('Failed', 'Ended'))", &[told]);
        check_after(&named, "extend last = status | where 'Ended' == last", &[told]);
        check_after(&format!("summarize count() by status = {status}"), "where (status) == 'Ended'", &[told]);
        // It is not the field, or not only.
        check_after(&format!("extend failed = {status} == 'Failed'"), "where failed == 'Ended'", &[]);
        check_after(&named, "where strcat(status, '.') == 'Ended.'", &[]);
        check_after(&named, "extend status = strcat(status, '.') | where status == 'Ended.'", &[]);
    }

    #[test]
    fn quotes_and_brackets_must_be_closed() {
        check("AppEvents | where Name == 'cycle.held", &["A string is not closed"]);
        check("AppEvents | extend a = tostring(Name", &["')' is missing"]);
        check("AppEvents | extend a = Name)", &["')' closes nothing"]);
    }
}
