//! What a file's checks look at: the file with its surroundings, and its expressions with the variables that are known there.

use super::known::{Known, known};
use crate::infra::bicep::{Expression, File, Kind};
use crate::infra::folder::Folder;
use crate::infra::types::Types;

/// What a name means at some place of a file.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) folder: &'a Folder,
    pub(super) file: &'a File,
    pub(super) types: Option<&'a Types>,
    locals: Vec<(&'a str, Known<'a>)>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(folder: &'a Folder, file: &'a File, types: Option<&'a Types>) -> Self {
        Self { folder, file, types, locals: Vec::new() }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Known<'a>> {
        self.locals.iter().rev().find(|(known, _)| *known == name).map(|(_, known)| known)
    }

    /// The scope inside a loop or lambda; the same one anywhere else.
    pub(super) fn inside(&self, expression: &'a Expression) -> Self {
        let mut scope = self.clone();
        match &expression.kind {
            Kind::For(each) => {
                let item = known(&each.over, self).item();
                let kinds = [item, Known::Number];
                scope.locals.extend(each.variables.iter().map(String::as_str).zip(kinds));
            }
            Kind::Lambda(parameters, _) => {
                scope.locals.extend(parameters.iter().map(|name| (name.as_str(), Known::Nothing)));
            }
            _ => {}
        }
        scope
    }
}

/// Visits an expression and all below it, each with its scope.
pub(super) fn walk<'a>(
    expression: &'a Expression,
    scope: &Scope<'a>,
    visit: &mut impl FnMut(&'a Expression, &Scope<'a>),
) {
    visit(expression, scope);
    let inside = scope.inside(expression);
    for child in expression.children() {
        walk(child, &inside, visit);
    }
}
