//! A recovery point comes back, or a part of it: to where it came from or elsewhere, over what stands there or beside it.

mod cancelled;
mod conflicts;
mod console;
mod cut_off;
mod every;
mod excluded;
mod failing;
mod folders;
mod holds;
mod kinds;
mod large;
mod limits;
mod named;
mod names;
mod parts;
mod pieces;
mod refusals;
mod replaced;
mod safety;
mod shared;
mod sized;
mod spoilt;
mod whole;

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::ShareClient;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

impl Handler {
    /// Asks for a restore of the newest recovery point of the pair `files`; `more` is merged into what is asked for.
    pub async fn restore(&self, more: Value) -> Told {
        self.restore_as("", more).await
    }

    /// The same with a query.
    pub async fn restore_as(&self, query: &str, more: Value) -> Told {
        let mut asked = json!({"recoveryPoint": "latest", "destination": {"at": "source"}, "approve": true});
        for (field, value) in more.as_object().expect("an object") {
            asked[field] = value.clone();
        }
        self.tell(Method::POST, &format!("pairs/files/restores{query}"), &asked.to_string()).await
    }

    /// The same; it succeeds.
    pub async fn restored(&self, more: Value) -> CycleReport {
        let report = self.restore(more).await.ok();
        assert_succeeded(&report);
        report
    }
}

/// A restore's own answer to a decision.
async fn decide(handler: &Handler, restore: &CycleReport, decision: Value) -> Told {
    let route = format!("pairs/files/restores/{}/decisions", restore.id);
    handler.tell(Method::POST, &route, &decision.to_string()).await
}

/// What a share shows but for the root and the times of directories, which move with what is written in them.
async fn files(share: &ShareClient) -> BTreeMap<String, Shown> {
    shown(share).await.into_iter().filter(|(_, entry)| entry.data.is_some()).collect()
}

/// A pair `files` with these files at its first recovery point; directories are made on the way.
async fn with_files(more: Value, files: &[(&str, &str)]) -> (Stage, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", more).await;
    for (path, body) in files {
        if let Some((directory, _)) = path.rsplit_once('/')
            && source.directory_client(directory).get_properties().await.is_err()
        {
            put_directories(&source, directory).await;
        }
        put(&source, path, body).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, handler)
}

/// What stands in the names of what came beside others.
fn mark(restore: &CycleReport) -> String {
    format!(" (restored {})", restore.id)
}
