//! What is known of permissions outlives the process, and nothing else depends on it.

use azure_storage_file_share::{Permission, PermissionFormat, SmbProperties};
use file_share_emulator::Emulator;
use serde_json::json;

use crate::support::*;

/// Requests about descriptors since the last look.
fn resolved(emulator: &Emulator) -> usize {
    let recent = emulator.log().snapshot().recent;
    emulator.log().reset();
    recent.iter().filter(|request| request.operation.ends_with("Permission")).count()
}

#[tokio::test]
async fn another_process_resolves_no_descriptor_again() {
    let mut stage = Stage::set().await;
    let tables = Tables::new().await;
    let (source, target) = stage.pair("known-permissions", json!({})).await;
    for (path, trustee) in [("a", "BA"), ("b", "BU"), ("c", "SY")] {
        let value = format!("O:BAG:BAD:(A;;FA;;;{trustee})");
        let descriptor = Permission { value, format: PermissionFormat::Sddl };
        let permission_key = Some(source.create_permission(&descriptor).await.expect("a key"));
        put_with(&source, path, "data", SmbProperties { permission_key, ..Default::default() }).await;
    }
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let mut resolved_by_process = Vec::new();
    for _ in 0..2 {
        resolved(&stage.emulator);
        let handler = Handler::start(free_port(), &variables).await;
        assert_succeeded(&handler.cycle("known-permissions").await);
        handler.end_with("KILL").await;
        resolved_by_process.push(resolved(&stage.emulator));
    }
    assert_eq!(resolved_by_process, [6, 0]);
    // of a share made anew nothing is known
    target.delete(azure_storage_file_share::DeleteSnapshots::Include).await.expect("deleted");
    resolved(&stage.emulator);
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("known-permissions").await);
    assert_eq!(resolved(&stage.emulator), 6);
}
