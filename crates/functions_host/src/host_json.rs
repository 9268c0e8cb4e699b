//! The parts of host.json that decide how a custom handler is run.

use std::time::Duration;

use serde::Deserialize;

use crate::time_span;

/// What the host reads from host.json; keys that do not concern a handler are left alone.
#[derive(Clone, Debug)]
pub(crate) struct HostJson {
    /// `None` is `"-1"`: no limit.
    pub(crate) function_timeout: Option<Duration>,
    pub(crate) route_prefix: String,
    pub(crate) description: Description,
    pub(crate) is_forwarding: bool,
    pub(crate) initialization_timeout: Duration,
}

/// `customHandler.description`: the command line of the handler.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Description {
    pub(crate) default_executable_path: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) default_worker_path: Option<String>,
    pub(crate) worker_arguments: Vec<String>,
    pub(crate) working_directory: Option<String>,
    pub(crate) worker_directory: Option<String>,
    pub(crate) use_std_error_stream_for_errors_only: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: Option<String>,
    function_timeout: Option<String>,
    custom_handler: Option<CustomHandler>,
    http_worker: Option<serde_json::Value>,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomHandler {
    #[serde(default)]
    description: Description,
    #[serde(default)]
    enable_forwarding_http_request: bool,
    #[serde(default)]
    enable_proxying_http_request: bool,
    initialization_timeout: Option<String>,
    port: Option<serde_json::Value>,
    http: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(default)]
    http: Http,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    route_prefix: Option<String>,
}

impl HostJson {
    /// Reads host.json, or says everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<HostJson, Vec<String>> {
        let file: File = serde_json::from_str(text).map_err(|error| vec![format!("host.json: {error}")])?;
        let mut mistakes = Vec::new();
        if file.version.as_deref() != Some("2.0") {
            mistakes.push("host.json: version must be \"2.0\"".to_string());
        }
        if file.http_worker.is_some() {
            mistakes.push("host.json: httpWorker is deprecated and not reproduced by this host".to_string());
        }
        let function_timeout = match file.function_timeout.as_deref() {
            None => Some(Duration::from_secs(30 * 60)),
            Some("-1") => None,
            Some(text) => duration("functionTimeout", text, &mut mistakes),
        };
        let Some(handler) = file.custom_handler else {
            mistakes.push("host.json: customHandler is missing".to_string());
            return Err(mistakes);
        };
        let refused = [
            (handler.enable_proxying_http_request, "enableProxyingHttpRequest"),
            (handler.port.is_some(), "port"),
            (handler.http.is_some(), "http"),
        ];
        for (_, key) in refused.into_iter().filter(|(is_set, _)| *is_set) {
            mistakes.push(format!("host.json: customHandler.{key} is not reproduced by this host"));
        }
        if handler.description.default_executable_path.is_empty() {
            mistakes
                .push("host.json: customHandler.description.defaultExecutablePath is missing".to_string());
        }
        let initialization_timeout = handler.initialization_timeout.as_deref().unwrap_or("00:00:30");
        let initialization_timeout =
            duration("customHandler.initializationTimeout", initialization_timeout, &mut mistakes);
        match initialization_timeout {
            Some(initialization_timeout) if mistakes.is_empty() => Ok(HostJson {
                function_timeout,
                route_prefix: file.extensions.http.route_prefix.unwrap_or_else(|| "api".to_string()),
                description: handler.description,
                is_forwarding: handler.enable_forwarding_http_request,
                initialization_timeout,
            }),
            _ => Err(mistakes),
        }
    }
}

fn duration(key: &str, text: &str, mistakes: &mut Vec<String>) -> Option<Duration> {
    time_span::parse(text).map_err(|mistake| mistakes.push(format!("host.json: {key}: {mistake}"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_real_host() {
        let text = r#"{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"handler"}}}"#;
        let host = HostJson::parse(text).expect("host.json is legal");
        assert_eq!(host.function_timeout, Some(Duration::from_secs(1800)));
        assert_eq!(host.initialization_timeout, Duration::from_secs(30));
        assert_eq!(host.route_prefix, "api");
        assert!(!host.is_forwarding);
        assert_eq!(host.description.use_std_error_stream_for_errors_only, None);
    }

    #[test]
    fn minus_one_is_no_timeout() {
        let text = r#"{"version":"2.0","functionTimeout":"-1","customHandler":
            {"description":{"defaultExecutablePath":"handler"},"enableForwardingHttpRequest":true}}"#;
        let host = HostJson::parse(text).expect("host.json is legal");
        assert_eq!(host.function_timeout, None);
        assert!(host.is_forwarding);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = r#"{"functionTimeout":"30","httpWorker":{},"customHandler":
            {"enableProxyingHttpRequest":true,"port":8080,"http":{},"initializationTimeout":"soon"}}"#;
        assert_eq!(HostJson::parse(text).expect_err("host.json is wrong").len(), 8);
    }
}
