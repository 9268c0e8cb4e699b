//! How the bytes and the properties of a file travel, and what that costs: every request to the file is counted.

mod small;

use azure_files_backup::sync::CopyMode;
use azure_storage_file_share::ShareClient;
use file_share_emulator::RequestRecord;

use crate::support::*;

/// What one mirroring asked of the services.
struct Asked(Vec<RequestRecord>);

impl Asked {
    /// Of one entry: `<` of the source, `>` of the target.
    fn of(&self, path: &str) -> Vec<String> {
        let end = format!("/files/{path}");
        let is_it = |record: &&RequestRecord| {
            record.path_and_query.split('?').next().is_some_and(|path| path.ends_with(&end))
        };
        let told = |record: &RequestRecord| {
            format!("{}{}", if record.account == SOURCE { '<' } else { '>' }, record.operation)
        };
        self.0.iter().filter(is_it).map(told).collect()
    }

    fn count(&self, operation: &str) -> usize {
        self.0.iter().filter(|record| record.operation == operation).count()
    }
}

/// Mirrors the pair `files` in a mode. Everything arrives: data, properties, permissions, metadata and headers.
async fn mirror(stage: &Stage, source: &ShareClient, target: &ShareClient, mode: CopyMode) -> Asked {
    let log = stage.emulator.log();
    let mirror = Mirror::healthy(stage, source, target, "1").await.in_mode(mode);
    log.reset();
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let asked = Asked(log.snapshot().recent);
    assert_eq!(shown(target).await, shown(source).await, "{mode:?}");
    asked
}
