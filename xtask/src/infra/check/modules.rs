//! What a module is given is what it asks for.

use super::known::{known, resolved, word_of};
use super::parameters::limits;
use super::walk::Scope;
use crate::infra::bicep::declaration::Parameter;
use crate::infra::bicep::{Expression, File, Property, Resource, TypeOf};
use crate::infra::finding::Finding;
use crate::infra::folder::module_path;

pub(super) fn check<'a>(scope: &Scope<'a>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in &scope.file.modules {
        let Some(file) = scope.folder.file(&module_path(scope.file, &module.kind)) else {
            let message = format!("There is no module {:?}", module.kind);
            let remedy = "Correct the path; registry modules are not used here";
            findings.push(Finding::new(&scope.file.path, module.line, "module-missing", message, remedy));
            continue;
        };
        Call { scope, module, file, findings: &mut findings }.check();
    }
    findings
}

struct Call<'s, 'a> {
    scope: &'s Scope<'a>,
    module: &'a Resource,
    file: &'a File,
    findings: &'s mut Vec<Finding>,
}

impl<'a> Call<'_, 'a> {
    fn add(&mut self, line: usize, message: String, remedy: &str) {
        self.findings.push(Finding::new(&self.scope.file.path, line, "module-parameter", message, remedy));
    }

    fn check(mut self) {
        let given = self.module.body.at(&["params"]).and_then(Expression::properties).unwrap_or_default();
        for parameter in self.file.parameters.iter().filter(|parameter| !parameter.may_be_left_out()) {
            if !given.iter().any(|property| property.name.as_ref() == Some(&parameter.name)) {
                let message = format!("{} is not given `{}`", self.module.kind, parameter.name);
                self.add(self.module.line, message, "Give it, or give the parameter a default");
            }
        }
        for property in given {
            let Some(name) = &property.name else { continue };
            match self.file.parameter(name) {
                Some(parameter) => self.value(property, parameter),
                None => {
                    let message = format!("{} has no parameter `{name}`", self.module.kind);
                    self.add(property.line, message, "Correct the name, or remove it");
                }
            }
        }
    }

    fn value(&mut self, property: &'a Property, parameter: &'a Parameter) {
        let scope = self.scope.inside(&self.module.body);
        let (wanted, found) = (word_of(&parameter.kind, self.file), known(&property.value, &scope).word());
        if let (Some(wanted), Some(found)) = (wanted, found)
            && wanted != found
        {
            let message = format!("`{}` is {wanted} there, and {found} here", parameter.name);
            self.add(property.line, message, "Make them agree");
        }
        let mut problems = limits(parameter, &property.value);
        if let TypeOf::OneOf(values) = resolved(&parameter.kind, self.file)
            && let Some(text) = property.value.text()
            && !values.iter().any(|value| value == text)
        {
            problems.push(format!("is {text:?}, and its type allows {}", values.join(", ")));
        }
        for problem in problems {
            self.add(property.line, format!("`{}` {problem}", parameter.name), "Give a value that it allows");
        }
    }
}
