//! A first cycle that was cut off at any request and that nobody goes on with: the next one, which knows nothing of it,
//! takes no half-written file for a finished one.

use azure_files_backup::sync::CopyMode;
use azure_storage_file_share::{
    ClientOptions, CreateFile, LastWrite, Metadata, SetFileProperties, ShareClient, ShareSnapshotId,
};
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::support::*;

/// Pairs worked on side by side.
const AT_ONCE: usize = 12;
const LARGE: u64 = (8 << 20) + 700;

/// Each kind of file, by how it is written.
async fn fill(share: &ShareClient) {
    for directory in ["d", "d/e"] {
        put_directory(share, directory).await;
    }
    for path in ["small", "d/small", "d/e/small", "bare"] {
        put(share, path, path).await;
    }
    put(share, "empty", "").await;
    put_read_only(share, "read-only", "data").await;
    // without a content type
    share.file_client("bare").set_properties(&SetFileProperties::default()).await.expect("set");
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    let large = CreateFile { size: LARGE, metadata, ..Default::default() };
    share.file_client("large").create(&large).await.expect("created");
    for start in [0, 4 << 20, 8 << 20] {
        let bytes = Bytes::from(vec![b'l'; 700]);
        share.file_client("large").put_range(start, bytes, LastWrite::Now).await.expect("written");
    }
}

/// A first cycle in a target of its own, as far as it comes; how many requests it sent.
async fn first(
    stage: &Stage,
    names: (&str, &str),
    at: &ShareSnapshotId,
    mode: CopyMode,
    http: Faulty,
) -> u64 {
    let mirror = Mirror::with(stage, names, at, http, ClientOptions::default(), ("1", 1)).in_mode(mode);
    mirror.http.until_death(mirror.run()).await;
    mirror.http.sent()
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_a_cycle_that_nobody_goes_on_with_leaves_no_half_file_that_looks_finished() {
    let stage = &Stage::set().await;
    let source = stage.share(SOURCE, "files");
    source.create(&Default::default()).await.expect("the share is new");
    fill(&source).await;
    let at = &source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    let expected = &shown(&source.with_snapshot(at)).await;
    let target = async |name: &str| {
        let target = stage.share(TARGET, name);
        target.create(&Default::default()).await.expect("the share is new");
        target
    };
    for mode in CopyMode::ALL {
        let name = format!("whole-{}", mode.as_str());
        target(&name).await;
        let sent = first(stage, ("files", &name), at, mode, Faulty::healthy()).await;
        let cuts = (1..=sent).flat_map(|cut| [Fault::Kill, Fault::KillAfter].map(|fault| (cut, fault)));
        let works = cuts.enumerate().map(|(number, (cut, fault))| async move {
            let place = format!("{mode:?}, {fault:?} at {cut} of {sent}");
            let name = format!("cut-{}-{number}", mode.as_str());
            let target = target(&name).await;
            let http = Faulty::new(move |number, _, _| if number == cut { fault } else { Fault::None });
            first(stage, ("files", &name), at, mode, http).await;
            let options = ClientOptions::default();
            let next = Mirror::with(stage, ("files", &name), at, Faulty::healthy(), options, ("2", 2));
            assert_eq!(next.in_mode(mode).run().await.expect("mirrored"), [], "{place}");
            assert_eq!(&shown(&target).await, expected, "{place}");
        });
        stream::iter(works).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
}
