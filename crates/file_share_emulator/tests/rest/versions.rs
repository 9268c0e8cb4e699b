use crate::client::{Client, Request, world};

fn as_of(version: &str, request: Request) -> Request {
    request.header("x-ms-version", version)
}

async fn headers_of_a_file(one: &Client, version: &str) -> Vec<String> {
    let head = as_of(version, one.head("/share/file")).send().await.expect(200);
    head.headers.keys().map(|name| name.as_str().to_owned()).collect()
}

#[tokio::test]
async fn smb_properties_and_leases_are_told_from_the_version_that_brought_them() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 1).send().await.expect(201);
    for (version, name, is_told) in [
        ("2018-11-09", "x-ms-file-id", false),
        ("2018-11-09", "x-ms-lease-state", false),
        ("2018-11-09", "x-ms-server-encrypted", true),
        ("2016-05-31", "x-ms-server-encrypted", false),
        ("2019-02-02", "x-ms-file-id", true),
        ("2019-02-02", "x-ms-lease-state", true),
    ] {
        let headers = headers_of_a_file(one, version).await;
        assert_eq!(headers.iter().any(|header| header == name), is_told, "{name} in {version}");
    }
    let read = as_of("2019-02-02", one.get("/share/file")).send().await.expect(200);
    assert!(!read.headers.contains_key("x-ms-lease-state"), "Get File told leases a version later");
}

#[tokio::test]
async fn a_put_range_tells_the_last_write_time_from_2021_06_08() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 5).send().await.expect(201);
    for (version, is_told) in [("2021-04-10", false), ("2021-06-08", true)] {
        let put = as_of(version, one.put_range("/share/file", 0, b"hello")).send().await.expect(201);
        assert_eq!(put.headers.contains_key("x-ms-file-last-write-time"), is_told, "{version}");
    }
}

#[tokio::test]
async fn an_error_names_its_code_in_a_header_from_2017_07_29() {
    let world = world().await;
    let old = as_of("2017-04-17", world.one.get("/share/none")).send().await;
    assert_eq!((old.status, old.header("x-ms-error-code")), (404, ""));
    assert_eq!(old.elements("Code"), ["ResourceNotFound"]);
}

#[tokio::test]
async fn headers_that_came_later_are_ignored() {
    let world = world().await;
    let one = &world.one;
    let time = "2001-02-03T04:05:06.0000007Z";
    let change = |version: &str| {
        let create = one.create_file("/share/file", 0).header("x-ms-file-change-time", time);
        as_of(version, create).send()
    };
    assert_ne!(change("2021-04-10").await.expect(201).header("x-ms-file-change-time"), time);
    assert_eq!(change("2021-06-08").await.expect(201).header("x-ms-file-change-time"), time);
    let hidden = one.create_file("/share/old", 0).header("x-ms-file-attributes", "Hidden");
    as_of("2018-11-09", hidden).send().await.expect(201);
    let head = one.head("/share/old").send().await.expect(200);
    assert_eq!(head.header("x-ms-file-attributes"), "Archive");
}

#[tokio::test]
async fn a_listing_tells_what_its_version_knows() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/a%EF%BF%BE", 1).send().await.expect(201);
    for (version, element, is_told) in [
        ("2020-08-04", "<FileId>", false),
        ("2020-10-02", "<FileId>", true),
        ("2020-04-08", "<ChangeTime>", false),
        ("2020-06-12", "<ChangeTime>", true),
        ("2020-02-10", "<CreationTime>", false),
        ("2020-04-08", "<CreationTime>", true),
        ("2021-10-04", "Encoded=", false),
        ("2021-12-02", "Encoded=", true),
    ] {
        let list = one.get("/share?restype=directory&comp=list&include=Timestamps");
        let text = as_of(version, list).send().await.expect(200).text();
        assert_eq!(text.contains(element), is_told, "{element} in {version}: {text}");
    }
}

#[tokio::test]
async fn a_range_cannot_come_from_a_url_before_2019_02_02() {
    let world = world().await;
    world.one.create_file("/share/file", 10).send().await.expect(201);
    let put = world.one.put("/share/file?comp=range").header("x-ms-write", "update");
    let put = put.header("x-ms-range", "bytes=0-9").header("x-ms-source-range", "bytes=0-9");
    let put = put.header("x-ms-copy-source", &world.one.url("/share/file"));
    let refused = put.header("x-ms-version", "2018-11-09").send().await.refused(400, "InvalidHeaderValue");
    assert_eq!(refused.elements("HeaderName"), ["Content-Length"]);
}

#[tokio::test]
async fn an_operation_is_unknown_before_the_version_that_brought_it() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 1).send().await.expect(201);
    let lease =
        |path: &str| one.put(path).header("x-ms-lease-action", "acquire").header("x-ms-lease-duration", "-1");
    let rename = |path: &str| one.put(path).header("x-ms-file-rename-source", &one.url("/share/file"));
    let permission = || one.put("/share?restype=share&comp=filepermission");
    for (before, since, request) in [
        (
            "2018-11-09",
            "2019-02-02",
            &(|| permission().body(br#"{"permission":"O:SYG:SYD:(A;;FA;;;SY)"}"#)) as &dyn Fn() -> Request,
        ),
        ("2019-12-12", "2020-02-10", &|| lease("/share?restype=share&comp=lease")),
        ("2021-02-12", "2021-04-10", &|| rename("/share/renamed?comp=rename")),
        ("2018-11-09", "2019-02-02", &|| lease("/share/renamed?comp=lease")),
    ] {
        as_of(before, request()).send().await.refused(400, "InvalidQueryParameterValue");
        let answer = as_of(since, request()).send().await;
        assert!([200, 201].contains(&answer.status), "{since}: {}", answer.text());
    }
}
