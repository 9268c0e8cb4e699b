//! The admin route: a timer function run by hand, beside its schedule.

use bytes::Bytes;
use serde_json::Value;

use crate::forward::HttpAnswer;
use crate::function_json::Trigger;
use crate::host::Host;
use crate::invocation::Invocation;
use crate::timer::TimerVariant;

/// The function that a request to the front door wants to be run.
pub(crate) fn function<'a>(method: &str, path_and_query: &'a str) -> Option<&'a str> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let name = path.strip_prefix("/admin/functions/")?;
    (method == "POST" && !name.is_empty() && !name.contains('/')).then_some(name)
}

impl Host {
    /// Answers at once; the run goes on by itself.
    pub(crate) async fn run_by_hand(&self, name: &str, body: Bytes) -> HttpAnswer {
        if self.deliveries.is_down() {
            return HttpAnswer::refusal(503, "Host is down");
        }
        // Names of functions differ in more than letter case, and the route does not look at it.
        let known = self.deliveries.functions.iter().find(|known| known.name.eq_ignore_ascii_case(name));
        let Some(function) = known else {
            return HttpAnswer::refusal(404, format!("There is no function {name}"));
        };
        if !matches!(function.trigger, Trigger::Timer(_)) {
            return HttpAnswer::refusal(501, "Only timers are run by hand on this host");
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(_)) => {}
            Ok(_) => return HttpAnswer::refusal(400, "The body is no object"),
            Err(error) => return HttpAnswer::refusal(400, format!("The body is no JSON: {error}")),
        }
        let (deliveries, function) = (self.deliveries.clone(), function.name.clone());
        let name = function.clone();
        self.manual_runs
            .lock()
            .await
            .spawn(async move { deliveries.fire_timer(&name, &TimerVariant::default()).await });
        HttpAnswer {
            status: 202,
            headers: Vec::new(),
            body: Bytes::new(),
            function: Some(function),
            failure: None,
        }
    }

    /// Waits for the runs that the admin route has started since it was asked last.
    pub async fn manual_runs(&self) -> Vec<Invocation> {
        std::mem::take(&mut *self.manual_runs.lock().await).join_all().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path_and_query: &str, expected: Option<&str>) {
        assert_eq!(function(method, path_and_query), expected, "{method} {path_and_query}");
    }

    #[test]
    fn only_a_post_to_one_function_is_a_run() {
        check("POST", "/admin/functions/backup-timer", Some("backup-timer"));
        check("POST", "/admin/functions/backup-timer?code=key", Some("backup-timer"));
        check("GET", "/admin/functions/backup-timer", None);
        check("POST", "/admin/functions/", None);
        check("POST", "/admin/functions/a/keys", None);
        check("POST", "/api/admin/functions/a", None);
    }
}
