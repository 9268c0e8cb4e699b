//! One pair: how it stands, its cycle under way, its recovery points, its last cycles and what failed in them.

use std::time::Duration;

use maud::{Markup, html};
use time::OffsetDateTime;

use super::parts::{self, scrolling};
use super::{chart, words};
use crate::cycle::in_words;
use crate::cycle::report::{Kind, PairDetails, PairStatus, PastCycle, RecoveryPoint, SeedingReport};
use crate::sync::Failure;

/// Recovery points that are shown at once; the others unfold.
const POINTS: usize = 10;
/// Failures that are shown.
const FAILURES: usize = 100;

/// Title and content.
pub(super) fn page(details: &PairDetails, now: OffsetDateTime) -> (String, Markup) {
    let pair = &details.status;
    let (_, word) = words::standing(pair.judgement.standing);
    let content = html! {
        (head(pair, now))
        @if let Some(cycle) = parts::at_work(pair) {
            section aria-labelledby="under-way" {
                h2 id="under-way" { "Under way" }
                p { "Cycle " code { (cycle.id) } " since " (words::minute(&cycle.started_at)) " UTC" }
                (parts::progress(cycle))
            }
        }
        (beside_now(pair))
        @if !details.failures.is_empty() { (failures(pair, &details.failures)) }
        @if let Some(seeding) = &pair.seeding { (seeded(seeding)) }
        (recovery_points(&details.points))
        section aria-labelledby="cycles" {
            h2 id="cycles" { "Last cycles" }
            @if pair.history.is_empty() { p.muted { "None has ended yet." } }
            @else { (scrolling("Last cycles", &cycles(&pair.history))) }
        }
        @if !details.beside.is_empty() {
            section aria-labelledby="beside" {
                h2 id="beside" { "Last restores, drills and failbacks" }
                (scrolling("Last restores, drills and failbacks", &beside(&details.beside)))
            }
        }
        section aria-labelledby="days" {
            h2 id="days" { "Copied per day" }
            (chart::days(&chart::last_days(pair.days.iter(), now)))
        }
    };
    (format!("{word}: {}", pair.name), content)
}

fn head(pair: &PairStatus, now: OffsetDateTime) -> Markup {
    let judgement = &pair.judgement;
    let class = if judgement.remedy.is_some() { "attention" } else { "calm" };
    html! {
        section class=(class) {
            h1 { (pair.name) " " (parts::standing(judgement.standing)) }
            p { (judgement.cause) "." }
            @if let Some(remedy) = &judgement.remedy { p.remedy { b { "Do: " } (remedy) "." } }
            @for alert in pair.cycle.iter().flat_map(|cycle| &cycle.alerts) { (parts::alert(alert)) }
            @for beside in &pair.beside { (parts::beside(beside)) }
        }
        section aria-label="Facts" {
            dl.facts {
                div { dt { "Source" } dd { (pair.source.account) "/" (pair.source.share) } }
                div { dt { "Target" } dd { (pair.target.account) "/" (pair.target.share) } }
                div {
                    dt { "Newest recovery point" }
                    dd {
                        @match judgement.recovery_point_age_seconds {
                            Some(age) => { (parts::age(age, now)) }
                            None => { "none yet" }
                        }
                    }
                }
                div { dt { "Allowed age" } dd { (in_words(Duration::from_secs(judgement.rpo_seconds))) } }
                @if let Some(next) = &pair.next_run_at {
                    div { dt { "Next run" } dd { (words::minute(next)) " UTC" } }
                }
                @if let Some(requests) = pair.limits.requests_per_second {
                    div { dt { "Requests a second" } dd { "at most " (words::count(requests)) } }
                }
                @if let Some(bytes) = pair.limits.bytes_per_second {
                    div { dt { "Data a second" } dd { "at most " (words::bytes(bytes)) } }
                }
                @if let Some(drilled) = parts::drilled(pair) { div { dt { "Last drill" } dd { (drilled) } } }
                @if !pair.acknowledged.is_empty() {
                    div { dt { "Failures accepted" } dd { (pair.acknowledged.len()) } }
                }
            }
        }
    }
}

