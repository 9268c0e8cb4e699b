//! All pairs on one page: what needs a person comes first, then figures, then every pair.

use std::time::Duration;

use maud::{Markup, html};
use time::OffsetDateTime;

use super::parts::{self, Links, scrolling};
use super::{chart, words};
use crate::cycle::in_words;
use crate::cycle::report::{PairStatus, Standing};
use crate::state::Status;

/// Title and content.
pub(super) fn page(pairs: &[PairStatus], links: &Links, now: OffsetDateTime) -> (String, Markup) {
    let mut pairs: Vec<&PairStatus> = pairs.iter().collect();
    // stable: within a standing they keep the order of the settings
    pairs.sort_by_key(|pair| pair.judgement.standing);
    let urgent: Vec<_> = pairs.iter().copied().filter(|pair| needs_a_person(pair)).collect();
    let content = html! {
        @if urgent.is_empty() { (calm(&pairs)) } @else { (attention(&urgent, pairs.len(), links)) }
        (figures(&pairs))
        (under_way(&pairs, links))
        section aria-labelledby="pairs" {
            h2 id="pairs" { "Pairs" }
            (scrolling("Pairs", &table(&pairs, links, now)))
            p.legend { "Bars: full for a cycle that succeeded, broken for one with errors, short for one that failed, hollow for one that a person ended." }
        }
        section aria-labelledby="days" {
            h2 id="days" { "Copied per day" }
            (chart::days(&chart::last_days(pairs.iter().flat_map(|pair| &pair.days), now)))
        }
    };
    (title(&pairs), content)
}

fn needs_a_person(pair: &PairStatus) -> bool {
    let beside = pair.beside.iter().any(|beside| beside.remedy.is_some());
    pair.judgement.remedy.is_some() || beside || !alerts(pair).is_empty()
}

fn alerts(pair: &PairStatus) -> &[crate::state::Alert] {
    pair.cycle.as_ref().map_or(&[], |cycle| &cycle.alerts)
}

/// The state in a few words: it shows in a tab.
fn title(pairs: &[&PairStatus]) -> String {
    let of = |standing: Standing| pairs.iter().filter(|pair| pair.judgement.standing == standing).count();
    let warned = pairs.iter().filter(|pair| pair.judgement.remedy.is_none() && needs_a_person(pair)).count();
    let counts = [
        (of(Standing::Failing), "failing"),
        (of(Standing::FailedOver), "failed over"),
        (of(Standing::Late), "late"),
        (of(Standing::Held), "waiting for you"),
        (warned, "to look at"),
    ];
    let bad: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !bad.is_empty() {
        return bad.join(", ");
    }
    let well = match unprotected(pairs) {
        0 => "nothing needs you".to_owned(),
        none_yet if none_yet == pairs.len() => "no recovery point yet".to_owned(),
        some => format!("{some} without a recovery point"),
    };
    format!("{}, {well}", words::counted(pairs.len() as u64, "pair"))
}

/// How many pairs could not be restored to anything.
fn unprotected(pairs: &[&PairStatus]) -> usize {
    pairs.iter().filter(|pair| pair.judgement.recovery_point_age_seconds.is_none()).count()
}

/// Only of pairs with a recovery point is it said that they are protected.
fn calm(pairs: &[&PairStatus]) -> Markup {
    const AS_PROMISED: &str = "as well protected as the settings promise.";
    let of = pairs.len();
    let told = match unprotected(pairs) {
        0 if of == 1 => format!("The pair is {AS_PROMISED}"),
        0 => format!("All pairs are {AS_PROMISED}"),
        1 if of == 1 => "The pair has no recovery point yet.".to_owned(),
        none_yet if none_yet == of => format!("None of the {of} pairs has a recovery point yet."),
        some => {
            let have = if some == 1 { "has" } else { "have" };
            format!("{some} of {of} pairs {have} no recovery point yet. All others are {AS_PROMISED}")
        }
    };
    html! { section.calm { h1 { "Nothing needs you" } p { (told) } } }
}

