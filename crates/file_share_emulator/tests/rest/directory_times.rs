use file_share_emulator::Config;

use crate::client::{Client, Request, World, world_with};

const DIR: &str = "/share/dir?restype=directory";

async fn world_where_times(follow: bool) -> World {
    let world = world_with(Config { directory_times_follow_children: follow, ..Config::default() }).await;
    world.one.put(DIR).send().await.expect(201);
    world
}

/// Last-write time, change time and ETag of the directory.
async fn moments(one: &Client) -> [String; 3] {
    let read = one.get(DIR).send().await.expect(200);
    ["x-ms-file-last-write-time", "x-ms-file-change-time", "etag"].map(|name| read.header(name).to_owned())
}

/// All ways in which children come and go.
fn steps(one: &Client) -> Vec<(Request, u16)> {
    let rename = |from: &str, to: &str, kind: &str| {
        one.put(&format!("{to}?comp=rename{kind}")).header("x-ms-file-rename-source", &one.url(from))
    };
    let directory = "&restype=directory";
    vec![
        (one.create_file("/share/dir/file", 5), 201),
        (one.put("/share/dir/copy").header("x-ms-copy-source", &one.url("/share/dir/file")), 202),
        (one.put("/share/dir/sub?restype=directory"), 201),
        (rename("/share/dir/file", "/share/file", ""), 200),
        (rename("/share/file", "/share/dir/file", ""), 200),
        (rename("/share/dir/sub", "/share/dir/other", directory), 200),
        (one.delete("/share/dir/other?restype=directory"), 202),
        (one.delete("/share/dir/file"), 202),
    ]
}

#[tokio::test]
async fn accept_emulator_7_times_of_a_directory_stay_when_its_children_change() {
    let world = world_where_times(false).await;
    let before = moments(&world.one).await;
    for (step, status) in steps(&world.one) {
        step.send().await.expect(status);
        assert_eq!(moments(&world.one).await, before);
    }
}

#[tokio::test]
async fn accept_emulator_7_times_of_a_directory_follow_its_children_where_that_is_set() {
    let world = world_where_times(true).await;
    let mut before = moments(&world.one).await;
    for (step, status) in steps(&world.one) {
        step.send().await.expect(status);
        let now = moments(&world.one).await;
        assert!(now[0] > before[0] && now[1] > before[1], "{now:?} after {before:?}");
        assert_eq!(now[2], before[2], "the ETag never tells");
        before = now;
    }
    world.one.put_range("/share/dir/copy", 0, b"hello").send().await.expect(201);
    world.one.create_file("/share/dir/copy", 5).send().await.expect(201);
    assert_eq!(moments(&world.one).await, before, "no child came or went");
}
