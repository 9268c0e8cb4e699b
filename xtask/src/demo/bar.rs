//! The progress of a cycle as one line of text.

use super::answers::{CycleReport, Progress, Work};
use super::numbers::{bytes, count};

const WIDTH: usize = 24;

pub(crate) fn line(report: &CycleReport) -> String {
    let state = in_words(&report.state);
    let Some(progress) = &report.progress else { return format!("  {state}") };
    match report.state.as_str() {
        "Planning" => format!("  {state} {}", planning(progress)),
        "Applying" => format!("  {state} {}", applying(progress)),
        _ => format!("  {state}: compared {}", count(progress.listed)),
    }
}

fn planning(progress: &Progress) -> String {
    let Progress { listed, expected, per_second, .. } = progress;
    let found = format!("{} entries to change", count(progress.planned.entries));
    let speed = format!("{}/s", count(per_second.listed));
    match expected {
        // the share may have grown, so it is never full before the end
        Some(expected) => format!(
            "{} compared {} of about {} ({speed}), {found}{}",
            bar((*listed).min(expected.saturating_sub(1)), *expected),
            count(*listed),
            count(*expected),
            left(progress)
        ),
        None => format!("compared {} ({speed}), {found}", count(*listed)),
    }
}

fn applying(progress: &Progress) -> String {
    let Progress { planned, done, per_second, .. } = progress;
    let part = |of: &Work| of.bytes.max(of.entries);
    format!(
        "{} {} of {} entries, {} of {} ({}/s){}",
        bar(part(done), part(planned)),
        count(done.entries),
        count(planned.entries),
        bytes(done.bytes),
        bytes(planned.bytes),
        bytes(per_second.bytes),
        left(progress)
    )
}

fn left(progress: &Progress) -> String {
    match progress.remaining_ms {
        Some(ms) if ms >= 60_000 => format!(", about {} min left", ms.div_ceil(60_000)),
        Some(ms) => format!(", about {} s left", ms.div_ceil(1_000)),
        None => String::new(),
    }
}

fn bar(done: u64, of: u64) -> String {
    let part = if of == 0 { 0.0 } else { (done as f64 / of as f64).min(1.0) };
    let full = (part * WIDTH as f64) as usize;
    format!("[{}{}] {:>3.0} %", "#".repeat(full), ".".repeat(WIDTH - full), (part * 100.0).floor())
}

/// `MakingRoom` as people write it.
pub(super) fn in_words(state: &str) -> String {
    let mut words = String::new();
    for character in state.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shown(state: &str, progress: Value) -> String {
        let none = json!({"copied": {"files": 0, "bytes": 0, "directories": 0}, "metadata": 0, "renamed": 0, "deleted": 0});
        let mut report = json!({"id": "c", "state": state, "elapsedMs": 1, "compared": 0, "failed": 0, "progress": progress});
        let fields = report.as_object_mut().expect("an object");
        fields.extend(none.as_object().expect("an object").clone());
        line(&serde_json::from_value(report).expect("a report"))
    }

    fn progress(done: u64, listed: u64, expected: Option<u64>, remaining_ms: Option<u64>) -> Value {
        json!({"planned": {"entries": 200, "bytes": 4096}, "done": {"entries": 100, "bytes": done},
            "listed": listed, "expected": expected, "perSecond": {"listed": 10, "entries": 1, "bytes": 1024},
            "remainingMs": remaining_ms})
    }

    #[test]
    fn the_bar_fills_with_the_bytes_that_are_copied() {
        assert_eq!(
            shown("Applying", progress(1_024, 1_200, None, Some(90_000))),
            "  applying [######..................]  25 % 100 of 200 entries, 1.0 KiB of 4.0 KiB (1.0 KiB/s), about 2 min left"
        );
    }

    #[test]
    fn comparing_has_a_bar_where_an_earlier_cycle_tells_how_much_there_is() {
        assert_eq!(
            shown("Planning", progress(0, 500, None, None)),
            "  planning compared 500 (10/s), 200 entries to change"
        );
        assert_eq!(
            shown("Planning", progress(0, 1_200, Some(1_000), None)),
            "  planning [#######################.]  99 % compared 1,200 of about 1,000 (10/s), 200 entries to change"
        );
        assert_eq!(shown("MakingRoom", progress(0, 7, None, None)), "  making room: compared 7");
    }
}
