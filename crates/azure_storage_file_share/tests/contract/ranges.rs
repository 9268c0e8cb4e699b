use crate::world::*;
use azure_storage_file_share::*;
use std::ops::Range;

async fn ranges(file: &ShareFileClient) -> Vec<Range<u64>> {
    file.list_ranges().await.expect("its ranges").ranges
}

#[tokio::test]
async fn a_hole_stays_a_hole() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    file.create(&CreateFile { size: 1 << 30, ..Default::default() }).await.expect("a new file");
    assert_eq!(ranges(&file).await, []);
    let data = vec![1; 1024];
    file.put_range(512, data.clone().into(), LastWrite::Now).await.expect("new data");
    file.put_range(1 << 20, data.into(), LastWrite::Now).await.expect("new data");
    let listed = file.list_ranges().await.expect("its ranges");
    assert_eq!((listed.size, listed.ranges), (1 << 30, vec![512..1536, 1 << 20..(1 << 20) + 1024]));
    let read = file.get(Some(510..514)).await.expect("an edge");
    assert_eq!(read.bytes.as_ref(), [0, 0, 1, 1]);
}

#[tokio::test]
async fn the_last_write_time_moves_only_if_asked() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    let smb = SmbProperties { last_write_time: Some(time(TIME)), ..Default::default() };
    let created = file.create(&CreateFile { smb, ..with_data("data") }).await.expect("a new file");
    let kept = file.put_range(0, "DATA".into(), LastWrite::Preserve).await.expect("new data");
    assert_eq!(kept.last_write_time, Some(time(TIME)));
    let properties = file.get_properties().await.expect("its properties").written;
    assert_eq!((properties.last_write_time, &properties.etag), (time(TIME), &kept.etag));
    assert_ne!(properties.etag, created.etag);
    file.clear_range(0, 4, LastWrite::Now).await.expect("cleared");
    assert!(file.get_properties().await.expect("its properties").written.last_write_time > time(TIME));
}

#[tokio::test]
async fn a_write_does_not_grow_a_file() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    let put = file.put_range(2, "data".into(), LastWrite::Now).await;
    assert_code(put, ErrorKind::Invalid, "InvalidRange");
}

#[tokio::test]
async fn the_longest_range_fits_in_one_request() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    let size = MAX_RANGE_BYTES;
    file.create(&CreateFile { size, ..Default::default() }).await.expect("a new file");
    file.put_range(0, vec![7; size as usize].into(), LastWrite::Now).await.expect("4 MiB");
    let read = file.get(Some(0..size)).await.expect("4 MiB");
    assert!(read.bytes.len() as u64 == size && read.bytes.iter().all(|byte| *byte == 7));
}
