//! A source that does not let itself be copied from: the bytes go another way where that is allowed, and where it is not,
//! the file fails, in words that say so, and the good copy stays.

use std::sync::Arc;

use azure_files_backup::sync::CopyMode;
use faults::{Fault as Struck, Seen};

use super::*;

const REFUSALS: [(u16, &str); 4] = [
    (403, "AuthorizationFailure"),
    (404, "ResourceNotFound"),
    (401, "NoAuthenticationInformation"),
    (503, "ServerBusy"),
];

/// Mirrors a large file that was changed as a whole, while the source lets itself not be copied from.
async fn refused(
    stage: &mut Stage,
    mode: CopyMode,
    (status, code): (u16, &'static str),
) -> (Asked, Vec<Failure>, ShareClient, ShareClient) {
    let (source, target, _) = with_large(stage).await;
    put_large(&source, "large", b'2').await;
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.operation == "Put Range From URL" {
            Struck::RefuseSource { status, code }
        } else {
            Struck::None
        }
    })));
    let (asked, failures) = try_to_mirror(stage, &source, &target, &Way { mode, ..Way::default() }).await;
    (asked, failures, source, target)
}

#[tokio::test]
async fn accept_sync_engine_a_refused_copy_source_makes_auto_stream() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let (asked, failures, source, target) = refused(&mut stage, CopyMode::Auto, refusal).await;
        assert_eq!(failures, [], "{refusal:?}");
        assert_eq!(asked.count("Put Range"), 2, "{refusal:?}: both ranges");
        assert_eq!(shown(&target).await, shown(&source).await, "{refusal:?}");
    }
}

#[tokio::test]
async fn accept_sync_engine_a_refused_copy_source_fails_a_file_that_may_only_be_copied_by_the_service() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let (asked, failures, _, target) = refused(&mut stage, CopyMode::ServerSide, refusal).await;
        assert_eq!(reasons(&failures), [("large", "CannotVerifyCopySource")], "{refusal:?}");
        let detail = &failures[0].detail;
        assert!(detail.contains(&format!("copy source answered {} ({})", refusal.1, refusal.0)), "{detail}");
        assert_eq!(
            (asked.count("Put Range"), names(&target, "").await.as_slice()),
            (0, &["large".to_owned()][..])
        );
        let found = target.file_client("large").get(Some(0..3)).await.expect("readable").bytes;
        assert_eq!(found, "111", "{refusal:?}: the good copy stays");
    }
}

#[tokio::test]
async fn accept_sync_engine_a_refused_copy_source_is_nothing_to_what_is_streamed() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let (asked, failures, source, target) = refused(&mut stage, CopyMode::Streamed, refusal).await;
        assert_eq!((failures, asked.count("Put Range From URL")), (vec![], 0), "{refusal:?}");
        assert_eq!(shown(&target).await, shown(&source).await, "{refusal:?}");
    }
}
