//! `dashboard`: what the app knows as one page for people, and a page for each pair. It is complete without a script
//! and asks for nothing else; all of it is JSON at `/api/pairs` too. Whatever a user named is escaped by `maud`.

mod chart;
mod frame;
mod overview;
mod pair;
mod parts;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use time::OffsetDateTime;
use tracing::error;
use uuid::Uuid;

use self::frame::Frame;
use self::parts::Links;
use super::problem::ErrorCode;
use crate::cycle::Backup;

type Parameters = Query<BTreeMap<String, String>>;

pub(super) async fn overview(State(backup): State<Backup>, Query(query): Parameters) -> Response {
    let (links, now) = (Links::of(&query), OffsetDateTime::now_utc());
    match backup.pairs().await {
        Ok(pairs) => {
            let (title, content) = overview::page(&pairs, &links, now);
            answer(StatusCode::OK, &title, &links, now, &content)
        }
        Err(error) => unavailable(&error, &links, now),
    }
}

pub(super) async fn pair(
    State(backup): State<Backup>,
    Path(name): Path<String>,
    Query(query): Parameters,
) -> Response {
    let (links, now) = (Links::of(&query), OffsetDateTime::now_utc());
    match Box::pin(backup.details(&name)).await {
        Ok(Some(details)) => {
            let (title, content) = pair::page(&details, now);
            answer(StatusCode::OK, &title, &links, now, &content)
        }
        Ok(None) => {
            let content = html! { p { "No pair is called " b { (name) } "." } };
            answer(StatusCode::NOT_FOUND, "No such pair", &links, now, &content)
        }
        Err(error) => unavailable(&error, &links, now),
    }
}

fn unavailable(error: &anyhow::Error, links: &Links, now: OffsetDateTime) -> Response {
    error!("The dashboard cannot be shown: {error:#}");
    let content = html! {
        p { "What is stored of the pairs could not be read. The shares and their recovery points are not touched by that." }
        p { code { (format!("{error:#}")) } }
    };
    let status = ErrorCode::StateUnavailable.status();
    answer(status, "The stored state could not be read", links, now, &content)
}

/// With headers that let the page do nothing but be read.
fn answer(status: StatusCode, title: &str, links: &Links, now: OffsetDateTime, content: &Markup) -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    let page = Frame { title, links, now, nonce: &nonce, content }.page();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let headers: [(HeaderName, HeaderValue); 5] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy.parse().expect("letters, digits and signs")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, page.into_string()).into_response()
}
