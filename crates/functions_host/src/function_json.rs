//! One function.json: what triggers the function and what it may answer.

use serde::Deserialize;

use crate::retry::RetryPolicy;
use crate::route::Route;

/// A function of the package, named by its folder.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub trigger: Trigger,
    pub(crate) outputs: Vec<OutputBinding>,
}

#[derive(Clone, Debug)]
pub enum Trigger {
    Timer(TimerTrigger),
    /// Always a forwarded one.
    Http(HttpTrigger),
}

#[derive(Clone, Debug)]
pub struct TimerTrigger {
    /// Key of the timer object in the envelope's `Data`.
    pub binding: String,
    /// As written, with its `%NAME%` not yet expanded.
    pub schedule: String,
    pub runs_on_startup: bool,
    pub uses_monitor: bool,
    pub(crate) retry: Option<RetryPolicy>,
}

#[derive(Clone, Debug)]
pub struct HttpTrigger {
    /// Upper case; empty for every method.
    pub methods: Vec<String>,
    pub route: Route,
}

#[derive(Clone, Debug)]
pub(crate) struct OutputBinding {
    pub(crate) name: String,
    pub(crate) is_binary: bool,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    bindings: Vec<Binding>,
    retry: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    r#type: String,
    name: String,
    direction: Option<String>,
    data_type: Option<String>,
    schedule: Option<String>,
    #[serde(default)]
    run_on_startup: bool,
    use_monitor: Option<bool>,
    route: Option<String>,
    #[serde(default)]
    methods: Vec<String>,
}

impl Binding {
    fn is_output(&self) -> bool {
        self.direction.as_deref().is_some_and(|direction| direction.eq_ignore_ascii_case("out"))
    }
}

impl Function {
    /// Reads function.json of the folder `name`, in a host with this route prefix and forwarding flag.
    pub(crate) fn parse(
        name: &str,
        text: &str,
        prefix: &str,
        is_forwarding: bool,
    ) -> Result<Function, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        check_name(name)?;
        if file.bindings.is_empty() {
            return Err("There are no bindings".to_string());
        }
        let (outputs, inputs): (Vec<_>, Vec<_>) = file.bindings.into_iter().partition(Binding::is_output);
        let [trigger] = &inputs[..] else {
            return Err(format!("{} input bindings; this host reproduces exactly one", inputs.len()));
        };
        let trigger = match trigger.r#type.to_ascii_lowercase().as_str() {
            "timertrigger" => timer(trigger, file.retry)?,
            _ if file.retry.is_some() => return Err("Only timers have retry policies here".to_string()),
            "httptrigger" if is_forwarding && is_one_http(&outputs) => http(name, trigger, prefix)?,
            "httptrigger" => return Err("HTTP inside envelopes is not reproduced by this host".to_string()),
            other => return Err(format!("Binding type {other} is not reproduced by this host")),
        };
        let outputs = outputs.into_iter().map(|output| OutputBinding {
            is_binary: output.data_type.is_some_and(|kind| kind.eq_ignore_ascii_case("binary")),
            name: output.name,
        });
        Ok(Function { name: name.to_string(), trigger, outputs: outputs.collect() })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let is_legal = name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(legal)
        && !name.eq_ignore_ascii_case("host");
    if is_legal { Ok(()) } else { Err("The name is not one the host accepts".to_string()) }
}

fn timer(binding: &Binding, retry: Option<serde_json::Value>) -> Result<Trigger, String> {
    Ok(Trigger::Timer(TimerTrigger {
        binding: binding.name.clone(),
        schedule: binding.schedule.clone().ok_or("The timer has no schedule")?,
        runs_on_startup: binding.run_on_startup,
        uses_monitor: binding.use_monitor.unwrap_or(true),
        retry: retry.map(RetryPolicy::parse).transpose()?,
    }))
}

