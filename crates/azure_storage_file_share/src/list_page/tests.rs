use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

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

/// Whether a page is read without the general rules; where it is, those say the same.
fn is_plain(document: &str) -> bool {
    let plain = plain::read(document.as_bytes());
    if let Some(page) = &plain {
        assert_eq!(Ok(page), parse_xml(document.as_bytes()).as_ref(), "{document}");
    }
    plain.is_some()
}

#[test]
fn pages_as_the_service_writes_them_are_read_the_short_way() {
    let names = ["<Name>R&amp;D &apos;1&apos;</Name>", "<Name>\u{e9}</Name>"];
    let entries = [file(names[0]), directory("<Name>b</Name>"), file(names[1])].concat();
    for rest in [LAST, "<NextMarker>more&amp;more</NextMarker>", "<NextMarker></NextMarker>"] {
        assert!(is_plain(&page(&entries, rest)));
    }
    assert!(is_plain(&page("", LAST)));
    let asked = "<Prefix /><Marker>a&lt;b</Marker><MaxResults>5</MaxResults><DirectoryId>";
    let asked = page(&entries, LAST).replace("<DirectoryId>", asked);
    assert!(is_plain(&asked.replace("\"share\"", "\"share\" ShareSnapshot=\"2026\"")));
}

#[test]
fn a_page_with_anything_unusual_is_left_to_the_rules_of_xml() {
    let usual = page(&file("<Name>a</Name>"), LAST);
    for (from, to) in [
        ("<Name>a", "<Name Encoded=\"true\">a"),
        ("<Name>a", "<Name><![CDATA[a]]>"),
        ("<Name>a", "<Name>&#97;"),
        ("<Name>a", "<New/><Name>a"),
        ("<Entries>", "<Entries><!-- -->"),
        ("<Entries>", "\n<Entries>"),
        ("</EnumerationResults>", "</EnumerationResults>\n"),
    ] {
        let unusual = usual.replace(from, to);
        assert!(unusual != usual && !is_plain(&unusual), "{unusual}");
        assert_eq!(names(&unusual), ["a"]);
    }
}

/// Pieces of a page are cut out, doubled and written over at random: what is read the short way, the rules of XML read
/// alike.
#[test]
fn both_ways_of_reading_say_the_same_of_pages_damaged_at_random() {
    const PIECES: [&str; 16] = [
        "<", ">", "&", "&amp;", "&#65;", ";", "/", " ", "\"", "x", "7", "\r", "<Name>", "</Name>", "<!--",
        "]]>",
    ];
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let entries =
        [file("<Name>R&amp;D</Name>"), directory("<Name>b</Name>"), file("<Name>c</Name>")].concat();
    let whole = page(&entries, "<NextMarker>more</NextMarker>");
    let (mut plain, mut odd) = (0, 0);
    for _ in 0..20_000 {
        let mut damaged = whole.clone();
        for _ in 0..rng.random_range(1..3) {
            let at = damaged.floor_char_boundary(rng.random_range(0..damaged.len()));
            let end = damaged.floor_char_boundary((at + rng.random_range(0..40)).min(damaged.len()));
            let (copy, piece) = (damaged[at..end].to_owned(), PIECES[rng.random_range(0..PIECES.len())]);
            match rng.random_range(0..4) {
                0 => damaged.replace_range(at..end, ""),
                1 => damaged.insert_str(at, &copy),
                2 => damaged.insert_str(at, piece),
                _ => damaged.replace_range(at..end, piece),
            }
        }
        *if is_plain(&damaged) { &mut plain } else { &mut odd } += 1;
    }
    assert!(plain > 500 && odd > 5_000, "{plain} plain and {odd} odd pages test little");
}
