//! `BACKUP_LEASE_SECONDS` and `BACKUP_BUDGET_SECONDS`: how long an owner keeps a pair without renewing, and how long an
//! invocation takes new work.

use std::time::Duration;

use super::mistake::{Mistakes, shown};
use super::variables::{BUDGET, FUNCTION_TIMEOUT, LEASE, SITE, Variables};

/// `functionTimeout` of our `host.json`.
pub const HOST_TIMEOUT: Duration = Duration::from_secs(2 * 60 * 60);

/// The platform drops an HTTP request after 230 seconds, whatever `functionTimeout` says. Twenty of them are for an
/// invocation that has saved nothing yet, the rest to end what runs and to answer.
/// <https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout>
const LONGEST_HTTP: Duration = Duration::from_secs(180);

/// What an invocation still needs when its budget is used up: two minutes, after which a request without an answer is
/// given up, and half a minute to save and to answer.
const MARGIN: Duration = Duration::from_secs(150);

const DEFAULT_LEASE: Duration = Duration::from_secs(60);
const LONGEST_LEASE: u64 = 3_600;
/// An owner renews its lease at a fifth of it, and a quarter of it is all the time that a write gets. Below this, a slow
/// moment of the service would cost it the pair.
const SHORTEST_LEASE_ON_AZURE: u64 = 15;

pub(super) fn read_lease(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    let shortest = if variables.get(SITE).is_some() { SHORTEST_LEASE_ON_AZURE } else { 1 };
    let Some(text) = variables.get(LEASE) else { return Some(DEFAULT_LEASE) };
    let lease = seconds(text).filter(|lease| (shortest..=LONGEST_LEASE).contains(lease));
    if lease.is_none() {
        let remedy =
            format!("Use a whole number of seconds from {shortest} to {LONGEST_LEASE}, or remove it for 60");
        mistakes.add(LEASE, format!("{} is not allowed here", shown(text)), remedy);
    }
    lease.map(Duration::from_secs)
}

/// How long an invocation takes new work: one of a timer, and one of HTTP.
pub(super) fn read_budget(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<(Duration, Duration)> {
    let timeout = read_timeout(variables, mistakes)?;
    let budget = match variables.get(BUDGET) {
        // Of a very short time, half is better than nothing.
        None => timeout.saturating_sub(MARGIN).max(timeout / 2),
        Some(text) => {
            let budget = seconds(text).filter(|budget| (1..timeout.as_secs()).contains(budget));
            if budget.is_none() {
                let problem = format!("{} is not allowed here", shown(text));
                let seconds = timeout.as_secs();
                let remedy = format!(
                    "Use a whole number of seconds below {seconds}, when the host ends an invocation, or remove it"
                );
                mistakes.add(BUDGET, problem, remedy);
            }
            Duration::from_secs(budget?)
        }
    };
    Some((budget, budget.min(LONGEST_HTTP)))
}

/// When the host ends an invocation.
fn read_timeout(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    match variables.of_host(FUNCTION_TIMEOUT) {
        // -1 is no limit. Then the invocation takes what ours would be.
        None | Some("-1") => Some(HOST_TIMEOUT),
        Some(text) => {
            let timeout = parse_timeout(text);
            if timeout.is_none() {
                let problem = format!("{} is no time span", shown(text));
                let remedy = "Use hh:mm:ss, as 02:00:00, or remove it for what host.json says";
                mistakes.add(FUNCTION_TIMEOUT, problem, remedy);
            }
            timeout
        }
    }
}

/// .NET's time span, without fractions: `hh:mm:ss` or `d.hh:mm:ss`.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let mut parts = time.split(':').map(seconds);
    let (hours, minutes, rest) = (parts.next()??, parts.next()??, parts.next()??);
    let days = seconds(days).filter(|days| *days < 1_000)?;
    let is_time = hours < 24 && minutes < 60 && rest < 60 && parts.next().is_none();
    let total = ((days * 24 + hours) * 60 + minutes) * 60 + rest;
    // an invocation needs more than a second for anything
    (is_time && total > 1).then(|| Duration::from_secs(total))
}

/// Digits only: no sign, no unit.
fn seconds(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(text: &str, seconds: Option<u64>) {
        assert_eq!(parse_timeout(text), seconds.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn time_spans_are_read_as_the_host_reads_them() {
        parses("00:05:00", Some(300));
        parses("02:00:00", Some(7_200));
        parses("1.00:00:30", Some(86_430));
        for text in ["", "300", "05:00", "24:00:00", "00:60:00", "00:00:60", "00:00:00", "-1:00:00", "a:b:c"]
        {
            parses(text, None);
        }
        for text in ["00:00:00:00", "1.2.00:00:00", "00:00:00.5", "9999999.00:00:00", "+1:00:00", "::"] {
            parses(text, None);
        }
    }
}
