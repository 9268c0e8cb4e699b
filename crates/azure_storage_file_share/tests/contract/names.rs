use crate::world::*;
use azure_storage_file_share::*;

/// Everything that a share allows and some layer might mistake.
const NAMES: [&str; 16] = [
    "50%.txt",
    "%41",
    "%2e%2e",
    "a+b",
    "a b",
    "a&b=c;d",
    "#1",
    "[x]{y}^~'`!@$,()",
    "...hidden",
    "ends with dots...",
    "naïve",
    "nai\u{308}ve",
    "日本語",
    "🦀🏳\u{fe0f}\u{200d}🌈",
    "noncharacter \u{fffe}",
    "&amp;",
];

#[tokio::test]
async fn names_survive_the_way_there_and_back() {
    let world = World::new().await;
    world.directory("d+%").await;
    for name in NAMES {
        let file = world.file(&format!("d+%/{name}"), name).await;
        assert_eq!(text_of(&file).await, name);
    }
    let entries = listed(&world.share.directory_client("d+%")).await;
    let mut listed: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut expected = NAMES.to_vec();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    for name in NAMES {
        world.share.file_client(&format!("d+%/{name}")).delete().await.expect(name);
    }
}

#[tokio::test]
async fn trailing_dots_make_another_name() {
    let world = World::new().await;
    world.file("report", "without").await;
    world.file("report.", "with").await;
    assert_eq!(text_of(&world.share.file_client("report")).await, "without");
    assert_eq!(text_of(&world.share.file_client("report.")).await, "with");
}

#[tokio::test]
async fn the_way_up_is_refused() {
    let world = World::new().await;
    world.directory("a").await;
    for path in ["a/..", "a/../b", ".", ".."] {
        let error = world.share.directory_client(path).delete().await.expect_err(path);
        assert!(error.kind == ErrorKind::Invalid && error.status.is_none(), "{error}");
    }
}