fn attention(urgent: &[&PairStatus], of: usize, links: &Links) -> Markup {
    let need = if urgent.len() == 1 { "needs" } else { "need" };
    html! {
        section.attention aria-labelledby="attention" {
            h1 id="attention" { (urgent.len()) " of " (words::counted(of as u64, "pair")) " " (need) " you" }
            ul {
                @for pair in urgent {
                    li {
                        h2 { a href=(links.pair(&pair.name)) { (pair.name) } " " (parts::standing(pair.judgement.standing)) }
                        @if let Some(remedy) = &pair.judgement.remedy {
                            p { (pair.judgement.cause) "." }
                            p.remedy { b { "Do: " } (remedy) "." }
                        }
                        @for alert in alerts(pair) { (parts::alert(alert)) }
                        @for beside in &pair.beside { (parts::beside(beside)) }
                    }
                }
            }
        }
    }
}

fn figures(pairs: &[&PairStatus]) -> Markup {
    let is_in_time = |pair: &&&PairStatus| {
        let judgement = &pair.judgement;
        judgement.recovery_point_age_seconds.is_some_and(|age| age <= judgement.rpo_seconds)
    };
    let in_time = pairs.iter().filter(is_in_time).count();
    let days = || pairs.iter().flat_map(|pair| &pair.days);
    let (cycles, good) =
        days().fold((0, 0), |(cycles, good), day| (cycles + day.cycles, good + day.succeeded));
    let rate = (cycles > 0).then(|| format!("{:.1} %", good as f64 / cycles as f64 * 100.0));
    let entries = pairs.iter().filter_map(|pair| {
        pair.history.iter().find(|cycle| cycle.status == Some(Status::Succeeded)).map(|cycle| cycle.entries)
    });
    let oldest = pairs.iter().filter_map(|pair| pair.judgement.recovery_point_age_seconds).max();
    let oldest = oldest.map(|age| in_words(Duration::from_secs(age)));
    let none = || "–".to_owned();
    let figures = [
        (format!("{in_time} of {}", pairs.len()), "pairs with a recovery point that is young enough"),
        (rate.unwrap_or_else(none), "of the cycles of 30 days succeeded"),
        (words::bytes(days().map(|day| day.bytes).sum()), "copied in 30 days"),
        (words::count(entries.sum()), "files and directories protected"),
        (oldest.unwrap_or_else(none), "is the furthest that a pair is behind"),
    ];
    html! {
        section aria-label="Figures" {
            dl.figures { @for (figure, meaning) in figures { div { dt { (meaning) } dd { (figure) } } } }
        }
    }
}

fn under_way(pairs: &[&PairStatus], links: &Links) -> Markup {
    let cycles = pairs.iter().filter_map(|pair| Some((pair, "", parts::progress(parts::at_work(pair)?))));
    let beside = pairs.iter().flat_map(|pair| {
        parts::beside_at_work(pair).map(move |(kind, progress)| (pair, words::kind(kind), progress))
    });
    let all: Vec<_> = cycles.chain(beside).collect();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="under-way" {
                h2 id="under-way" { "Under way" }
                ul.under-way {
                    @for (pair, kind, progress) in all {
                        li { a href=(links.pair(&pair.name)) { (pair.name) } " " (kind) (progress) }
                    }
                }
            }
        }
    }
}

fn table(pairs: &[&PairStatus], links: &Links, now: OffsetDateTime) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Pair" } th scope="col" { "Standing" } th scope="col" { "Newest recovery point" }
                    th.wide scope="col" { "Allowed" } th.n.wide scope="col" { "Entries" } th.n.wide scope="col" { "Copied last" }
                    th.wide scope="col" { "Last drill" } th scope="col" { "Last 30 cycles" }
                }
            }
            tbody { @for pair in pairs { (row(pair, links, now)) } }
        }
    }
}

fn row(pair: &PairStatus, links: &Links, now: OffsetDateTime) -> Markup {
    let last = pair.history.first();
    html! {
        tr {
            th scope="row" { a href=(links.pair(&pair.name)) { (pair.name) } }
            td { (parts::standing(pair.judgement.standing)) }
            td {
                @match pair.judgement.recovery_point_age_seconds {
                    Some(age) => { (parts::age(age, now)) }
                    None => { span.muted { "none yet" } }
                }
            }
            td.wide { (in_words(Duration::from_secs(pair.judgement.rpo_seconds))) }
            td.n.wide { @if let Some(last) = last { (words::count(last.entries)) } }
            td.n.wide { @if let Some(last) = last { (words::bytes(last.bytes)) } }
            td.wide { @match parts::drilled(pair) { Some(drilled) => { (drilled) } None => { span.muted { "none yet" } } } }
            td { (chart::history(&pair.history)) }
        }
    }
}
