//! Where resources hang: children on a parent, rights and locks on a scope. Without these a right would hold for the whole group.

use crate::infra::bicep::functions::is_loading;
use crate::infra::bicep::{Expression, File, Kind, Piece, Resource};
use crate::infra::finding::Finding;
use crate::infra::folder::module_path;

/// Types that belong to another resource and say so by `scope`.
const EXTENSIONS: [&str; 3] = [
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/locks",
    "Microsoft.Insights/diagnosticSettings",
];
const OF_MODULES: [&str; 5] = ["name", "scope", "params", "dependsOn", "identity"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for resource in &file.resources {
        findings.extend(place(file, resource));
    }
    for module in &file.modules {
        let unknown = module
            .body
            .properties()
            .unwrap_or_default()
            .iter()
            .filter(|property| property.name.as_deref().is_some_and(|name| !OF_MODULES.contains(&name)));
        findings.extend(unknown.map(|property| {
            let message = format!("A module has no `{}`", property.name.as_deref().unwrap_or_default());
            let remedy = format!("Known are {}", OF_MODULES.join(", "));
            Finding::new(&file.path, property.line, "unknown-property", message, remedy)
        }));
    }
    for expression in file.expressions() {
        expression.walk(&mut |it| findings.extend(missing_file(file, it)));
    }
    findings
}

fn place(file: &File, resource: &Resource) -> Option<Finding> {
    let has = |name: &str| resource.body.property(name).is_some();
    let kind = resource.type_name();
    let levels = kind.matches('/').count();
    let name = resource.body.at(&["name"]);
    if levels > 1 && !has("parent") && name.map_or(0, slashes) < levels - 1 {
        let message = format!("`{}` is a child and names no parent", resource.name);
        let remedy = "Set `parent` to the resource that it belongs to";
        return Some(Finding::new(&file.path, resource.line, "parent", message, remedy));
    }
    if EXTENSIONS.contains(&kind) && !has("scope") {
        let message = format!("`{}` names no scope, and so would hold for the whole group", resource.name);
        let remedy = "Set `scope` to the one resource that it is for";
        return Some(Finding::new(&file.path, resource.line, "scope", message, remedy));
    }
    None
}

/// The levels that a name spells out itself.
fn slashes(name: &Expression) -> usize {
    let Kind::Text(pieces) = &name.kind else { return 0 };
    let count = |piece: &Piece| match piece {
        Piece::Plain(text) => text.matches('/').count(),
        Piece::Hole(_) => 0,
    };
    pieces.iter().map(count).sum()
}

/// A file that is taken into the template has to be there.
fn missing_file(file: &File, it: &Expression) -> Option<Finding> {
    let (name, arguments) = it.call()?;
    let path = arguments.first()?.text()?;
    if !is_loading(name) || module_path(file, path).exists() {
        return None;
    }
    let message = format!("There is no file {path:?}");
    Some(Finding::new(&file.path, it.line, "file-missing", message, "Correct the path"))
}
