//! Every name is declared, once, and used.

use std::collections::{BTreeMap, BTreeSet};

use crate::infra::bicep::functions::{is_decorator, is_function};
use crate::infra::bicep::{Expression, File, Kind, TypeOf};
use crate::infra::finding::Finding;

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut names = Names { file, findings: Vec::new(), used: BTreeSet::new() };
    names.duplicates();
    for expression in file.expressions() {
        names.visit(expression, &mut Vec::new());
    }
    let kinds = file.parameters.iter().map(|parameter| &parameter.kind);
    let kinds =
        kinds.chain(file.types.iter().map(|it| &it.kind)).chain(file.outputs.iter().map(|it| &it.kind));
    kinds.for_each(|kind| names.visit_type(kind));
    names.decorators();
    names.unused();
    names.findings
}

struct Names<'a> {
    file: &'a File,
    findings: Vec<Finding>,
    used: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn add(&mut self, line: usize, rule: &'static str, message: String, remedy: &str) {
        self.findings.push(Finding::new(&self.file.path, line, rule, message, remedy));
    }

    /// Name, line, and whether it must be used.
    fn declared(&self) -> Vec<(&'a str, usize, bool)> {
        let file = self.file;
        let mut all: Vec<(&str, usize, bool)> = Vec::new();
        all.extend(file.parameters.iter().map(|it| (it.name.as_str(), it.line, true)));
        all.extend(file.variables.iter().map(|it| (it.name.as_str(), it.line, true)));
        all.extend(file.types.iter().map(|it| (it.name.as_str(), it.line, true)));
        all.extend(file.functions.iter().map(|it| (it.name.as_str(), it.line, true)));
        all.extend(file.resources.iter().map(|it| (it.name.as_str(), it.line, it.is_existing)));
        all.extend(file.modules.iter().map(|it| (it.name.as_str(), it.line, false)));
        all
    }

    fn duplicates(&mut self) {
        let mut seen = BTreeMap::new();
        let outputs = self.file.outputs.iter().map(|it| ("output", it.name.as_str(), it.line));
        let declared = self.declared().into_iter().map(|(name, line, _)| ("", name, line));
        for (space, name, line) in declared.chain(outputs).collect::<Vec<_>>() {
            if let Some(first) = seen.insert((space, name), line) {
                let message = format!("`{name}` is declared in line {first} already");
                self.add(line, "duplicate-symbol", message, "Give one of them another name");
            }
        }
    }

    fn visit(&mut self, expression: &'a Expression, locals: &mut Vec<&'a str>) {
        let depth = locals.len();
        match &expression.kind {
            Kind::Name(name) => self.visit_name(expression.line, name, locals),
            Kind::Call(_, arguments) if expression.call().is_some() => {
                let name = expression.call().map_or("", |(name, _)| name);
                self.visit_function(expression.line, name);
                arguments.iter().for_each(|argument| self.visit(argument, locals));
            }
            Kind::For(each) => {
                self.visit(&each.over, locals);
                locals.extend(each.variables.iter().map(String::as_str));
                self.visit(&each.body, locals);
            }
            Kind::Lambda(parameters, body) => {
                locals.extend(parameters.iter().map(String::as_str));
                self.visit(body, locals);
            }
            _ => expression.children().into_iter().for_each(|child| self.visit(child, locals)),
        }
        locals.truncate(depth);
    }

    fn visit_name(&mut self, line: usize, name: &'a str, locals: &[&str]) {
        if locals.contains(&name) {
            return;
        }
        let of_function =
            self.file.functions.iter().any(|it| it.parameters.iter().any(|known| known == name));
        if self.declared().iter().any(|(known, ..)| *known == name) {
            self.used.insert(name);
        } else if !of_function {
            let remedy = "Declare it as a param, var, resource or module, or correct the name";
            self.add(line, "unknown-symbol", format!("Nothing is called `{name}`"), remedy);
        }
    }

    fn visit_function(&mut self, line: usize, name: &'a str) {
        if self.file.functions.iter().any(|function| function.name == name) {
            self.used.insert(name);
        } else if !is_function(name) {
            let message = format!("Bicep has no function `{name}`");
            self.add(line, "unknown-function", message, "Correct the name, or declare it with func");
        }
    }

    fn visit_type(&mut self, kind: &'a TypeOf) {
        match kind {
            TypeOf::Named(line, name) => {
                if self.file.types.iter().any(|declared| declared.name == *name) {
                    self.used.insert(name);
                } else {
                    let message = format!("No type is called `{name}`");
                    self.add(*line, "unknown-symbol", message, "Declare it with type, or correct the name");
                }
            }
            TypeOf::Array(inner) | TypeOf::Optional(inner) => self.visit_type(inner),
            TypeOf::Members(members) => members.iter().for_each(|(_, kind)| self.visit_type(kind)),
            _ => {}
        }
    }

    fn decorators(&mut self) {
        let of_parameters = self.file.parameters.iter().flat_map(|it| &it.decorators);
        for decorator in of_parameters.chain(self.file.outputs.iter().flat_map(|it| &it.decorators)) {
            if !is_decorator(&decorator.name) {
                let message = format!("Bicep has no decorator `{}`", decorator.name);
                self.add(decorator.line, "unknown-decorator", message, "Correct its name");
            }
        }
    }

    fn unused(&mut self) {
        for (name, line, _) in self.declared().into_iter().filter(|(_, _, counts)| *counts) {
            if !self.used.contains(name) {
                let message = format!("`{name}` is declared and never used");
                self.add(line, "unused-symbol", message, "Use it, or remove it");
            }
        }
    }
}
