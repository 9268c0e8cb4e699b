//! Owners of a cycle that apply its plan one after the other, each from what the one before it has saved.

use std::sync::Mutex;

use azure_files_backup::sync::{Changes, Chunk, End, Failure, Progress, Saved, SyncError, verify};
use tokio::sync::Notify;

use super::*;

/// What is stored of a cycle that is being applied.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Chunks come once in each of six passes.
    pub place: usize,
    /// As it is stored: JSON.
    pub saved: String,
    pub failures: Vec<Failure>,
    pub done: Changes,
}

impl Row {
    pub fn saved(&self) -> Saved {
        if self.saved.is_empty() {
            return Saved::default();
        }
        serde_json::from_str(&self.saved).expect("what was stored")
    }

    fn store(&mut self, (saved, failures): (Saved, Vec<Failure>)) {
        self.saved = serde_json::to_string(&saved).expect("JSON");
        self.failures.extend(failures);
    }
}

/// When something happens to an owner at work.
#[derive(Debug, Default)]
pub struct Signals {
    pub save: Notify,
    pub stop: Notify,
}

/// Applies from where the row is on, and keeps it up to date. Verifying is the last of the passes.
pub async fn own(
    mirror: &Mirror,
    chunks: &[Chunk],
    row: &Mutex<Row>,
    signals: &Signals,
) -> Result<End, SyncError> {
    let apply = mirror.applying();
    loop {
        let (place, saved, known) = {
            let row = row.lock().expect("no panic");
            (row.place, row.saved(), failed(&row.failures))
        };
        let (pass, at) = (place / chunks.len(), place % chunks.len());
        let backward = &chunks[chunks.len() - 1 - at];
        let progress = Progress::new(saved);
        let work = async {
            match pass {
                0 => apply.lift(&chunks[at], &progress).await,
                1 => apply.write(&chunks[at], &known, &progress).await,
                2 => apply.lower(&chunks[at], &known, &progress).await,
                3 => apply.delete(backward, &known, &progress).await,
                4 => apply.finish(backward, &known, &progress).await,
                _ => verify(&apply, &chunks[at], chunks.get(at + 1), &known, &progress).await,
            }
        };
        let mut work = std::pin::pin!(work);
        let end = loop {
            tokio::select! {
                biased;
                () = signals.stop.notified() => progress.stop(),
                () = signals.save.notified() => row.lock().expect("no panic").store(progress.save()),
                end = &mut work => break end?,
            }
        };
        let mut row = row.lock().expect("no panic");
        row.store(progress.save());
        if end == End::Stopped {
            return Ok(End::Stopped);
        }
        let changes = row.saved().changes;
        row.done += changes;
        row.saved.clear();
        row.place += 1;
        if row.place == 6 * chunks.len() {
            return Ok(End::Finished);
        }
    }
}
