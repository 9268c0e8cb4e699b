use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::client::{Answer, Client, world};

fn ranges(answer: &Answer) -> Vec<(u64, u64)> {
    let numbers = |name| answer.elements(name).into_iter().map(|text| text.parse().expect("a number"));
    numbers("Start").zip(numbers("End")).collect()
}

async fn list(one: &Client) -> Vec<(u64, u64)> {
    ranges(&one.get("/share/file?comp=rangelist").send().await.expect(200))
}

#[tokio::test]
async fn only_written_pages_are_listed() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 4 << 40).send().await.expect(201);
    assert_eq!(list(one).await, []);
    one.put_range("/share/file", 1000, b"hello").send().await.expect(201);
    one.put_range("/share/file", 1 << 30, &[0; 512]).send().await.expect(201);
    let listed = one.get("/share/file?comp=rangelist").send().await.expect(200);
    assert_eq!(ranges(&listed), [(512, 1023), (1 << 30, (1 << 30) + 511)]);
    assert_eq!(listed.header("x-ms-content-length"), (4_u64 << 40).to_string());
    let window =
        one.get("/share/file?comp=rangelist").header("x-ms-range", "bytes=600-699").send().await.expect(200);
    assert_eq!(ranges(&window), [(600, 699)]);
}

#[tokio::test]
async fn a_cleared_page_is_a_hole_again() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 2048).body(&[7; 2048]).send().await.expect(201);
    let clear = one
        .put("/share/file?comp=range")
        .header("x-ms-write", "clear")
        .header("x-ms-range", "bytes=500-1030");
    clear.send().await.expect(201);
    assert_eq!(list(one).await, [(0, 511), (1024, 2047)]);
    let content = one.get("/share/file").send().await.expect(200).body;
    assert!(
        content.iter().enumerate().all(|(at, byte)| *byte == if (500..=1030).contains(&at) { 0 } else { 7 })
    );
}

#[tokio::test]
async fn preserve_keeps_the_last_write_time_and_nothing_else() {
    let world = world().await;
    let one = &world.one;
    let created = one.create_file("/share/file", 5).send().await.expect(201);
    let preserved = one.put_range("/share/file", 0, b"hello").header("x-ms-file-last-write-time", "preserve");
    let preserved = preserved.send().await.expect(201);
    assert_eq!(preserved.header("x-ms-file-last-write-time"), created.header("x-ms-file-last-write-time"));
    assert_eq!(preserved.header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
    let head = one.head("/share/file").send().await.expect(200);
    assert_eq!(head.header("etag"), preserved.header("etag"));
    assert!(head.header("x-ms-file-change-time") > created.header("x-ms-file-change-time"));
    let now = one.put_range("/share/file", 0, b"hello").send().await.expect(201);
    assert!(now.header("x-ms-file-last-write-time") > created.header("x-ms-file-last-write-time"));
}

#[tokio::test]
async fn ranges_must_fit_the_file_and_the_body() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 5).send().await.expect(201);
    one.put_range("/share/file", 1, b"hello").send().await.refused(416, "InvalidRange");
    let put = |range: &str, write: &str| {
        one.put("/share/file?comp=range")
            .header("x-ms-range", range)
            .header("x-ms-write", write)
            .body(b"hello")
            .send()
    };
    put("bytes=0-3", "update").await.refused(400, "InvalidHeaderValue");
    put("bytes=0-", "update").await.refused(400, "InvalidHeaderValue");
    put("bytes=0-4", "clear").await.refused(400, "InvalidHeaderValue");
    put("bytes=0-4", "append").await.refused(400, "InvalidHeaderValue");
    let wrong = one.put_range("/share/file", 0, b"hello").header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    wrong.send().await.refused(400, "Md5Mismatch");
    one.put_range("/share/none", 0, b"hello").send().await.refused(404, "ResourceNotFound");
    assert_eq!(one.get("/share/file").send().await.expect(200).body, [0; 5]);
}

#[tokio::test]
async fn parts_of_a_file_are_read() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 10).body(b"0123456789").send().await.expect(201);
    let get = |range: &str| one.get("/share/file").header("x-ms-range", range).send();
    let part = get("bytes=3-5").await.expect(206);
    assert_eq!((part.body.as_slice(), part.header("content-range")), (&b"345"[..], "bytes 3-5/10"));
    assert_eq!(get("bytes=8-100").await.expect(206).header("content-range"), "bytes 8-9/10");
    assert_eq!(get("bytes=7-").await.expect(206).body, b"789");
    let beyond = get("bytes=10-11").await.refused(416, "InvalidRange");
    assert_eq!(beyond.header("content-range"), "bytes */10");
    let whole = one.get("/share/file").header("x-ms-range-get-content-md5", "true").send().await;
    whole.refused(400, "InvalidHeaderValue");
    assert_eq!(get("first five").await.expect(200).body.len(), 10, "a range that cannot be read is none");
    let digest =
        one.get("/share/file").header("range", "bytes=0-4").header("x-ms-range-get-content-md5", "true");
    assert_eq!(digest.send().await.expect(206).header("content-md5"), "QQDE1E2pF3JH5EpfwVRneA==");
}

#[tokio::test]
async fn random_edits_agree_with_a_plain_buffer() {
    let world = world().await;
    for seed in 0..40 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut expected = vec![0; 3000];
        world.one.create_file("/share/file", 3000).send().await.expect(201);
        for _ in 0..rng.random_range(1..12) {
            edit(&world.one, &mut expected, &mut rng).await;
        }
        let actual = world.one.get("/share/file").send().await.expect(200).body;
        assert!(actual == expected, "seed {seed}");
        let listed = list(&world.one).await;
        assert!(listed.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "seed {seed}: {listed:?}");
        let is_listed = |at: u64| listed.iter().any(|(start, end)| (*start..=*end).contains(&at));
        let unlisted = expected.iter().enumerate().find(|(at, byte)| **byte != 0 && !is_listed(*at as u64));
        assert_eq!(unlisted, None, "seed {seed}");
    }
}

/// A write, a clear or a resize, to the file and to the model of it.
async fn edit(one: &Client, expected: &mut Vec<u8>, rng: &mut StdRng) {
    let start = rng.random_range(0..expected.len());
    let end = rng.random_range(start + 1..=expected.len());
    match rng.random_range(0..6) {
        0 => {
            let size = rng.random_range(1..5000);
            let resize =
                one.put("/share/file?comp=properties").header("x-ms-content-length", &size.to_string());
            resize.send().await.expect(200);
            expected.resize(size, 0);
        }
        1 | 2 => {
            let clear = one.put("/share/file?comp=range").header("x-ms-write", "clear");
            clear.header("x-ms-range", &format!("bytes={start}-{}", end - 1)).send().await.expect(201);
            expected[start..end].fill(0);
        }
        _ => {
            rng.fill(&mut expected[start..end]);
            one.put_range("/share/file", start, &expected[start..end]).send().await.expect(201);
        }
    }
}
