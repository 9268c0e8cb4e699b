//! The files of new directories.

use futures::{StreamExt, stream};

use super::*;

async fn put_many_in(share: &ShareClient, directory: &str, count: usize) {
    put_directory(share, directory).await;
    let files =
        (0..count).map(|number| async move { put(share, &format!("{directory}/{number}"), "data").await });
    stream::iter(files).buffer_unordered(16).collect::<()>().await;
}

#[tokio::test]
async fn a_directory_in_which_nearly_everything_differs_in_the_end_is_one_failure() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_many_in(&source, "d2", 1_100).await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    let mut failures = mirror.write(&chunks).await.expect("written");
    let gone = (0..1_050).map(|number| {
        let target = &target;
        async move { remove(target, &format!("d2/{number}")).await }
    });
    stream::iter(gone).buffer_unordered(16).collect::<()>().await;
    mirror.verify(&chunks, &mut failures).await.expect("verified");
    assert_eq!(reasons(&failures), [("d2", "NotEqual")]);
}
