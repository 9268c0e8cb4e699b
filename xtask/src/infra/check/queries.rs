//! The queries of alerts: what they name, the code emits.

use crate::infra::bicep::{Expression, File, Kind, Piece};
use crate::infra::finding::Finding;
use crate::infra::kql;

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expression in file.expressions() {
        expression.walk(&mut |it| {
            let Kind::Object(properties) = &it.kind else { return };
            for property in properties.iter().filter(|it| it.name.as_deref() == Some("query")) {
                let Some(query) = plain(&property.value, file) else { continue };
                findings.extend(kql::problems(&query).into_iter().map(|(line, message, remedy)| {
                    Finding::new(&file.path, property.line + line, "telemetry-query", message, remedy)
                }));
            }
        });
    }
    findings
}

/// The query with a number in place of what is known only when it is deployed. A query that is only handed on is checked where it
/// is written.
fn plain(expression: &Expression, file: &File) -> Option<String> {
    match &expression.kind {
        Kind::Text(pieces) => {
            let text = |piece: &Piece| match piece {
                Piece::Plain(text) => text.clone(),
                Piece::Hole(hole) => plain(hole, file).unwrap_or_else(|| "0".to_owned()),
            };
            Some(pieces.iter().map(text).collect())
        }
        Kind::Name(name) => {
            let variable = file.variables.iter().find(|variable| variable.name == *name)?;
            plain(&variable.value, file)
        }
        Kind::Call(..) => match expression.call()? {
            ("replace", [text, placeholder, _]) => Some(plain(text, file)?.replace(placeholder.text()?, "0")),
            _ => None,
        },
        _ => None,
    }
}
