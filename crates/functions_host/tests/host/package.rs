//! What is deployed, and what is rejected before anything runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use functions_host::{Host, Package};
use serde_json::json;

use crate::support::Repository;

#[test]
fn a_package_holds_handler_host_json_and_functions_at_the_first_level() {
    let folder = tempfile::tempdir().expect("folder");
    let package = Repository::new().timer("one").http("two", "two", &["get"]).assemble(folder.path());
    let package = package.expect("the package is legal");
    let mode = fs::metadata(package.root().join("handler")).expect("handler").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    let names: Vec<_> = package.functions().iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert!(package.root().join("two/function.json").is_file());
    assert!(!package.root().join("function-definitions").exists());
}

#[test]
fn all_mistakes_of_a_package_are_told_at_once() {
    let mut repository = Repository::new().timer("host").http("a", "x/{*y}", &["get"]).http("b", "x/z", &[]);
    repository.functions["no-bindings"] = json!({"bindings": []});
    repository.functions["queue"] = json!({"bindings": [{"type": "queueTrigger", "name": "q"}]});
    repository.host["customHandler"]["description"]["defaultExecutablePath"] = json!("no-such-handler");
    let folder = tempfile::tempdir().expect("folder");
    let message = repository.assemble(folder.path()).expect_err("rejected").to_string();
    for part in ["/host:", "a and b overlap", "no-bindings: There are", "queuetrigger", "no-such-handler: no"]
    {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn a_handler_that_cannot_be_executed_is_rejected() {
    let folder = tempfile::tempdir().expect("folder");
    let package = Repository::new().timer("one").assemble(folder.path()).expect("the package is legal");
    let handler = package.root().join("handler");
    fs::set_permissions(handler, fs::Permissions::from_mode(0o644)).expect("mode is set");
    assert!(Package::read(package.root()).expect_err("rejected").to_string().contains("handler: no such"));
}

#[test]
fn a_script_beside_function_json_is_rejected() {
    let folder = tempfile::tempdir().expect("folder");
    let package = Repository::new().timer("one").assemble(folder.path()).expect("the package is legal");
    fs::write(package.root().join("one/index.js"), "").expect("file is written");
    assert!(Package::read(package.root()).expect_err("rejected").to_string().contains("index.js"));
}

#[test]
fn a_package_is_never_assembled_over_another() {
    let folder = tempfile::tempdir().expect("folder");
    let repository = Repository::new().timer("one");
    repository.assemble(folder.path()).expect("the package is legal");
    assert!(repository.assemble(folder.path()).expect_err("refused").to_string().contains("not empty"));
}

#[tokio::test]
async fn settings_that_override_host_json_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let package = Repository::new().timer("one").assemble(folder.path()).expect("the package is legal");
    let settings = [("AzureFunctionsJobHost__functionTimeout".to_string(), "-1".to_string())];
    let error = Host::start(&package, settings.into()).await.expect_err("refused");
    assert!(error.to_string().contains("Overriding host.json"));
}
