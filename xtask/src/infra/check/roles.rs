//! Rights: only roles that are known, and assignments that a second deployment finds again.

use std::collections::BTreeSet;

use crate::infra::bicep::{Expression, File, Kind};
use crate::infra::finding::Finding;

/// The roles that the app, its deployers and its watchers may need; `docs/security.md` says which gets which.
const ROLES: [(&str, &str); 8] = [
    ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner"),
    ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
    ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "Storage Table Data Contributor"),
    ("b8eda974-7b85-4f76-af95-65846b26df6d", "Storage File Data Privileged Reader"),
    ("69566ab7-960f-475b-8e7c-b3118f30c6bd", "Storage File Data Privileged Contributor"),
    ("3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher"),
    ("43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Monitoring Reader"),
    ("de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor"),
];
/// How actions on shares begin; the table leaves it out but once.
const ACTIONS: &str = "Microsoft.Storage/storageAccounts/fileServices";
const SHARE_ACTIONS: [&str; 4] = ["/shares/read", "/shares/write", "/shares/delete", "/shares/lease/action"];
const ASSIGNMENT: &str = "Microsoft.Authorization/roleAssignments";
const DEFINITION: &str = "Microsoft.Authorization/roleDefinitions";

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expression in file.expressions() {
        expression.walk(&mut |it| findings.extend(unknown_role(file, it)));
    }
    for resource in file.resources.iter().filter(|it| !it.is_existing) {
        match resource.type_name() {
            ASSIGNMENT => findings.extend(assignment(file, &resource.body)),
            DEFINITION => findings.extend(definition(file, &resource.body)),
            _ => {}
        }
    }
    findings
}

/// The roles and actions that templates grant, as `docs/security.md` has to tell them.
pub(in crate::infra) fn granted(files: &[&File]) -> BTreeSet<String> {
    let mut granted = BTreeSet::new();
    for expression in files.iter().flat_map(|file| file.expressions()) {
        expression.walk(&mut |it| {
            let Some(text) = it.text() else { return };
            granted.extend(ROLES.iter().filter(|(id, _)| *id == text).map(|(_, name)| (*name).to_owned()));
            granted.extend(text.strip_prefix(ACTIONS).map(|rest| format!("{rest}`")));
        });
    }
    granted
}

fn unknown_role(file: &File, it: &Expression) -> Option<Finding> {
    let id = it.text().filter(|text| is_guid(text))?;
    let is_known = ROLES.iter().any(|(known, _)| known.eq_ignore_ascii_case(id));
    let names: BTreeSet<_> = ROLES.iter().map(|(_, name)| *name).collect();
    let remedy = format!("Use one of {}", names.into_iter().collect::<Vec<_>>().join(", "));
    let message = format!("{id} is no role that is used here");
    (!is_known).then(|| Finding::new(&file.path, it.line, "role-id", message, remedy))
}

/// The role of an assignment that names one of Azure's by its id.
fn assigned_role(file: &File, role: &Expression) -> Option<Finding> {
    let (function, arguments) = role.call()?;
    let (kind, id) = (arguments.get(arguments.len().checked_sub(2)?)?, arguments.last()?);
    if function != "subscriptionResourceId" || kind.text() != Some(DEFINITION) {
        let remedy = format!("Name it subscriptionResourceId('{DEFINITION}', id)");
        return Some(Finding::new(&file.path, role.line, "role-id", "This is no id of a role", remedy));
    }
    let wrong = literals(file, id).into_iter().find(|text| !is_guid(text))?;
    Some(Finding::new(&file.path, id.line, "role-id", format!("{wrong:?} is no GUID"), "Correct it"))
}

/// The texts that an expression may be, through variables and choices.
fn literals<'a>(file: &'a File, expression: &'a Expression) -> Vec<&'a str> {
    match &expression.kind {
        Kind::Name(name) => {
            let variable = file.variables.iter().find(|variable| variable.name == *name);
            variable.map(|variable| literals(file, &variable.value)).unwrap_or_default()
        }
        Kind::Choice(_, then, otherwise) => [literals(file, then), literals(file, otherwise)].concat(),
        _ => expression.text().into_iter().collect(),
    }
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|one| one.is_ascii_hexdigit() || one == '-')
}

fn assignment(file: &File, body: &Expression) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(name) = body.at(&["name"])
        && !matches!(name.call(), Some(("guid", arguments)) if arguments.len() >= 3)
    {
        let message = "The assignment's name is no guid() of scope, principal and role";
        let remedy = "Name it guid(scope.id, principalId, roleId): then a second deployment finds it";
        findings.push(Finding::new(&file.path, name.line, "role-assignment-name", message, remedy));
    }
    if let Some(role) = body.at(&["properties", "roleDefinitionId"]) {
        findings.extend(assigned_role(file, role));
    }
    let kind = body.at(&["properties", "principalType"]);
    if kind.and_then(Expression::text) != Some("ServicePrincipal") {
        let line = kind.map_or(body.line, |kind| kind.line);
        let message = "`principalType` is not 'ServicePrincipal'";
        let remedy =
            "Set it: a fresh identity is not yet known everywhere, and without it the deployment fails";
        findings.push(Finding::new(&file.path, line, "role-assignment-principal", message, remedy));
    }
    findings
}

/// A custom role grants what is needed, by name, and nothing else.
fn definition(file: &File, body: &Expression) -> Vec<Finding> {
    let Some(permissions) = body.at(&["properties", "permissions"]) else { return Vec::new() };
    let mut findings = Vec::new();
    permissions.walk(&mut |it| {
        let Some(action) = it.text() else { return };
        let rest = action.strip_prefix(ACTIONS).unwrap_or_default();
        if !SHARE_ACTIONS.contains(&rest) {
            let message = format!("{action:?} is none of the actions that are needed");
            let remedy = format!("Grant {ACTIONS} with {}", SHARE_ACTIONS.join(", "));
            findings.push(Finding::new(&file.path, it.line, "role-actions", message, remedy));
        }
    });
    findings
}
