//! `seeding` and `validate`: what a person asks of a pair's seeding, and what stands against it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::backup_now::not_run;
use super::decide::undecided;
use super::problem::{ErrorCode, Problem};
use crate::cycle::Backup;
use crate::cycle::report::Refusal;
use crate::cycle::seeding::SeedingAsked;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    offline_data_transfer: Switch,
    #[serde(default)]
    confirm_abort: bool,
    staging_share: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Switch {
    On,
    Off,
}

pub(super) async fn ask(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body.map_err(|error| error.body_text()).and_then(|body| read(&body)) {
        Ok(body) => body,
        Err(detail) => return Problem::new(ErrorCode::RequestMistaken, detail).into_response(),
    };
    let asked = match body.offline_data_transfer {
        Switch::On => SeedingAsked::On,
        Switch::Off => SeedingAsked::Off { confirms_abort: body.confirm_abort },
    };
    match backup.ask_seeding(&pair, asked, body.staging_share).await {
        Ok(report) => Json(report).into_response(),
        Err(reason) => undecided(&pair, reason),
    }
}

/// 200 where nothing stands against it.
pub(super) async fn validate(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    match backup.validate(&pair).await {
        Ok(refusals) if refusals.is_empty() => Json(json!({"valid": true, "failures": []})).into_response(),
        Ok(refusals) => refused(&refusals).into_response(),
        Err(reason) => not_run(&pair, reason),
    }
}

/// All at once, under the code of the first.
pub(super) fn refused(refusals: &[Refusal]) -> Problem {
    let code = refusals.first().map_or(ErrorCode::InternalError, |first| ErrorCode::Seeding(first.code));
    let told = refusals.iter().map(|refusal| format!("{}. {}", refusal.detail, refusal.remedy));
    let failures: Vec<_> = refusals
        .iter()
        .map(|refusal| {
            let Refusal { code, detail, remedy } = refusal;
            let status = ErrorCode::Seeding(*code).status().as_u16();
            json!({"code": code, "status": status, "detail": detail, "remedy": remedy})
        })
        .collect();
    Problem::new(code, told.collect::<Vec<_>>().join("\n"))
        .with("valid", false.into())
        .with("failures", failures.into())
}

fn read(body: &[u8]) -> Result<Body, String> {
    if body.is_empty() {
        return Err(r#"The request has no body; send JSON, as {"offlineDataTransfer": "off"}, with its Content-Length"#.to_owned());
    }
    let body: Body =
        serde_json::from_slice(body).map_err(|error| format!("The body is not understood: {error}"))?;
    if body.confirm_abort && body.offline_data_transfer == Switch::On {
        return Err(r#""confirmAbort" means nothing with "on"; leave it out"#.to_owned());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_documented() {
        let body = read(br#"{"offlineDataTransfer":"off","confirmAbort":true}"#).expect("a request");
        assert_eq!((body.offline_data_transfer, body.confirm_abort), (Switch::Off, true));
        let body = read(br#"{"offlineDataTransfer":"on","stagingShare":"seed"}"#).expect("a request");
        assert_eq!((body.offline_data_transfer, body.staging_share.as_deref()), (Switch::On, Some("seed")));
    }

    #[test]
    fn what_is_no_request_is_refused_with_a_remedy() {
        for (body, expected) in [
            ("", "Content-Length"),
            ("{}", "offlineDataTransfer"),
            (r#"{"offlineDataTransfer":"maybe"}"#, "maybe"),
            (r#"{"offlineDataTransfer":"on","confirmAbort":true}"#, "leave it out"),
            (r#"{"offlineDataTransfer":"off","more":1}"#, "more"),
        ] {
            let detail = read(body.as_bytes()).expect_err(body);
            assert!(detail.contains(expected), "{body}: {detail}");
        }
    }
}
