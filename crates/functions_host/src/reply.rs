//! The judgement over a reply to an envelope.
//!
//! Deliberately as unforgiving as the real host, also where that hurts: an empty body hangs the
//! invocation, and a failure loses its logs.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::client::Answer;
use crate::function_json::OutputBinding;
use crate::invocation::OutputValue;

#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Succeeded(Reply),
    Failed(String),
    /// The host neither completes nor fails the invocation.
    Pending,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) logs: Vec<String>,
    pub(crate) outputs: BTreeMap<String, OutputValue>,
}

pub(crate) fn judge(answer: &Answer, bindings: &[OutputBinding]) -> Verdict {
    if !(200..300).contains(&answer.status) {
        return Verdict::Failed(format!("Handler answered with status {}", answer.status));
    }
    if answer.body.is_empty() {
        return Verdict::Pending;
    }
    let content_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(is_json) {
        return Verdict::Failed(format!(
            "Handler answered with content type {}",
            content_type.unwrap_or("none")
        ));
    }
    match serde_json::from_slice(&answer.body) {
        Ok(Value::Null) => Verdict::Pending,
        Ok(Value::Object(members)) => {
            read(members, bindings).map_or_else(Verdict::Failed, Verdict::Succeeded)
        }
        Ok(_) => Verdict::Failed("Handler answered with JSON that is not an object".to_string()),
        Err(error) => Verdict::Failed(format!("Handler answered with invalid JSON: {error}")),
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/json", "text/json"].iter().any(|known| known.eq_ignore_ascii_case(media_type))
}

fn read(members: Map<String, Value>, bindings: &[OutputBinding]) -> Result<Reply, String> {
    let members: BTreeMap<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let logs = match members.get("logs") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(lines)) => lines.iter().map(line).collect::<Result<_, _>>()?,
        Some(_) => return Err("Logs is not an array".to_string()),
    };
    let mut values = match members.get("outputs") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(values)) => values.clone(),
        Some(_) => return Err("Outputs is not an object".to_string()),
    };
    let has_return_binding = bindings.iter().any(|binding| binding.name == "$return");
    match members.get("returnvalue") {
        Some(value) if has_return_binding => drop(values.insert("$return".to_string(), value.clone())),
        Some(Value::Object(spread)) => values.extend(spread.clone()),
        _ => {}
    }
    let known = bindings.iter().filter_map(|binding| Some((binding, values.remove(&binding.name)?)));
    let outputs = known.map(|(binding, value)| (binding.name.clone(), decode(value, binding.is_binary)));
    Ok(Reply { logs, outputs: outputs.collect() })
}

fn line(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => Err("Logs holds something that is not a string".to_string()),
        scalar => Ok(scalar.to_string()),
    }
}

/// The host takes every string that could be base64 for base64.
fn decode(value: Value, is_binary: bool) -> OutputValue {
    match value.as_str().filter(|_| !is_binary).map(|text| STANDARD.decode(text)) {
        Some(Ok(bytes)) => OutputValue::Bytes(bytes),
        _ => OutputValue::Json(value),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::HeaderMap;
    use serde_json::json;

    use super::*;

    fn judged(status: u16, content_type: Option<&'static str>, body: &'static str) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.extend(
            content_type
                .map(|value| (Some(hyper::header::CONTENT_TYPE), value.parse().expect("header is legal"))),
        );
        let bindings =
            ["audit", "raw"].map(|name| OutputBinding { name: name.to_string(), is_binary: name == "raw" });
        judge(&Answer { status, headers, body: Bytes::from_static(body.as_bytes()) }, &bindings)
    }

    fn succeeded(body: &'static str) -> Reply {
        match judged(200, Some("application/json; charset=utf-8"), body) {
            Verdict::Succeeded(reply) => reply,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn every_status_but_2xx_fails_and_hides_the_body() {
        for status in [199, 302, 400, 500] {
            let verdict = judged(status, Some("application/json"), r#"{"Logs":["secret"]}"#);
            assert_eq!(verdict, Verdict::Failed(format!("Handler answered with status {status}")));
        }
        assert_eq!(judged(204, None, ""), Verdict::Pending);
    }

    #[test]
    fn empty_and_null_bodies_stay_pending() {
        assert_eq!(judged(200, Some("text/plain"), ""), Verdict::Pending);
        assert_eq!(judged(200, Some("application/json"), "null"), Verdict::Pending);
    }

    #[test]
    fn bodies_that_are_not_json_objects_fail() {
        for (content_type, body) in [
            (Some("text/plain"), "{}"),
            (Some("application/problem+json"), "{}"),
            (None, "{}"),
            (Some("application/json"), "{"),
            (Some("application/json"), "[]"),
            (Some("application/json"), r#"{"Logs":"text"}"#),
            (Some("application/json"), r#"{"Logs":[{}]}"#),
            (Some("application/json"), r#"{"Outputs":[]}"#),
        ] {
            assert!(matches!(judged(200, content_type, body), Verdict::Failed(_)), "{content_type:?} {body}");
        }
    }

    #[test]
    fn member_names_match_in_any_letter_case() {
        assert_eq!(succeeded(r#"{"logs":["a",1],"OUTPUTS":null}"#).logs, ["a", "1"]);
        assert_eq!(succeeded("{}"), Reply::default());
    }

    #[test]
    fn strings_that_could_be_base64_are_decoded() {
        let reply = succeeded(r#"{"Outputs":{"audit":"done","raw":"done","other":1}}"#);
        assert_eq!(reply.outputs["audit"], OutputValue::Bytes(vec![0x76, 0x89, 0xde]));
        assert_eq!(reply.outputs["raw"], OutputValue::Json(json!("done")));
        assert!(!reply.outputs.contains_key("other"));
        assert_eq!(
            succeeded(r#"{"Outputs":{"audit":"{}"}}"#).outputs["audit"],
            OutputValue::Json(json!("{}"))
        );
    }

    #[test]
    fn a_returned_object_is_spread_over_the_outputs() {
        let reply = succeeded(r#"{"Outputs":{"audit":1},"ReturnValue":{"audit":{"state":"good"}}}"#);
        assert_eq!(reply.outputs["audit"], OutputValue::Json(json!({"state": "good"})));
    }
}
