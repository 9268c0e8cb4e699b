//! Directories of many pages.

use std::sync::Arc;
use std::time::Duration;

use azure_storage_file_share::{FileTime, SmbProperties};
use faults::{Fault, Seen};
use file_share_emulator::Config;
use serde_json::json;

use crate::support::*;

const LIST: &str = "List Directories and Files";

#[tokio::test]
async fn a_large_directory_is_looked_at_once_for_all_its_changes_however_long_planning_it_takes() {
    let mut stage = Stage::with(Config { page_size: 5, ..Config::default() }).await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_many(&source, 300).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let touched = SmbProperties { last_write_time: FileTime::from_ticks(1 << 56), ..Default::default() };
    for number in (0..300).step_by(30) {
        set(&source, &format!("{number:04}"), touched.clone()).await;
    }
    // longer than the time between two saves
    let slow = |seen: &Seen<'_>| match seen.operation {
        LIST => Fault::Delay { by: Duration::from_millis(50) },
        _ => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(slow)));
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(report.done.copied.files, 10);
    let lists = [SOURCE, TARGET].map(|account| stage.emulator.log().count(account, LIST));
    // once more in the target before the first change, and on both sides after the last
    assert_eq!(lists, [2 * 60, 3 * 60]);
}
