//! Checks written in Rust: async functions, each named as the claim it makes, that work on shares of their own and so
//! beside each other.

use anyhow::Result;
use futures::StreamExt;
use futures::future::LocalBoxFuture;

use super::Report;

/// Programs of others running at once.
const AT_ONCE: usize = 4;

pub(super) struct Check<'a> {
    pub(super) function: &'static str,
    pub(super) result: LocalBoxFuture<'a, Result<()>>,
}

/// The checks of these names, all given the same value.
macro_rules! checks {
    ($given:expr; $($function:ident),* $(,)?) => {
        vec![$(
            $crate::judge::checks::Check {
                function: stringify!($function),
                result: futures::FutureExt::boxed_local($function($given)),
            },
        )*]
    };
}
pub(super) use checks;

pub(super) async fn record(report: &mut Report, checks: Vec<Check<'_>>) {
    let running = checks.into_iter().map(|check| async move { (check.function, check.result.await) });
    let mut results = futures::stream::iter(running).buffered(AT_ONCE);
    while let Some((function, result)) = results.next().await {
        report.record(&function.replace('_', " "), result.map_err(|error| format!("{error:#}")));
    }
}
