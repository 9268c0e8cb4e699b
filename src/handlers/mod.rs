//! Translates between the Functions host and the app: what the host sends becomes a call of [`Backup`], and
//! what comes back an answer that is always valid for the host. Nothing here knows how a backup is made.

mod answer;
mod backup_now;
mod body;
mod dashboard;
mod decide;
mod doctor;
mod envelope;
mod failback;
mod failover;
mod find;
mod health;
mod observed;
mod pairs;
mod panics;
mod problem;
mod restore;
mod runbook;
mod seeding;
mod summary;
#[cfg(test)]
mod tests;
mod tick;
mod timers;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::Method;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use serde_json::json;
use tracing::error;

pub use observed::observed;
pub use problem::ErrorCode;
use problem::Problem;

use crate::config::Mistake;
use crate::cycle::Backup;

/// Serves the app. Timers arrive under the name of their function, forwarded requests under their own path.
pub fn router(backup: Backup) -> Router {
    Router::new()
        .route("/", get(alive))
        .route("/backup-timer", post(timers::backup_timer))
        .route("/resume-timer", post(timers::resume_timer))
        .route("/api/dashboard", get(dashboard::overview))
        .route("/api/dashboard/", get(dashboard::overview))
        .route("/api/dashboard/{pair}", get(dashboard::pair))
        .route("/api/doctor", post(doctor::doctor))
        .route("/api/health", get(health::health))
        .route("/api/runbook", get(runbook::show))
        .route("/api/pairs", get(pairs::list))
        // The catch-all of the function's route matches nothing at all, too.
        .route("/api/pairs/", get(pairs::list))
        .route("/api/pairs/{pair}", get(pairs::pair))
        .route("/api/pairs/{pair}/cycles", get(pairs::cycles).post(backup_now::backup_now))
        .route("/api/pairs/{pair}/seeding", get(pairs::seeding).post(seeding::ask))
        .route("/api/pairs/{pair}/validate", post(seeding::validate))
        .route("/api/pairs/{pair}/decisions", post(decide::decide))
        .route("/api/pairs/{pair}/cycles/{cycle}", get(pairs::cycle))
        .route("/api/pairs/{pair}/cycles/{cycle}/plan", get(pairs::plan))
        .route("/api/pairs/{pair}/recovery-points", get(pairs::recovery_points))
        .route("/api/pairs/{pair}/recovery-points/{point}/entries", get(find::entries))
        .route("/drill-timer", post(timers::drill_timer))
        .route("/api/pairs/{pair}/drills", get(restore::drills).post(restore::drill))
        .route("/api/pairs/{pair}/drills/{drill}", get(restore::drill_report))
        .route("/api/pairs/{pair}/restores", get(restore::list).post(restore::restore))
        .route("/api/pairs/{pair}/restores/{restore}", get(restore::report))
        .route("/api/pairs/{pair}/restores/{restore}/plan", get(restore::plan))
        .route("/api/pairs/{pair}/restores/{restore}/decisions", post(restore::decide))
        .route("/api/pairs/{pair}/failover", post(failover::failover))
        .route("/api/pairs/{pair}/failback", get(failback::newest).post(failback::failback))
        .route("/api/pairs/{pair}/failback/plan", get(failback::plan))
        .route("/api/pairs/{pair}/failback/decisions", post(failback::decide))
        .route("/api/pairs/{pair}/versions", get(find::versions))
        .route("/api/pairs/{pair}/diff", get(find::diff))
        .method_not_allowed_fallback(no_method)
        .fallback(no_route)
        .layer(from_fn(panics::caught))
        .with_state(backup)
}

/// Serves nothing but all mistakes at once. The process must not end: the host gives up after three exits, and
/// then nobody is told anything.
pub fn mistaken(mistakes: Vec<Mistake>) -> Router {
    let lines: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
    let problem = Problem::new(ErrorCode::ConfigurationMistaken, lines.join("\n"));
    refusing(problem.with("mistakes", json!(mistakes)), lines)
}

/// Serves nothing but the reason why the app could not start, for the same reason.
pub fn not_started(error: &anyhow::Error) -> Router {
    let reason = format!("{error:#}");
    refusing(Problem::new(ErrorCode::StartFailed, reason.clone()), vec![reason])
}

fn refusing(problem: Problem, lines: Vec<String>) -> Router {
    let refuse = async move |request: Request| {
        for line in &lines {
            error!(path = request.uri().path(), "{line}");
        }
        problem
    };
    Router::new().route("/", get(alive)).fallback(refuse)
}

/// The host asks this every 25 ms until it is answered, and again at any time.
async fn alive() -> &'static str {
    concat!("azure-files-backup ", env!("CARGO_PKG_VERSION"), "\n")
}

async fn no_route(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::new(ErrorCode::RouteNotFound, format!("Nothing answers at {}", uri.path()))
}

async fn no_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::new(ErrorCode::MethodNotAllowed, format!("{} does not answer to {method}", uri.path()))
}
