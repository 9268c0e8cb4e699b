//! No account opens to a key, old TLS or the public, and telemetry takes no sender without an identity.

use crate::infra::bicep::{Expression, File, Resource};
use crate::infra::finding::Finding;

const TLS: [&str; 2] = ["TLS1_2", "TLS1_3"];
const APP_TLS: [&str; 2] = ["1.2", "1.3"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let created = file.resources.iter().filter(|resource| !resource.is_existing);
    created.flat_map(|resource| Created { file, resource }.check()).collect()
}

struct Created<'a> {
    file: &'a File,
    resource: &'a Resource,
}

impl Created<'_> {
    fn check(&self) -> Vec<Finding> {
        let all = match self.resource.type_name() {
            "Microsoft.Storage/storageAccounts" => vec![
                self.flag("shared-key", "allowSharedKeyAccess", false),
                self.flag("public-blobs", "allowBlobPublicAccess", false),
                self.flag("tls", "supportsHttpsTrafficOnly", true),
                self.text("tls", &["properties", "minimumTlsVersion"], &TLS),
            ],
            "Microsoft.Web/sites" => vec![
                self.flag("tls", "httpsOnly", true),
                self.text("tls", &["properties", "siteConfig", "minTlsVersion"], &APP_TLS),
            ],
            "Microsoft.Insights/components" => vec![self.flag("local-auth", "DisableLocalAuth", true)],
            _ => Vec::new(),
        };
        all.into_iter().flatten().collect()
    }

    /// A property that must stand there with this value.
    fn flag(&self, rule: &'static str, name: &str, value: bool) -> Option<Finding> {
        let found = self.resource.body.at(&["properties", name]);
        let is_set = found.is_some_and(|found| found.is_bool(value));
        (!is_set).then(|| self.finding(rule, found, name, &value.to_string()))
    }

    fn text(&self, rule: &'static str, path: &[&str], values: &[&str]) -> Option<Finding> {
        let found = self.resource.body.at(path);
        let is_set = found.and_then(Expression::text).is_some_and(|text| values.contains(&text));
        let name = path.last().copied().unwrap_or_default();
        (!is_set).then(|| self.finding(rule, found, name, values[0]))
    }

    fn finding(&self, rule: &'static str, found: Option<&Expression>, name: &str, value: &str) -> Finding {
        let line = found.map_or(self.resource.line, |found| found.line);
        let state = if found.is_some() { "has another value" } else { "is not set" };
        let message = format!("`{name}` of `{}` {state}", self.resource.name);
        Finding::new(&self.file.path, line, rule, message, format!("Set it to {value}"))
    }
}