fn failures(pair: &PairStatus, failures: &[Failure]) -> Markup {
    let total = pair.history.first().map_or(0, |cycle| cycle.failed).max(failures.len() as u64);
    let shown = failures.len().min(FAILURES);
    let table = html! {
        table {
            thead { tr { th scope="col" { "Path" } th scope="col" { "Reason" } th scope="col" { "Detail" } } }
            tbody {
                @for failure in &failures[..shown] {
                    tr {
                        th.path scope="row" { @if failure.path.is_empty() { "(the root)" } @else { (failure.path) } }
                        td { (failure.reason) @if failure.acknowledged { " (accepted)" } }
                        td.path { (failure.detail) }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="failures" {
            h2 id="failures" { "Failed in the last cycle: " (words::counted(total, "entry")) }
            (scrolling("Failed entries", &table))
            @if total > shown as u64 { p.muted { "The first " (shown) " are shown." } }
        }
    }
}

fn seeded(seeding: &SeedingReport) -> Markup {
    let amounts =
        [("from staging", seeding.seeded.from_staging), ("from the source", seeding.seeded.from_source)];
    html! {
        section aria-labelledby="seeding" {
            h2 id="seeding" { "Seeding: " (seeding.status) }
            @if let Some(share) = &seeding.staging_share { p { "Staging share " b { (share) } } }
            ul {
                @for (from, amount) in amounts {
                    li { (words::counted(amount.files, "file")) ", " (words::bytes(amount.bytes)) " " (from) }
                }
            }
            @if let Some(hint) = &seeding.hint { p { (hint) "." } }
        }
    }
}

fn recovery_points(points: &Result<Vec<RecoveryPoint>, String>) -> Markup {
    html! {
        section aria-labelledby="points" {
            h2 id="points" { "Recovery points" }
            @match points {
                Err(reason) => { p { "The shares could not be asked: " (reason) } }
                Ok(points) if points.is_empty() => { p.muted { "None yet." } }
                Ok(points) => {
                    (scrolling("Newest recovery points", &table_of(&points[..points.len().min(POINTS)])))
                    @if points.len() > POINTS {
                        details {
                            summary { "The " (points.len() - POINTS) " before" }
                            (scrolling("Earlier recovery points", &table_of(&points[POINTS..])))
                        }
                    }
                }
            }
        }
    }
}

fn table_of(points: &[RecoveryPoint]) -> Markup {
    html! {
        table {
            thead {
                tr { th scope="col" { "Target share snapshot" } th scope="col" { "Source share snapshot" } th scope="col" { "Not up to date in it" } th scope="col" { "When read" } }
            }
            tbody {
                @for point in points {
                    tr {
                        th scope="row" { (point.target) }
                        td { @match &point.source { Some(source) => { (source) } None => { span.muted { "pruned" } } } }
                        td {
                            @if point.acknowledged > 0 { (words::counted(point.acknowledged, "entry")) " accepted " }
                            @if point.excluded > 0 { (words::counted(point.excluded, "entry")) " excluded" }
                        }
                        td.failed { @if point.verify_failed { span aria-hidden="true" { "✕" } " not what the source held" } }
                    }
                }
            }
        }
    }
}

/// Restores, drills and failbacks that are under way, and need no person.
fn beside_now(pair: &PairStatus) -> Markup {
    html! {
        @for (kind, progress) in parts::beside_at_work(pair) {
            section aria-label=(format!("{} under way", words::kind(kind))) {
                h2 { (words::kind(kind)) " under way" }
                (progress)
            }
        }
    }
}

fn beside(ended: &[(Kind, PastCycle)]) -> Markup {
    html! {
        table {
            (head_of_cycles(Some("What")))
            tbody { @for (kind, cycle) in ended { (cycle_row(cycle, Some(words::kind(*kind)))) } }
        }
    }
}

fn cycles(history: &[PastCycle]) -> Markup {
    html! {
        table {
            (head_of_cycles(None))
            tbody { @for cycle in history { (cycle_row(cycle, None)) } }
        }
    }
}

fn head_of_cycles(more: Option<&str>) -> Markup {
    html! {
            thead {
                tr {
                    th scope="col" { "Began (UTC)" } @if let Some(more) = more { th scope="col" { (more) } } th scope="col" { "Ended as" } th.n scope="col" { "Worked for" }
                    th.n scope="col" { "Files" } th.n scope="col" { "Copied" } th.n scope="col" { "Changed" } th.n scope="col" { "Deleted" }
                    th.n scope="col" { "Failed" } th scope="col" { "Error" }
                }
            }
    }
}

fn cycle_row(cycle: &PastCycle, kind: Option<&str>) -> Markup {
    let (sign, word) = words::status(cycle.status);
    html! {
        tr {
            th scope="row" title=(cycle.id) { (words::minute(&cycle.started_at)) }
            @if let Some(kind) = kind { td { (kind) } }
            td class=(word.to_lowercase().replace(' ', "-")) { span aria-hidden="true" { (sign) } " " (word) }
            td.n { (words::duration(cycle.elapsed_ms)) }
            td.n { (words::count(cycle.files)) } td.n { (words::bytes(cycle.bytes)) }
            td.n { (words::count(cycle.changed)) } td.n { (words::count(cycle.deleted)) } td.n { (words::count(cycle.failed)) }
            td { @if let Some(error) = &cycle.error { code { (error) } } }
        }
    }
}
