//! No template asks for a key: what it answers would stand in the deployment's history.

use crate::infra::bicep::functions::is_listing;
use crate::infra::bicep::{File, Kind};
use crate::infra::finding::Finding;

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expression in file.expressions() {
        expression.walk(&mut |it| {
            let Kind::Call(function, _) = &it.kind else { return };
            let (Kind::Name(name) | Kind::Member(_, name)) = &function.kind else { return };
            if is_listing(name) {
                let message = format!("`{name}` asks for secrets");
                let remedy = "Give the identity a role instead of a key";
                findings.push(Finding::new(&file.path, it.line, "no-keys", message, remedy));
            }
        });
    }
    findings
}
