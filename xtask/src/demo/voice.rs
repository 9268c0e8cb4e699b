//! What the demo says: sentences for people, or one JSON event a line.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use share_tree::{Changes, Difference, LeftOut};

use super::answers::{Amounts, CycleDone, CycleReport, RecoveryPoint, Seeded, SeedingReport};
use super::bar;
use super::edits::Edits;
use super::numbers::{bytes, count};

/// How many of a long list people are shown; JSON has them all.
const SHOWN: usize = 10;
/// Between two lines of progress where a line cannot be replaced.
const PAUSE: Duration = Duration::from_secs(2);

pub(crate) struct Voice {
    json: bool,
    terminal: bool,
    last_line: Instant,
}

impl Voice {
    pub(crate) fn new(json: bool) -> Self {
        let terminal = !json && std::io::stdout().is_terminal();
        Self { json, terminal, last_line: Instant::now() }
    }

    pub(crate) fn doing(&mut self, what: &str) {
        self.say(json!({"event": "doing", "what": what}), || what.to_owned());
    }

    pub(crate) fn loaded(&mut self, files: u64, directories: u64, size: u64, left_out: &[LeftOut]) {
        let listed: Vec<Value> = left_out
            .iter()
            .map(|it| json!({"path": it.path.to_string_lossy(), "reason": it.reason}))
            .collect();
        let event = json!({"event": "loaded", "files": files, "directories": directories, "bytes": size, "leftOut": listed});
        self.say(event, || {
            let mut text = format!(
                "Source share: {} files, {} directories, {}; {} left out",
                count(files),
                count(directories),
                bytes(size),
                count(left_out.len() as u64)
            );
            for LeftOut { path, reason } in left_out {
                text += &format!("\n  left out {}: {reason}", path.display());
            }
            text
        });
    }

    /// One line that is replaced on a terminal; elsewhere a line now and then.
    pub(crate) fn progress(&mut self, report: &CycleReport) {
        if self.json {
            let event = json!({"event": "progress", "cycle": report.id, "state": report.state,
                "compared": report.compared, "done": report.done, "progress": report.progress});
            println!("{event}");
            return;
        }
        if !self.terminal && self.last_line.elapsed() < PAUSE {
            return;
        }
        self.last_line = Instant::now();
        let text = bar::line(report);
        if self.terminal { self.replace_line(&text) } else { println!("{text}") }
    }

    pub(crate) fn cycle(&mut self, number: usize, cycle: &CycleDone) {
        let mut event = serde_json::to_value(cycle).unwrap_or_default();
        event["event"] = "cycle".into();
        self.say(event, || {
            let CycleDone { changes, requests, .. } = cycle;
            let mut text = format!(
                "Cycle {number}: {} after {:.1} s\n  compared {}; copied {} files ({}) and {} directories; updated the metadata of {}; renamed {}; deleted {}; failed {}\n  {} requests, {} of them lists",
                cycle.status.as_deref().unwrap_or("not finished"),
                cycle.elapsed_ms as f64 / 1000.0,
                count(cycle.compared),
                count(changes.copied.files),
                bytes(changes.copied.bytes),
                count(changes.copied.directories),
                count(changes.metadata),
                count(changes.renamed),
                count(changes.deleted),
                count(cycle.failed),
                count(requests.list + requests.other),
                count(requests.list)
            );
            let mut operations: Vec<_> = requests.operations.iter().collect();
            operations.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
            for (operation, times) in operations {
                text += &format!("\n    {:>9}  {operation}", count(*times));
            }
            if let Some(seeded) = &cycle.seeded {
                text += &format!("\n  {}", origins(seeded));
            }
            if let Some(error) = &cycle.error {
                text += &format!("\n  {}: {}", error.code, error.detail);
            }
            for failure in cycle.failures.iter().take(SHOWN) {
                text += &format!("\n  failed {}: {}, {}", failure.path, failure.reason, failure.detail);
            }
            text + &more(cycle.failures.len())
        });
    }

