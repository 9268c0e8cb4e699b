use crate::client::{Answer, Client, world};

const SDDL: &str = "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;;0x1200a9;;;BU)";

async fn create(client: &Client, share: &str, permission: &str, format: &str) -> Answer {
    let body = format!("{{\"permission\":\"{permission}\",\"format\":\"{format}\"}}");
    let put = client.put(&format!("/{share}?restype=share&comp=filepermission"));
    put.header("content-type", "application/json").body(body.as_bytes()).send().await
}

async fn get(client: &Client, share: &str, key: &str, format: &str) -> Answer {
    client
        .get(&format!("/{share}?restype=share&comp=filepermission"))
        .header("x-ms-file-permission-key", key)
        .header("x-ms-file-permission-format", format)
        .send()
        .await
}

fn key(answer: &Answer) -> String {
    answer.header("x-ms-file-permission-key").to_owned()
}

#[tokio::test]
async fn equal_descriptors_have_one_key_in_a_share_in_either_format() {
    let world = world().await;
    let one = &world.one;
    let sddl_key = key(&create(one, "share", SDDL, "Sddl").await.expect(201));
    let read = get(one, "share", &sddl_key, "Sddl").await.expect(200);
    assert_eq!(read.text(), format!("{{\"permission\":\"{SDDL}S:NO_ACCESS_CONTROL\",\"format\":\"sddl\"}}"));
    assert!(!read.headers.contains_key("content-type"));
    let binary = get(one, "share", &sddl_key, "Binary").await.expect(200).text();
    let binary = binary.split('"').nth(3).expect("a value").to_owned();
    assert_eq!(key(&create(one, "share", &binary, "binary").await.expect(201)), sddl_key);
}

#[tokio::test]
async fn a_key_means_nothing_in_another_share() {
    let world = world().await;
    let one = &world.one;
    one.put("/other?restype=share").send().await.expect(201);
    let here = key(&create(one, "share", SDDL, "sddl").await.expect(201));
    let there = key(&create(one, "other", SDDL, "sddl").await.expect(201));
    assert_ne!(here, there);
    get(one, "other", &here, "Sddl").await.refused(400, "FileInvalidPermissionKey");
    let file = one.create_file("/other/file", 0).header("x-ms-file-permission-key", &here);
    file.send().await.refused(400, "FileInvalidPermissionKey");
}

#[tokio::test]
async fn objects_take_a_key_a_descriptor_or_their_parents() {
    let world = world().await;
    let one = &world.one;
    let known = key(&create(one, "share", SDDL, "sddl").await.expect(201));
    let directory = one.put("/share/dir?restype=directory").header("x-ms-file-permission-key", &known);
    assert_eq!(key(&directory.send().await.expect(201)), known);
    let inherited = one.create_file("/share/dir/a", 0).header("x-ms-file-permission", "inherit");
    assert_eq!(key(&inherited.send().await.expect(201)), known);
    let direct = one.create_file("/share/b", 0).header("x-ms-file-permission", SDDL).send().await.expect(201);
    assert_eq!(key(&direct), known);
    let kept = one
        .put("/share/b?comp=properties")
        .header("x-ms-file-permission", "preserve")
        .send()
        .await
        .expect(200);
    assert_eq!(key(&kept), known);
    let both = one.create_file("/share/c", 0).header("x-ms-file-permission", SDDL);
    both.header("x-ms-file-permission-key", &known).send().await.refused(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn descriptors_that_make_no_sense_are_refused() {
    let world = world().await;
    let one = &world.one;
    for bad in ["abcde", "O:SYG:SY", "O:DAG:SYD:"] {
        create(one, "share", bad, "sddl").await.refused(400, "FileInvalidPermission");
        let file = one.create_file("/share/file", 0).header("x-ms-file-permission", bad);
        file.send().await.refused(400, "FileInvalidPermission");
    }
    create(one, "share", "AAAA", "binary").await.refused(400, "FileInvalidPermission");
    create(one, "share", SDDL, "xml").await.refused(400, "InvalidInput");
    let long = format!("O:SYG:SYD:{}", "(A;;FA;;;SY)".repeat(700));
    let file = one.create_file("/share/file", 0).header("x-ms-file-permission", &long);
    file.send().await.refused(400, "InvalidHeaderValue");
    create(one, "share", &long, "sddl").await.expect(201);
}

#[tokio::test]
async fn a_permission_is_read_from_the_share_never_from_its_snapshot() {
    let world = world().await;
    let one = &world.one;
    let known = key(&create(one, "share", SDDL, "sddl").await.expect(201));
    let taken = one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    let path =
        format!("/share?restype=share&comp=filepermission&sharesnapshot={}", taken.header("x-ms-snapshot"));
    let refused = one.get(&path).header("x-ms-file-permission-key", &known).send().await;
    refused.refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn accept_emulator_7_a_binary_descriptor_is_taken_by_every_operation() {
    let world = world().await;
    let one = &world.one;
    let body = format!(r#"{{"permission":"{SDDL}"}}"#);
    let made =
        one.put("/share?restype=share&comp=filepermission").body(body.as_bytes()).send().await.expect(201);
    let key = made.header("x-ms-file-permission-key").to_owned();
    let read = one
        .get("/share?restype=share&comp=filepermission")
        .header("x-ms-file-permission-key", &key)
        .header("x-ms-file-permission-format", "Binary")
        .send()
        .await
        .expect(200)
        .text();
    let binary = read.split('"').nth(3).expect("a descriptor").to_owned();
    let rename = |to: &str, from: &str| one.put(to).header("x-ms-file-rename-source", &one.url(from));
    let copy = one.put("/share/copy").header("x-ms-copy-source", &one.url("/share/file"));
    for (name, request) in [
        ("Create Directory", one.put("/share/dir?restype=directory")),
        ("Set Directory Properties", one.put("/share/dir?restype=directory&comp=properties")),
        ("Set the root", one.put("/share?restype=directory&comp=properties")),
        ("Rename Directory", rename("/share/new?restype=directory&comp=rename", "/share/dir")),
        ("Create File", one.create_file("/share/file", 0)),
        ("Set File Properties", one.put("/share/file?comp=properties")),
        ("Copy File", copy.header("x-ms-file-permission-copy-mode", "override")),
        ("Rename File", rename("/share/moved?comp=rename", "/share/file")),
    ] {
        let binary =
            request.header("x-ms-file-permission", &binary).header("x-ms-file-permission-format", "Binary");
        let written = binary.send().await;
        assert!((200..300).contains(&written.status), "{name}: {}", written.text());
        let told = match name {
            "Copy File" => one.head("/share/copy").send().await.expect(200),
            _ => written,
        };
        assert_eq!(told.header("x-ms-file-permission-key"), key, "{name}");
    }
    let early = one
        .create_file("/share/early", 0)
        .header("x-ms-file-permission", &binary)
        .header("x-ms-file-permission-format", "Binary")
        .header("x-ms-version", "2024-08-04");
    early.send().await.refused(400, "FileInvalidPermission");
}
