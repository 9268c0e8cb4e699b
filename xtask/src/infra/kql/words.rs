//! The words of a query: what Kusto has, as far as it is used here, and what the query names itself.

use super::tokens::Token;
use super::{BRINGING_IN, Judge, OF_COMPONENT, OF_OTHERS};

const OPERATORS: [&str; 14] = [
    "count",
    "distinct",
    "extend",
    "join",
    "limit",
    "order",
    "parse",
    "project",
    "render",
    "sort",
    "summarize",
    "take",
    "union",
    "where",
];
const FUNCTIONS: [&str; 31] = [
    "abs",
    "ago",
    "arg_max",
    "arg_min",
    "avg",
    "bin",
    "case",
    "coalesce",
    "count",
    "countif",
    "datetime",
    "dcount",
    "dynamic",
    "iff",
    "isempty",
    "isnotempty",
    "isnotnull",
    "isnull",
    "max",
    "min",
    "now",
    "percentile",
    "round",
    "strcat",
    "sum",
    "sumif",
    "todouble",
    "toint",
    "tolong",
    "tostring",
    "todatetime",
];
const KEYWORDS: [&str; 19] = [
    "and",
    "asc",
    "between",
    "by",
    "contains",
    "desc",
    "endswith",
    "false",
    "has",
    "in",
    "kind",
    "let",
    "not",
    "nulls",
    "on",
    "or",
    "startswith",
    "to",
    "true",
];
/// Of the tables that are read here.
const COLUMNS: [&str; 16] = [
    "AppRoleInstance",
    "AppRoleName",
    "AppVersion",
    "DurationMs",
    "ItemCount",
    "Max",
    "Message",
    "Min",
    "Name",
    "OperationId",
    "OperationName",
    "Properties",
    "SeverityLevel",
    "Success",
    "Sum",
    "TimeGenerated",
];

pub(super) fn is_function(word: &str) -> bool {
    FUNCTIONS.contains(&word)
}

impl Judge<'_> {
    /// Every word is an operator, a function, a column, or named in the query itself.
    pub(super) fn words(&mut self) {
        let is =
            |at: usize, sign: char| matches!(self.tokens.get(at), Some((_, Token::Sign(it))) if *it == sign);
        let own = self.own_words();
        let mut problems = Vec::new();
        for (at, (line, token)) in self.tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            let word = word.as_str();
            let (is_known, what) = if at.checked_sub(1).is_some_and(|before| is(before, '|')) {
                (OPERATORS.contains(&word), "operator")
            } else if is(at + 1, '(') && !KEYWORDS.contains(&word) && !BRINGING_IN.contains(&word) {
                (is_function(word), "function")
            } else {
                (own.contains(&word) || self.is_column(word), "column")
            };
            if !is_known {
                let remedy =
                    format!("Correct it; the {what}s that are known stand in xtask/src/infra/kql/words.rs");
                problems.push((*line, format!("No {what} `{word}` is known"), remedy));
            }
        }
        self.problems.extend(problems);
    }

    /// What the query gives a name: `word = …`.
    fn own_words(&self) -> Vec<&str> {
        let named = (0..self.tokens.len()).filter(|at| self.is_naming(*at));
        named.filter_map(|at| self.word(at)).collect()
    }

    fn is_column(&self, word: &str) -> bool {
        [&COLUMNS[..], &KEYWORDS, &BRINGING_IN, &OF_OTHERS, &OF_COMPONENT, &["customDimensions"]]
            .iter()
            .any(|list| list.contains(&word))
            || word.starts_with(|first: char| first.is_ascii_digit())
            || self.tables.iter().any(|table| table.name == word)
    }
}