    pub(crate) fn staged(&mut self, by_azcopy: bool, loaded: Amounts) {
        let by = if by_azcopy { "AzCopy" } else { "demo" };
        self.say(json!({"event": "staged", "by": by, "loaded": loaded}), || {
            let by = match by_azcopy {
                true => "with AzCopy, without ACLs",
                false => "by the demo, with data and times only: AzCopy is not installed, or has no key",
            };
            format!("Staging share: {}, loaded {by}", amounts(&loaded))
        });
    }

    pub(crate) fn seeding(&mut self, report: &SeedingReport) {
        self.say(json!({"event": "seeding", "seeding": report}), || {
            let SeedingReport { status, seeded, staging_only, hint, .. } = report;
            let only = staging_only.map_or_else(|| "unknown".to_owned(), count);
            let hint = hint.as_deref().unwrap_or_default();
            format!("Seeding: {status}; {}; files in staging alone: {only}\n  {hint}", origins(seeded))
        });
    }

    pub(crate) fn changed(&mut self, edits: &Edits, expected: &Changes) {
        self.say(json!({"event": "changed", "edits": edits, "changes": expected}), || {
            format!(
                "Changed the source share: {} files and directories put, {} files written to, {} entries given other properties, {} moved or renamed, {} deleted",
                edits.put, edits.written, edits.set, edits.moved, edits.deleted
            )
        });
    }

    pub(crate) fn recovery_points(&mut self, points: &[RecoveryPoint]) {
        self.say(json!({"event": "recoveryPoints", "recoveryPoints": points}), || {
            let mut text = format!("{} recovery points", points.len());
            for RecoveryPoint { cycle, source, target } in points {
                let source = source.as_ref().map_or_else(|| "gone".to_owned(), ToString::to_string);
                text += &format!("\n  cycle {cycle}: source {source}, target {target}");
            }
            text
        });
    }

    pub(crate) fn compared(&mut self, entries: usize, differences: &[Difference]) {
        let listed: Vec<String> = differences.iter().map(ToString::to_string).collect();
        self.say(json!({"event": "compared", "entries": entries, "differences": listed}), || {
            let mut text = match differences.len() {
                0 => format!(
                    "Identical: {} entries of the last target share snapshot, every byte and property",
                    count(entries as u64)
                ),
                number => format!("Not identical: {} differences", count(number as u64)),
            };
            listed.iter().take(SHOWN).for_each(|difference| text += &format!("\n  {difference}"));
            text + &more(differences.len())
        });
    }

    /// The last line of `--json`; people have read it all already.
    pub(crate) fn done(&mut self, event: &Value) {
        if self.json {
            println!("{event}");
        }
    }

    fn say(&mut self, event: Value, text: impl FnOnce() -> String) {
        if self.json {
            println!("{event}");
            return;
        }
        if self.terminal {
            self.replace_line("");
        }
        self.last_line = Instant::now();
        println!("{}", text());
    }

    fn replace_line(&self, text: &str) {
        print!("\r\x1b[K{text}");
        // A line that is shown late is no harm.
        let _ = std::io::stdout().flush();
    }
}

fn origins(seeded: &Seeded) -> String {
    let reasons = seeded.reasons.iter().filter(|(_, amounts)| amounts.files > 0);
    let reasons: Vec<String> =
        reasons.map(|(reason, of)| format!("{} {}", count(of.files), bar::in_words(reason))).collect();
    let (staging, source) = (amounts(&seeded.from_staging), amounts(&seeded.from_source));
    format!("data of {staging} from staging, of {source} from the source: {}", reasons.join(", "))
}

fn amounts(of: &Amounts) -> String {
    format!("{} files ({})", count(of.files), bytes(of.bytes))
}

fn more(all: usize) -> String {
    if all > SHOWN { format!("\n  and {} more", all - SHOWN) } else { String::new() }
}
