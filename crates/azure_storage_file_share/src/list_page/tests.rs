use super::*;

fn page(entries: &str, rest: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://a/\" \
         ShareName=\"share\" DirectoryPath=\"\"><DirectoryId>7</DirectoryId><Entries>{entries}</Entries>{rest}\
         </EnumerationResults>"
    )
}

const LAST: &str = "<NextMarker />";

const PROPERTIES: &str = "<CreationTime>2026-01-02T03:04:05.1234567Z</CreationTime>\
    <LastAccessTime>never mind</LastAccessTime><LastWriteTime>2026-01-02T03:04:06.0000000Z</LastWriteTime>\
    <ChangeTime>2026-01-02T03:04:07.0000000Z</ChangeTime><Last-Modified>Fri, 02 Jan 2026 03:04:05 GMT</Last-Modified>\
    <Etag>\"0x8DE49A1B2C3D4E5\"</Etag>";

fn file(name: &str) -> String {
    format!(
        "<File>{name}<FileId>16140971433240035328</FileId><Properties><Content-Length>1536</Content-Length>\
         {PROPERTIES}</Properties><Attributes>Archive</Attributes><PermissionKey>1*2</PermissionKey></File>"
    )
}

fn directory(name: &str) -> String {
    format!(
        "<Directory>{name}<FileId>11529285414812647424</FileId><Properties>{PROPERTIES}</Properties>\
         <Attributes>Directory</Attributes></Directory>"
    )
}

fn names(document: &str) -> Vec<String> {
    let page = parse(document.as_bytes()).expect("a page");
    page.entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn files_and_directories_come_in_the_order_of_the_page() {
    let entries = format!("{}{}", directory("<Name>b</Name>"), file("<Name>a</Name>"));
    let page = parse(page(&entries, "<NextMarker>more&amp;more</NextMarker>").as_bytes()).expect("a page");
    assert_eq!((page.directory_id, page.next_marker.as_deref()), (Some(FileId(7)), Some("more&more")));
    let time = |text: &str| text.parse::<FileTime>().expect("a time");
    let directory = Entry {
        name: "b".to_owned(),
        kind: EntryKind::Directory,
        file_id: FileId(11529285414812647424),
        etag: "\"0x8DE49A1B2C3D4E5\"".into(),
        attributes: FileAttributes::DIRECTORY,
        creation_time: time("2026-01-02T03:04:05.1234567Z"),
        last_write_time: time("2026-01-02T03:04:06.0000000Z"),
        change_time: time("2026-01-02T03:04:07.0000000Z"),
        permission_key: PermissionKey::default(),
    };
    let file = Entry {
        name: "a".to_owned(),
        kind: EntryKind::File { size: 1536 },
        file_id: FileId(16140971433240035328),
        attributes: FileAttributes::ARCHIVE,
        permission_key: "1*2".into(),
        ..directory.clone()
    };
    assert_eq!(page.entries, [directory, file]);
}

#[test]
fn an_empty_page_may_be_followed_by_another() {
    let page = parse(page("", "<NextMarker>m</NextMarker>").as_bytes()).expect("a page");
    assert_eq!((page.entries.len(), page.next_marker.as_deref()), (0, Some("m")));
}

#[test]
fn names_are_kept_to_the_letter() {
    let entries = [
        file("<Name>R&amp;D &lt;1&gt; 50%25</Name>"),
        file("<Name Encoded=\"true\">file%EF%BF%BE</Name>"),
        directory("<Name> blanks </Name>"),
        file("<Name>&#x1F980;</Name>"),
    ];
    let expected = ["R&D <1> 50%25", "file\u{fffe}", " blanks ", "🦀"];
    assert_eq!(names(&page(&entries.concat(), LAST)), expected);
}

#[test]
fn unknown_elements_are_skipped_with_all_they_hold() {
    let strange = "<New><Name>not this</Name><FileId>none</FileId><File><Name>nor this</Name></File></New>";
    let entries = format!("{strange}{}{strange}", file(&format!("{strange}<Name>a</Name>{strange}")));
    assert_eq!(names(&page(&entries, &format!("{strange}{LAST}{strange}"))), ["a"]);
}

#[test]
fn a_page_that_is_not_whole_is_no_page() {
    let whole = page(&file("<Name>a</Name>"), LAST);
    for length in (0..whole.len()).filter(|length| whole.is_char_boundary(*length)) {
        assert!(parse(&whole.as_bytes()[..length]).is_err(), "cut at {length}");
    }
    let check = |document: String, expected: &str| {
        assert_eq!(parse(document.as_bytes()).expect_err(expected).to_string(), expected);
    };
    check(page(&file("<Name>a</Name>"), ""), "NextMarker is missing");
    check(page(&file(""), LAST), "Name is missing");
    check(page(&file("<Name>a</Name>").replace("Change", "Chance"), LAST), "ChangeTime is missing");
    check(
        page(&file("<Name>a</Name>").replace("1536", "many"), LAST),
        "Properties/Content-Length: invalid digit found in string",
    );
}

#[test]
fn an_entry_survives_being_stored() {
    let page = parse(page(&file("<Name>a</Name>"), LAST).as_bytes()).expect("a page");
    let stored = serde_json::to_string(&page.entries).expect("JSON");
    assert!(stored.contains("\"file_id\":\"16140971433240035328\""), "{stored}");
    assert!(stored.contains("\"creation_time\":\"2026-01-02T03:04:05.1234567Z\""), "{stored}");
    assert_eq!(serde_json::from_str::<Vec<Entry>>(&stored).expect("entries"), page.entries);
}
