//! Bars, drawn by hand: shapes and classes, and the numbers in words for whoever does not see them.

use std::collections::BTreeMap;

use maud::{Markup, html};
use time::OffsetDateTime;

use super::words;
use crate::cycle::report::PastCycle;
use crate::state::{Day, Status};

/// Cycles in a history.
const CYCLES: usize = 30;
const BAR: usize = 5;
const STEP: usize = 7;
const HEIGHT: usize = 20;

/// The newest cycles, oldest first. How one ended shows in the shape of its bar as well: full, broken, short or hollow.
pub(super) fn history(newest_first: &[PastCycle]) -> Markup {
    let cycles: Vec<_> = newest_first.iter().take(CYCLES).rev().collect();
    let number = |is: &dyn Fn(&PastCycle) -> bool| cycles.iter().filter(|cycle| is(cycle)).count();
    let good = number(&|cycle| cycle.status == Some(Status::Succeeded));
    let partly = number(&|cycle| cycle.status == Some(Status::CompletedWithErrors));
    let failed = number(&|cycle| cycle.status == Some(Status::Failed));
    let others = cycles.len() - good - partly - failed;
    let counts =
        [(good, "succeeded"), (partly, "with errors"), (failed, "failed"), (others, "ended otherwise")];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let label = format!(
        "The last {}: {}",
        words::counted(cycles.len() as u64, "cycle"),
        counts.collect::<Vec<_>>().join(", ")
    );
    if cycles.is_empty() {
        return html! { span.muted { "none yet" } };
    }
    let width = STEP * CYCLES;
    let first = CYCLES - cycles.len();
    html! {
        svg.history role="img" aria-label=(label) width=(width) height=(HEIGHT) viewBox=(format!("0 0 {width} {HEIGHT}")) {
            rect.ground x="0" y=(HEIGHT - 1) width=(width) height="1" {}
            @for (place, cycle) in cycles.iter().enumerate() { (bar((first + place) * STEP, cycle.status)) }
        }
    }
}

fn bar(x: usize, status: Option<Status>) -> Markup {
    let part = |class: &str, y: usize, height: usize| {
        html! { rect class=(class) x=(x) y=(y) width=(BAR) height=(height) rx="1" {} }
    };
    match status {
        Some(Status::Succeeded) => part("good", 1, 18),
        Some(Status::CompletedWithErrors) => html! { (part("partly", 9, 10)) (part("partly", 1, 5)) },
        Some(Status::Failed) => part("bad", 12, 7),
        Some(Status::Rejected | Status::Cancelled) | None => {
            html! { rect.other x=(x) y="11.5" width=(BAR - 1) height="7" {} }
        }
    }
}

/// The days in a chart.
const DAYS: i64 = 30;

/// The last days until today, with all that ended on each.
pub(super) fn last_days<'a>(days: impl Iterator<Item = &'a Day>, now: OffsetDateTime) -> Vec<Day> {
    let date = |ago: i64| (now - time::Duration::days(ago)).date().to_string();
    let mut last: BTreeMap<String, Day> =
        (0..DAYS).map(date).map(|day| (day.clone(), Day { day, ..Day::default() })).collect();
    for day in days {
        if let Some(sum) = last.get_mut(&day.day) {
            sum.cycles += day.cycles;
            sum.succeeded += day.succeeded;
            sum.files += day.files;
            sum.bytes += day.bytes;
        }
    }
    last.into_values().collect()
}

/// Bytes copied on each of these days, oldest first.
pub(super) fn days(days: &[Day]) -> Markup {
    const AREA: usize = 80;
    const STEP: usize = 20;
    let most = days.iter().map(|day| day.bytes).max().unwrap_or_default();
    let total = days.iter().map(|day| day.bytes).sum();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return html! {} };
    let height = |bytes: u64| (bytes as f64 / most.max(1) as f64 * AREA as f64).round() as usize;
    // what was not nothing is seen
    let height = |bytes: u64| if bytes == 0 { 0 } else { height(bytes).max(2) };
    let width = STEP * days.len();
    let label = format!(
        "Copied from {} to {}: {} in all, at most {} on a day",
        first.day,
        last.day,
        words::bytes(total),
        words::bytes(most)
    );
    html! {
        figure.days {
            figcaption { (words::bytes(total)) " copied in " (days.len()) " days, at most " (words::bytes(most)) " on a day" }
            svg role="img" aria-label=(label) viewBox=(format!("0 0 {width} {AREA}")) preserveAspectRatio="none" {
                @for (place, day) in days.iter().enumerate() {
                    rect x=(place * STEP + 2) y=(AREA - height(day.bytes)) width=(STEP - 4) height=(height(day.bytes)) {}
                }
            }
            div.axis aria-hidden="true" { span { (first.day) } span { (last.day) } }
            details {
                summary { "The numbers" }
                (super::parts::scrolling("Copied per day", &numbers(days)))
            }
        }
    }
}

fn numbers(days: &[Day]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Day" } th.n scope="col" { "Copied" } th.n scope="col" { "Files" } th.n scope="col" { "Cycles" } th.n scope="col" { "Succeeded" } } }
            tbody {
                @for day in days.iter().rev().filter(|day| day.cycles > 0) {
                    tr {
                        th scope="row" { (day.day) }
                        td.n { (words::bytes(day.bytes)) } td.n { (words::count(day.files)) }
                        td.n { (words::count(day.cycles)) } td.n { (words::count(day.succeeded)) }
                    }
                }
            }
        }
    }
}
