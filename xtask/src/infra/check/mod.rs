//! The checks, a file for each noun. Each takes the folder and answers findings.

mod accounts;
mod app;
mod data;
mod json;
mod known;
mod modules;
mod parameter_file;
mod parameters;
mod placing;
mod queries;
pub(super) mod roles;
mod secrets;
mod symbols;
mod walk;
mod workbook;

use super::finding::Finding;
use super::folder::Folder;
use super::types::Types;

/// Everything that is wrong, in the order of files and lines. Without `types` the shapes of resources go unchecked.
pub(super) fn check(folder: &Folder, types: Option<&Types>) -> Vec<Finding> {
    let mut findings = folder.findings.clone();
    for file in folder.bicep.values().filter(|file| folder.is_readable(file)) {
        let all = walk::Scope::new(folder, file, types);
        findings.extend(symbols::check(file));
        findings.extend(parameters::check(&all));
        findings.extend(modules::check(&all));
        findings.extend(known::check(&all));
        for rule in
            [secrets::check, placing::check, accounts::check, roles::check, app::check, queries::check]
        {
            findings.extend(rule(file));
        }
        if let Some(types) = types {
            findings.extend(data::check(&all, types));
        }
    }
    findings.extend(json::check(folder));
    findings.retain(|finding| !is_silenced(folder, finding));
    findings.sort();
    findings.dedup();
    findings
}

/// What the compiler knows under a code may be silenced by that code, as for the compiler.
fn is_silenced(folder: &Folder, finding: &Finding) -> bool {
    let code = match finding.rule {
        "unknown-property" => "BCP037",
        "wrong-type" | "wrong-value" | "out-of-range" => "BCP036",
        "unknown-type" => "BCP081",
        _ => return false,
    };
    let file = folder.bicep.values().find(|file| file.path.display().to_string() == finding.file);
    file.is_some_and(|file| {
        file.silenced.iter().any(|(line, codes)| *line == finding.line && codes.contains(code))
    })
}
