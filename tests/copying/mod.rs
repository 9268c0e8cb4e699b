//! How the bytes and the properties of a file travel, and what that costs: every request to the file is counted.

mod behind;
mod changed;
mod new_directories;
mod properties;
mod recased;
mod refused_source;
mod rotated;
mod small;
mod turns;
mod whole;

use azure_files_backup::sync::{Base, CopyMode, Failure};
use azure_storage_file_share::{CreateFile, LastWrite, ShareClient};
use bytes::Bytes;
use file_share_emulator::RequestRecord;
use serde_json::json;

use crate::support::*;

const MIB: u64 = 1 << 20;
/// More than one range, and the last one is no whole page.
const LARGE: u64 = 5 * MIB + 700;

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

    /// The same without what the target's service reads from the source by itself.
    fn by_us(&self, path: &str) -> Vec<String> {
        self.of(path).into_iter().filter(|one| one != "<Get File").collect()
    }

    /// Bytes that were put into the target.
    fn written(&self) -> u64 {
        self.0.iter().filter(|record| record.account == TARGET).map(|record| record.written_bytes).sum()
    }

    fn count(&self, operation: &str) -> usize {
        self.0.iter().filter(|record| record.operation == operation).count()
    }
}

/// What a mirroring knows and how it copies.
#[derive(Clone, Default)]
struct Way {
    mode: CopyMode,
    base: Option<Base>,
    is_plain: bool,
}

/// Mirrors the pair `files`: what that asked for, and what failed.
async fn try_to_mirror(
    stage: &Stage,
    source: &ShareClient,
    target: &ShareClient,
    way: &Way,
) -> (Asked, Vec<Failure>) {
    let mirror = Mirror::healthy(stage, source, target, "1").await;
    let mirror = mirror.in_mode(way.mode).since(way.base.clone(), way.is_plain);
    stage.emulator.log().reset();
    let failures = mirror.run().await.expect("mirrored");
    (Asked(stage.emulator.log().snapshot().recent), failures)
}

/// The same, and everything arrives: data, properties, permissions, metadata and headers.
async fn mirror_so(stage: &Stage, source: &ShareClient, target: &ShareClient, way: &Way) -> Asked {
    let (asked, failures) = try_to_mirror(stage, source, target, way).await;
    assert_eq!(failures, [], "{:?}", way.mode);
    assert_eq!(shown(target).await, shown(source).await, "{:?}", way.mode);
    asked
}

/// The pair `files` with a large file, mirrored, and the recovery point that this made.
async fn with_large(stage: &mut Stage) -> (ShareClient, ShareClient, Base) {
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    put_large(&source, "large", b'1').await;
    mirror(stage, &source, &target, CopyMode::Auto).await;
    let base = base(&source, &target).await;
    (source, target, base)
}

async fn put_large(share: &ShareClient, path: &str, byte: u8) {
    let file = share.file_client(path);
    file.create(&CreateFile { size: LARGE, ..Default::default() }).await.expect("created");
    write(share, path, 0, &vec![byte; 4 * MIB as usize]).await;
    write(share, path, 4 * MIB, &vec![byte; (LARGE - 4 * MIB) as usize]).await;
}

/// The same in a mode, with nothing known.
async fn mirror(stage: &Stage, source: &ShareClient, target: &ShareClient, mode: CopyMode) -> Asked {
    mirror_so(stage, source, target, &Way { mode, ..Way::default() }).await
}
