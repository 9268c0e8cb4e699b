//! What queries compare with a text: a field that has only so many values must have that one. A field is known where it stands,
//! `Properties['…']`, and by the names that the query gives it.

use super::super::emitted::values;
use super::Judge;
use super::tokens::Token;
use super::words::is_function;

/// A text that something is compared with.
pub(super) struct Compared<'t> {
    pub(super) line: usize,
    pub(super) text: &'t str,
    /// Whether upper and lower case are one to the operator.
    ignores_case: bool,
}

/// A field in the query: the places of its first and last token.
struct Operand<'t> {
    field: &'t str,
    first: usize,
    last: usize,
}

impl<'t> Judge<'t> {
    /// Every text that a field with fixed values is compared with is one of them.
    pub(super) fn values(&mut self) {
        let known = values();
        let mut problems = Vec::new();
        for operand in self.operands() {
            let Some((field, values)) = known.iter().find(|(field, _)| *field == operand.field) else {
                continue;
            };
            for Compared { line, text, ignores_case } in self.compared_with(operand.first, operand.last) {
                let is_value = |value: &String| match ignores_case {
                    true => value.eq_ignore_ascii_case(text),
                    false => value == text,
                };
                if !values.iter().any(is_value) {
                    let message = format!("The field {field:?} is never {text:?}");
                    problems.push((line, message, format!("It is one of {}", values.join(", "))));
                }
            }
        }
        self.problems.extend(problems);
    }

    /// The texts that what stands from `first` to `last` is compared with, on either side of the operator.
    pub(super) fn compared_with(&self, first: usize, last: usize) -> Vec<Compared<'t>> {
        let mut found = Vec::new();
        let mut add = |at: Option<usize>, ignores_case| match at.and_then(|at| self.tokens.get(at)) {
            Some((line, Token::Text(text))) => {
                found.push(Compared { line: *line, text, ignores_case });
                true
            }
            _ => false,
        };
        if let Some(second) = first.checked_sub(1) {
            let operator = [second.checked_sub(1).and_then(|at| self.sign(at)), self.sign(second)];
            if let Some(ignores_case) = equality(operator) {
                add(second.checked_sub(2), ignores_case);
            }
        }
        let mut at = last + 1;
        if let Some(ignores_case) = equality([self.sign(at), self.sign(at + 1)]) {
            add(Some(at + 2), ignores_case);
            return found;
        }
        at += usize::from(self.sign(at) == Some('!'));
        match self.word(at) {
            Some("has") => _ = add(Some(at + 1), true),
            Some("in") => {
                let ignores_case = self.sign(at + 1) == Some('~');
                let mut next = at + 2 + usize::from(ignores_case);
                while add(Some(next), ignores_case) {
                    // past the comma
                    next += 2;
                }
            }
            _ => {}
        }
        found
    }

    /// Where the fields stand, in whatever `tostring` or brackets, and where their names do.
    fn operands(&self) -> Vec<Operand<'t>> {
        let places = (0..self.tokens.len()).filter_map(|first| self.field_at(first));
        let mut operands: Vec<_> = places.map(|operand| self.with_brackets(operand)).collect();
        // A name may be given to what has one already, so there may be more to find each time.
        loop {
            let aliases = self.aliases(&operands);
            let is_known =
                |at: usize| operands.iter().any(|operand| operand.first <= at && at <= operand.last);
            let names = (0..self.tokens.len()).filter(|at| !is_known(*at) && !self.is_naming(*at));
            let more: Vec<_> = names
                .filter_map(|at| {
                    let (_, field) = aliases.iter().find(|(name, _)| Some(*name) == self.word(at))?;
                    Some(self.with_brackets(Operand { field, first: at, last: at }))
                })
                .collect();
            if more.is_empty() {
                return operands;
            }
            operands.extend(more);
        }
    }

    /// `Properties['…']`
    fn field_at(&self, first: usize) -> Option<Operand<'t>> {
        let (_, Token::Text(field)) = self.tokens.get(first + 2)? else { return None };
        let is_field = self.word(first) == Some("Properties") && self.sign(first + 1) == Some('[');
        is_field.then_some(Operand { field, first, last: first + 3 })
    }

    /// With what does not change it around it. Any other function makes something else of it.
    fn with_brackets(&self, mut operand: Operand<'t>) -> Operand<'t> {
        while let Some(before) = operand.first.checked_sub(1)
            && (self.sign(before), self.sign(operand.last + 1)) == (Some('('), Some(')'))
        {
            let function = before.checked_sub(1).filter(|at| self.word(*at).is_some_and(is_function));
            if function.is_some_and(|at| self.word(at) != Some("tostring")) {
                break;
            }
            operand.first = function.unwrap_or(before);
            operand.last += 1;
        }
        operand
    }

    /// The names that stand for one field and nothing else, wherever they are given.
    fn aliases(&self, operands: &[Operand<'t>]) -> Vec<(&'t str, &'t str)> {
        let given = (0..self.tokens.len()).filter(|at| self.is_naming(*at)).filter_map(|at| {
            let operand = operands.iter().find(|operand| operand.first == at + 2);
            let field = operand.filter(|operand| self.is_end(operand.last + 1)).map(|operand| operand.field);
            Some((self.word(at)?, field))
        });
        let given: Vec<_> = given.collect();
        let is_one = |name: &str, field: &str| {
            given.iter().filter(|(other, _)| *other == name).all(|(_, other)| *other == Some(field))
        };
        given
            .iter()
            .filter_map(|(name, field)| Some((*name, (*field)?)))
            .filter(|(name, field)| is_one(name, field))
            .collect()
    }

    /// Whether the word here is given a meaning: `word = …`.
    pub(super) fn is_naming(&self, at: usize) -> bool {
        self.word(at).is_some()
            && self.sign(at + 1) == Some('=')
            && !matches!(self.sign(at + 2), Some('=' | '~'))
    }

    /// Whether an expression is over before this token.
    fn is_end(&self, at: usize) -> bool {
        at >= self.tokens.len()
            || matches!(self.sign(at), Some(',' | '|' | ';' | ')'))
            || self.word(at) == Some("by")
    }

    pub(super) fn word(&self, at: usize) -> Option<&'t str> {
        match self.tokens.get(at)? {
            (_, Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn sign(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)? {
            (_, Token::Sign(sign)) => Some(*sign),
            _ => None,
        }
    }
}

/// Whether these two signs compare two sides as a whole, and then whether they ignore the case.
fn equality(signs: [Option<char>; 2]) -> Option<bool> {
    match signs {
        [Some('=' | '!'), Some('=')] => Some(false),
        [Some('=' | '!'), Some('~')] => Some(true),
        _ => None,
    }
}
