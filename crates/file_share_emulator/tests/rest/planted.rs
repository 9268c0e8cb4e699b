//! Shares that the control API makes and compares: trees that can be changed, copies, and what differs.

use serde_json::{Value, json};

use crate::authentication::share_sas;
use crate::client::{World, control, controlled};

async fn plant(world: &World, account: &str, path: &str, tree: &str) -> (u16, Value) {
    let body = json!({"account": account, "share": "planted", "path": path, "tree": tree});
    control(world, "POST", "trees", &body.to_string()).await
}

async fn differences(world: &World, one: Value, other: Value) -> Value {
    let (status, found) =
        control(world, "POST", "differences", &json!({"one": one, "other": other}).to_string()).await;
    assert_eq!(status, 200, "{found}");
    found
}

fn named(account: &str) -> Value {
    json!({"account": account, "share": "planted"})
}

#[tokio::test]
async fn a_planted_tree_is_listed_and_changed_like_any_other() {
    let world = controlled().await;
    let tree = "depth=1,directories=2,files=30,size=1000,descriptors=2";
    assert_eq!(plant(&world, "one", "", tree).await.0, 204);
    let list = "/planted?restype=directory&comp=list&include=PermissionKey,timestamps";
    let listed = world.one.get(list).send().await.expect(200);
    assert_eq!(listed.elements("Name").len(), 32);
    let mut keys = listed.elements("PermissionKey");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 2);

    world.one.create_file("/planted/directory-00001/new", 0).send().await.expect(201);
    world.one.put_range("/planted/file-00001.bin", 0, b"x").send().await.expect(201);
    world.one.delete("/planted/file-00002.bin").send().await.expect(202);
    let again = plant(&world, "one", "", tree).await;
    assert!(again.0 == 400, "the root is not empty: {}", again.1);
    assert_eq!(plant(&world, "one", "directory-00000/below", "depth=0,files=1").await.0, 204);
    world.one.head("/planted/directory-00000/below/file-00000.bin").send().await.expect(200);
}

#[tokio::test]
async fn a_copy_is_equal_until_one_of_them_changes() {
    let world = controlled().await;
    plant(&world, "one", "", "depth=1,directories=2,files=3,size=5000000").await;
    let copy = json!({"from": named("one"), "to": named("two")}).to_string();
    assert_eq!(control(&world, "POST", "copies", &copy).await.0, 204);
    assert_eq!(control(&world, "POST", "copies", &copy).await.0, 400, "it is there already");
    let found = differences(&world, named("one"), named("two")).await;
    assert_eq!(found, json!({"entries": 11, "count": 0, "differences": []}));

    let taken = world.one.put("/planted?restype=share&comp=snapshot").send().await.expect(201);
    world.one.put_range("/planted/file-00001.bin", 4_999_999, b"!").send().await.expect(201);
    world.one.delete("/planted/directory-00001/file-00000.bin").send().await.expect(202);
    let found = differences(&world, named("one"), named("two")).await;
    let said = found["differences"].as_array().expect("a list").iter();
    let said: Vec<String> =
        said.map(|it| format!("{} {}", it["path"], it["what"]).replace('"', "")).collect();
    for expected in ["/file-00001.bin content", "/directory-00001/file-00000.bin too many"] {
        assert!(said.iter().any(|it| it == expected), "{said:?}");
    }
    let snapshot = json!({"account": "one", "share": "planted", "snapshot": taken.header("x-ms-snapshot")});
    assert_eq!(differences(&world, snapshot, named("two")).await["count"], 0, "it is as it was");
}

#[tokio::test]
async fn bytes_and_statuses_are_counted_by_account() {
    let world = controlled().await;
    plant(&world, "one", "", "depth=0,files=1,size=3000").await;
    control(&world, "DELETE", "log", "").await;
    world.one.get("/planted/file-00000.bin").send().await.expect(200);
    world.one.create_file("/share/copy", 3000).send().await.expect(201);
    let source = format!("{}?{}", world.one.url("/planted/file-00000.bin"), share_sas("one", "planted", "r"));
    let copy = world.one.put("/share/copy?comp=range").header("x-ms-copy-source", &source);
    let copy = copy.header("x-ms-write", "update").header("x-ms-range", "bytes=0-2999");
    copy.header("x-ms-source-range", "bytes=0-2999").send().await.expect(201);
    world.one.get("/share/nothing").send().await.refused(404, "ResourceNotFound");
    let (_, counters) = control(&world, "GET", "counters", "").await;
    assert_eq!(counters["bytes"], json!({"one": {"Get File": 3000, "Put Range From URL": 3000}}));
    assert_eq!(counters["statuses"], json!({"one": {"200": 1, "201": 2, "404": 1}}));
    assert_eq!(counters["fetched"], json!({"one": 3000}));
}

#[tokio::test]
async fn what_a_copy_reads_is_counted_where_it_is_read() {
    let world = controlled().await;
    plant(&world, "one", "", "depth=0,files=1,size=3000").await;
    world.two.put("/target?restype=share").send().await.expect(201);
    control(&world, "DELETE", "log", "").await;
    let url = world.one.url("/planted/file-00000.bin");
    world.one.put("/planted/whole").header("x-ms-copy-source", &url).send().await.expect(202);
    world.two.create_file("/target/copy", 3000).send().await.expect(201);
    let source = format!("{url}?{}", share_sas("one", "planted", "r"));
    let copy = world.two.put("/target/copy?comp=range").header("x-ms-copy-source", &source);
    let copy = copy.header("x-ms-write", "update").header("x-ms-range", "bytes=0-999");
    copy.header("x-ms-source-range", "bytes=0-999").send().await.expect(201);
    let (_, counters) = control(&world, "GET", "counters", "").await;
    assert_eq!(counters["fetched"], json!({"one": 4000, "two": 0}));
}
