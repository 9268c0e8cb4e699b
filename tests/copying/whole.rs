//! Whole replacements: the good copy stays until the new one is complete.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::sync::CopyMode;
use faults::{Fault as Struck, Script};

use super::*;

#[tokio::test]
async fn accept_sync_engine_a_large_changed_file_is_built_elsewhere_and_renamed_in() {
    for (mode, put) in [
        (CopyMode::Auto, "Put Range From URL"),
        (CopyMode::ServerSide, "Put Range From URL"),
        (CopyMode::Streamed, "Put Range"),
    ] {
        let mut stage = Stage::set().await;
        let (source, target, _) = with_large(&mut stage).await;
        put_large(&source, "large", b'2').await;
        let asked = mirror(&stage, &source, &target, mode).await;
        let expected = ["<Get File Properties", "<List Ranges", ">Get File Properties", ">Rename File"];
        assert_eq!(asked.by_us("large"), expected, "{mode:?}");
        assert_eq!((asked.count("Create File"), asked.count(put)), (1, 2), "{mode:?}");
        assert_eq!(asked.count("Set File Properties"), 0, "{mode:?}");
        assert_eq!(names(&target, "").await, ["large"], "{mode:?}");
    }
}

#[tokio::test]
async fn accept_sync_engine_a_small_changed_file_is_replaced_as_a_whole_where_no_byte_may_pass_through_the_app()
 {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    let asked = mirror(&stage, &source, &target, CopyMode::ServerSide).await;
    assert_eq!(asked.by_us("a"), ["<Get File Properties", ">Get File Properties", ">Rename File"]);
    assert_eq!((asked.count("Create File"), asked.count("Put Range From URL")), (1, 1));
}

#[tokio::test]
async fn what_a_cut_off_attempt_built_in_vain_is_gone_in_the_end() {
    let mut stage = Stage::set().await;
    let (source, target, base) = with_large(&mut stage).await;
    write(&source, "large", MIB, b"second").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await.since(Some(base), true);
    let (chunks, _) = mirror.plan().await.expect("a plan");
    // the base did not answer, and then the process died
    put(&target, &mirror.scratch.path_for("large"), "half of it").await;
    assert_eq!(mirror.apply(&chunks).await.expect("applied"), []);
    assert_eq!(names(&target, "").await, ["large"]);
}

#[tokio::test]
async fn a_copy_that_fails_half_way_leaves_the_good_one_and_nothing_else() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target, _) = with_large(&mut stage).await;
        let before = shown(&target).await;
        put_large(&source, "large", b'2').await;
        let refuse = || Struck::Refuse { status: 409, code: "SharingViolation", retry_after_seconds: None };
        let script = ["Put Range", "Put Range From URL"]
            .into_iter()
            .fold(Script::new(), |script, operation| script.on(operation, TARGET, u64::MAX, refuse));
        stage.emulator.set_faults(Some(Arc::new(script)));
        let (_, failures) = try_to_mirror(&stage, &source, &target, &Way { mode, ..Way::default() }).await;
        stage.emulator.set_faults(None);
        assert_eq!(reasons(&failures), [("large", "SharingViolation")], "{mode:?}");
        assert_eq!(shown(&target).await["large"], before["large"], "{mode:?}");
        assert_eq!(names(&target, "").await, ["large"], "{mode:?}");
    }
}

#[tokio::test]
async fn what_somebody_changes_while_its_replacement_is_built_is_left_alone() {
    let mut stage = Stage::set().await;
    let (source, target, _) = with_large(&mut stage).await;
    put_large(&source, "large", b'2').await;
    let slow = || Struck::Delay { by: Duration::from_millis(500) };
    let script = Script::new().on("Put Range From URL", TARGET, u64::MAX, slow);
    stage.emulator.set_faults(Some(Arc::new(script)));
    let log = stage.emulator.log();
    let meddle = async {
        while log.count(TARGET, "Create File") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        write(&target, "large", 0, b"somebody's").await;
    };
    let way = Way::default();
    log.reset();
    let ((_, failures), ()) = tokio::join!(try_to_mirror(&stage, &source, &target, &way), meddle);
    assert_eq!(reasons(&failures), [("large", "TargetChanged")]);
    let found = target.file_client("large").get(Some(0..10)).await.expect("readable").bytes;
    assert_eq!(found, "somebody's");
    assert_eq!(names(&target, "").await, ["large"]);
}

#[tokio::test]
async fn a_rename_whose_answer_is_lost_is_found_by_its_file_id() {
    let mut stage = Stage::set().await;
    let (source, target, _) = with_large(&mut stage).await;
    put_large(&source, "large", b'2').await;
    let script = Script::new().on("Rename File", "/large", 1, || Struck::DropAfter);
    stage.emulator.set_faults(Some(Arc::new(script)));
    let asked = mirror(&stage, &source, &target, CopyMode::Auto).await;
    assert_eq!(asked.count("Rename File"), 1);
}
