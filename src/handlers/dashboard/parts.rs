//! Pieces that several pages show.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::words;
use crate::cycle::report::{Beside, CycleReport, Kind, PairStatus, Phase, Progress, Standing};
use crate::cycle::{in_words, remedy_of};
use crate::state::Alert;

/// Addresses on these pages. A function key that came as a parameter has to be in each of them, or the host refuses the
/// next page.
pub(super) struct Links {
    code: String,
}

impl Links {
    pub(super) fn of(query: &BTreeMap<String, String>) -> Self {
        let code = query.get("code").map(|code| format!("?code={}", encoded(code)));
        Self { code: code.unwrap_or_default() }
    }

    pub(super) fn overview(&self) -> String {
        self.to("/api/dashboard")
    }

    pub(super) fn pair(&self, name: &str) -> String {
        self.to(&format!("/api/dashboard/{}", encoded(name)))
    }

    pub(super) fn to(&self, path: &str) -> String {
        format!("{path}{}", self.code)
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(super) fn standing(standing: Standing) -> Markup {
    let (sign, word) = words::standing(standing);
    html! { span class=(format!("badge {}", standing.as_str())) { span aria-hidden="true" { (sign) } " " (word) } }
}

pub(super) fn moment(time: OffsetDateTime) -> Markup {
    let exact = time.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) { (words::minute_of(time)) " UTC" } }
}

/// How old something is, with the time itself on demand.
pub(super) fn age(seconds: u64, now: OffsetDateTime) -> Markup {
    let age = Duration::from_secs(seconds);
    let time = now - age;
    let exact = time.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) title=(format!("{} UTC", words::minute_of(time))) { (in_words(age)) " old" } }
}

/// A table that scrolls by itself where it is too wide, also by keyboard.
pub(super) fn scrolling(label: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(format!("Table: {label}")) { (table) } }
}

/// The cycle under way, unless it waits for a person.
pub(super) fn at_work(pair: &PairStatus) -> Option<&CycleReport> {
    pair.cycle.as_ref().filter(|cycle| cycle.progress.is_some() && cycle.state != Phase::AwaitingApproval)
}

/// How far a cycle under way is.
pub(super) fn progress(cycle: &CycleReport) -> Markup {
    html! { @if let Some(progress) = &cycle.progress { (progress_of("cycle", &cycle.pair, cycle.state, progress)) } }
}

fn progress_of(what: &str, pair: &str, state: Phase, progress: &Progress) -> Markup {
    let (percent, told) = far(state, progress);
    html! {
        div.progress {
            @if let Some(percent) = percent {
                progress max="100" value=(percent) aria-label=(format!("Progress of the {what} of {pair}")) { (percent) " %" }
            }
            span { (told) }
        }
    }
}

fn far(state: Phase, progress: &Progress) -> (Option<u64>, String) {
    let Progress { planned, done, listed, expected, per_second, remaining_ms } = progress;
    let percent = |done: u64, of: u64| (of > 0).then(|| (done.min(of) as f64 / of as f64 * 100.0) as u64);
    let left = remaining_ms.map(|left| format!(", about {} left", words::duration(left))).unwrap_or_default();
    match state {
        Phase::Planning => {
            let of = expected.map(|of| format!(" of about {}", words::count(of))).unwrap_or_default();
            let told = format!("Comparing: {}{of} entries{left}", words::count(*listed));
            (expected.and_then(|of| percent(*listed, of)), told)
        }
        Phase::Applying => {
            let told = format!(
                "Copying: {} of {} entries, {} of {} ({}/s){left}",
                words::count(done.entries),
                words::count(planned.entries),
                words::bytes(done.bytes),
                words::bytes(planned.bytes),
                words::bytes(per_second.bytes)
            );
            (percent(done.bytes.max(done.entries), planned.bytes.max(planned.entries)), told)
        }
        other => (None, format!("{other:?}")),
    }
}

/// The restores, drills and failbacks under way that need no person, and how far they are.
pub(super) fn beside_at_work(pair: &PairStatus) -> impl Iterator<Item = (Kind, Markup)> {
    pair.beside.iter().filter(|beside| beside.remedy.is_none()).filter_map(|beside| {
        let (state, progress) = (beside.state?, beside.progress.as_ref()?);
        let what = words::kind(beside.kind).to_lowercase();
        Some((beside.kind, progress_of(&what, &pair.name, state, progress)))
    })
}

/// What a person should do about a restore, drill or failback; nothing where none needs one.
pub(super) fn beside(beside: &Beside) -> Markup {
    let kind = words::kind(beside.kind);
    let told = match (beside.status, beside.state) {
        (Some(status), _) => format!("{kind} ended: {}", words::status(Some(status)).1.to_lowercase()),
        (None, Some(Phase::AwaitingApproval)) => format!("{kind} waits for approval"),
        (None, Some(_)) => format!("{kind} cannot go on"),
        (None, None) => format!("{kind} cannot be read"),
    };
    html! {
        @if let Some(remedy) = &beside.remedy {
            p { b { (told) } @if let Some(error) = &beside.error { ": " (error) } }
            p.remedy { b { "Do: " } (remedy) "." }
        }
    }
}

/// How the last drill of a pair ended, and on which day.
pub(super) fn drilled(pair: &PairStatus) -> Option<Markup> {
    let drill = pair.beside.iter().find(|beside| beside.kind == Kind::Drill)?;
    let (sign, word) = words::status(Some(drill.status?));
    let at = words::minute(drill.ended_at.as_deref()?);
    let day = at.split(' ').next().unwrap_or_default();
    Some(
        html! { span role="img" aria-label=(word) { (sign) } " " span title=(format!("{at} UTC")) { (day) } },
    )
}

/// What a person should look at although the cycle went on.
pub(super) fn alert(alert: &Alert) -> Markup {
    html! { p { b { (alert.code) } ": " (alert.detail) } p.remedy { b { "Do: " } (remedy_of(&alert.code)) } }
}
