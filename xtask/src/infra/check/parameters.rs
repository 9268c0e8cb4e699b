//! Parameters: each is described, its default is of its type and among its values, and a secret has none.

use super::known::{known, word_of};
use super::walk::Scope;
use crate::infra::bicep::declaration::Parameter;
use crate::infra::bicep::{Expression, Kind};
use crate::infra::finding::Finding;

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |line, rule, message: String, remedy: &str| {
        findings.push(Finding::new(&scope.file.path, line, rule, message, remedy));
    };
    for output in &scope.file.outputs {
        if !output.decorators.iter().any(|it| it.name == "description") {
            let message = format!("The output `{}` is not described", output.name);
            add(output.line, "description", message, "Say in @description what it is for");
        }
    }
    for parameter in &scope.file.parameters {
        let name = &parameter.name;
        let described = parameter.decorator("description").and_then(|it| it.arguments.first()?.text());
        if described.is_none_or(|text| text.trim().is_empty()) {
            let message = format!("The parameter `{name}` is not described");
            add(
                parameter.line,
                "description",
                message,
                "Say in @description what it is and what happens without it",
            );
        }
        let Some(default) = &parameter.default else { continue };
        if parameter.decorator("secure").is_some() && default.text() != Some("") {
            let message = format!("The secret `{name}` has a default");
            add(
                parameter.line,
                "secure-default",
                message,
                "Take the default away: it would stand in every copy of this file",
            );
        }
        let (wanted, found) = (word_of(&parameter.kind, scope.file), known(default, scope).word());
        if let (Some(wanted), Some(found)) = (wanted, found)
            && wanted != found
        {
            let message = format!("The default of `{name}` is {found}, the parameter {wanted}");
            add(parameter.line, "parameter-default", message, "Make them agree");
        }
        for problem in limits(parameter, default) {
            let message = format!("The default of `{name}` {problem}");
            add(parameter.line, "parameter-default", message, "Choose a default that the parameter allows");
        }
    }
    findings
}

/// What the decorators say against a value.
pub(super) fn limits(parameter: &Parameter, value: &Expression) -> Vec<String> {
    let mut problems = Vec::new();
    let bound = |name: &str| match parameter.decorator(name)?.arguments.first()?.kind {
        Kind::Number(bound) => Some(bound),
        _ => None,
    };
    let size = match &value.kind {
        Kind::Array(items) => Some(items.len()),
        _ => value.text().map(|text| text.chars().count()),
    };
    let size = size.and_then(|size| i64::try_from(size).ok());
    let number = match value.kind {
        Kind::Number(number) => Some(number),
        _ => None,
    };
    for (found, least, most) in [(size, "minLength", "maxLength"), (number, "minValue", "maxValue")] {
        let Some(found) = found else { continue };
        if bound(least).is_some_and(|least| found < least) {
            problems.push(format!("is below @{least}"));
        }
        if bound(most).is_some_and(|most| found > most) {
            problems.push(format!("is above @{most}"));
        }
    }
    if let Some(allowed) = allowed(parameter)
        && let Some(found) = literal(value)
        && !allowed.contains(&found)
    {
        problems.push(format!("is {found}, and allowed are {}", allowed.join(", ")));
    }
    problems
}

/// The literal values that `@allowed` names.
pub(super) fn allowed(parameter: &Parameter) -> Option<Vec<String>> {
    let list = parameter.decorator("allowed")?.arguments.first()?;
    let Kind::Array(items) = &list.kind else { return None };
    Some(items.iter().filter_map(literal).collect())
}

fn literal(value: &Expression) -> Option<String> {
    match value.kind {
        Kind::Number(number) => Some(number.to_string()),
        Kind::Bool(value) => Some(value.to_string()),
        _ => value.text().map(str::to_owned),
    }
}
