//! The function app: its settings are those that the code reads, and nothing stands there that Flex Consumption refuses.

use azure_files_backup::config::SETTINGS;

use crate::infra::bicep::{Expression, File, Kind, Resource};
use crate::infra::finding::Finding;

/// Settings that belong to the host, by how they begin.
const OF_HOST: [&str; 3] = ["AzureWebJobsStorage__", "AzureFunctionsJobHost__", "APPLICATIONINSIGHTS_"];
/// Without these the host has no storage, or sends nothing.
const NEEDED_BY_HOST: [&str; 5] = [
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__blobServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
];
/// By this tag `infra/deploy.sh` and azd find the app.
const TAG: &str = "azd-service-name";
const FORBIDDEN_SETTINGS: [&str; 12] = [
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_EXTENSION_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENT",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_VNET_ROUTE_ALL",
    "WEBSITE_DNS_SERVER",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_TIME_ZONE",
    "TZ",
];
const FORBIDDEN_PROPERTIES: [&str; 8] = [
    "alwaysOn",
    "linuxFxVersion",
    "ftpsState",
    "use32BitWorkerProcess",
    "functionAppScaleLimit",
    "vnetRouteAllEnabled",
    "vnetImagePullEnabled",
    "vnetContentShareEnabled",
];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut app = App { file, findings: Vec::new() };
    for resource in file.resources.iter().filter(|it| !it.is_existing) {
        match resource.type_name() {
            "Microsoft.Web/sites" => app.site(&resource.body),
            "Microsoft.Web/serverfarms" => app.plan(&resource.body),
            "Microsoft.Web/sites/config"
                if resource.body.at(&["name"]).and_then(Expression::text) == Some("appsettings") =>
            {
                app.settings(resource);
            }
            _ => {}
        }
    }
    app.findings
}

struct App<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl App<'_> {
    fn add(&mut self, line: usize, rule: &'static str, message: String, remedy: &str) {
        self.findings.push(Finding::new(&self.file.path, line, rule, message, remedy));
    }

    fn site(&mut self, body: &Expression) {
        let mut found = Vec::new();
        body.walk(&mut |it| {
            let Kind::Object(properties) = &it.kind else { return };
            found.extend(
                properties.iter().filter_map(|property| Some((property.line, property.name.clone()?))),
            );
        });
        for (line, name) in found {
            if FORBIDDEN_PROPERTIES.contains(&name.as_str()) {
                self.add(line, "flex", format!("Flex Consumption has no `{name}`"), "Remove it");
            }
            if name == "appSettings" {
                let message =
                    "Settings stand in the site and in its config: the later ones win whole".to_owned();
                self.add(
                    line,
                    "app-settings",
                    message,
                    "Set them in the config resource `appsettings` alone",
                );
            }
        }
        self.needs(body);
        let runtime = body.at(&["properties", "functionAppConfig", "runtime", "name"]);
        if runtime.and_then(Expression::text) != Some("custom") {
            let line = runtime.map_or(body.line, |runtime| runtime.line);
            self.add(
                line,
                "flex",
                "The runtime is not 'custom'".to_owned(),
                "The handler is a custom handler: name it so",
            );
        }
    }

    fn plan(&mut self, body: &Expression) {
        let tier = body.at(&["sku", "tier"]).and_then(Expression::text);
        let is_linux = body.at(&["properties", "reserved"]).is_some_and(|it| it.is_bool(true));
        if tier != Some("FlexConsumption") || !is_linux {
            let message = "The plan is not Flex Consumption on Linux".to_owned();
            let remedy = "Set sku.tier to 'FlexConsumption' and properties.reserved to true";
            self.add(body.line, "flex", message, remedy);
        }
    }

    /// What a site on Flex Consumption cannot do without.
    fn needs(&mut self, body: &Expression) {
        for path in [
            &["identity", "userAssignedIdentities"][..],
            &["properties", "serverFarmId"],
            &["properties", "functionAppConfig", "deployment", "storage", "authentication"],
        ] {
            if body.at(path).is_none() {
                self.add(body.line, "flex", format!("The app has no `{}`", path.join(".")), "Set it");
            }
        }
        let mut is_tagged = false;
        if let Some(tags) = body.at(&["tags"]) {
            tags.walk(&mut |it| is_tagged |= it.property(TAG).is_some());
        }
        if !is_tagged {
            let message = format!("The app has no tag `{TAG}`");
            let remedy = "Give it the value 'backup': uploads find the app by it";
            self.add(body.line, "deploy-tag", message, remedy);
        }
    }

    fn settings(&mut self, resource: &Resource) {
        let set = resource.body.at(&["properties"]).and_then(Expression::properties).unwrap_or_default();
        let names: Vec<_> = set.iter().filter_map(|it| Some((it.line, it.name.as_deref()?))).collect();
        for (line, name) in &names {
            if FORBIDDEN_SETTINGS.iter().any(|forbidden| is_forbidden(name, forbidden)) {
                let remedy = "Remove it: the runtime and its storage stand in functionAppConfig";
                self.add(*line, "flex", format!("Flex Consumption does not take {name}"), remedy);
            } else if !SETTINGS.contains(name) && !OF_HOST.iter().any(|known| name.starts_with(known)) {
                self.add(
                    *line,
                    "app-settings",
                    format!("Nothing reads {name}"),
                    "Correct the name, or remove it",
                );
            }
        }
        for name in SETTINGS.iter().chain(&NEEDED_BY_HOST) {
            if !names.iter().any(|(_, set)| set == name) {
                let message = format!("{name} is read and not set");
                self.add(resource.line, "app-settings", message, "Set it; an empty value counts as none");
            }
        }
    }
}

fn is_forbidden(name: &str, forbidden: &str) -> bool {
    name == forbidden || forbidden == "WEBSITE_CONTENT" && name.starts_with(forbidden)
}