fn is_one_http(outputs: &[Binding]) -> bool {
    matches!(outputs, [only] if only.r#type.eq_ignore_ascii_case("http"))
}

fn http(name: &str, binding: &Binding, prefix: &str) -> Result<Trigger, String> {
    Ok(Trigger::Http(HttpTrigger {
        methods: binding.methods.iter().map(|method| method.to_ascii_uppercase()).collect(),
        route: Route::parse(prefix, binding.route.as_deref().unwrap_or(name))?,
    }))
}

impl HttpTrigger {
    pub(crate) fn accepts(&self, method: &str, path: &str) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|known| known == method))
            && self.route.matches(path)
    }

    pub(crate) fn overlaps(&self, other: &HttpTrigger) -> bool {
        let shares_method = self.methods.is_empty()
            || other.methods.is_empty()
            || self.methods.iter().any(|method| other.methods.contains(method));
        shares_method && self.route.overlaps(&other.route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMER: &str =
        r#"{"bindings":[{"type":"timerTrigger","direction":"in","name":"timer","schedule":"%X%"}]}"#;
    const HTTP: &str = r#"{"bindings":[
        {"type":"httpTrigger","direction":"in","name":"req","methods":["get"]},
        {"type":"http","direction":"out","name":"res"}]}"#;

    fn parse(name: &str, text: &str) -> Result<Function, String> {
        Function::parse(name, text, "api", true)
    }

    #[test]
    fn a_timer_keeps_its_variables_and_is_monitored() {
        let function = parse("backup-timer", TIMER).expect("function.json is legal");
        let Trigger::Timer(timer) = function.trigger else { panic!("Not a timer") };
        assert_eq!((timer.binding.as_str(), timer.schedule.as_str()), ("timer", "%X%"));
        assert!(timer.uses_monitor && !timer.runs_on_startup);
    }

    #[test]
    fn a_route_is_named_by_the_folder_when_it_has_none() {
        let function = parse("pairs", HTTP).expect("function.json is legal");
        let Trigger::Http(http) = function.trigger else { panic!("Not HTTP") };
        assert!(http.accepts("GET", "/api/pairs"));
        assert!(!http.accepts("POST", "/api/pairs"));
    }

    #[test]
    fn only_one_in_and_one_out_is_forwarded() {
        let two_outputs = HTTP
            .replace(r#""name":"res"}"#, r#""name":"res"},{"type":"queue","direction":"out","name":"q"}"#);
        assert!(parse("pairs", &two_outputs).expect_err("refused").contains("envelopes"));
        assert!(Function::parse("pairs", HTTP, "api", false).expect_err("refused").contains("envelopes"));
    }

    #[test]
    fn only_timers_have_retry_policies() {
        let with_retry = |text: &str| {
            let mut definition: serde_json::Value = serde_json::from_str(text).expect("JSON");
            definition["retry"] = serde_json::json!({
                "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:05:00",
            });
            definition.to_string()
        };
        let function = parse("backup-timer", &with_retry(TIMER)).expect("function.json is legal");
        let Trigger::Timer(timer) = function.trigger else { panic!("Not a timer") };
        assert_eq!(timer.retry.map(|policy| policy.maximum), Some(2));
        assert!(parse("pairs", &with_retry(HTTP)).expect_err("refused").contains("Only timers"));
    }

    #[test]
    fn names_the_host_refuses_are_refused() {
        for name in ["1st", "host", "Host", "a.b", "-a", ""] {
            assert!(parse(name, TIMER).is_err(), "{name}");
        }
        assert!(parse("a_B-9", TIMER).is_ok());
    }

    #[test]
    fn what_is_not_reproduced_is_refused() {
        for text in [
            r#"{"bindings":[]}"#,
            r#"{"bindings":[{"type":"queueTrigger","name":"job"}]}"#,
            r#"{"bindings":[{"type":"timerTrigger","name":"timer"}]}"#,
            r#"{"bindings":[{"type":"timerTrigger","name":"a","schedule":""},{"type":"blob","name":"b"}]}"#,
            r#"{"bindings":[{"type":"timerTrigger","name":"a","schedule":""}],"retry":{}}"#,
        ] {
            assert!(parse("name", text).is_err(), "{text}");
        }
    }
}
