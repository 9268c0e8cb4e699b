use super::*;
use time::macros::datetime;

const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://a/\">\
    <Prefix>backup</Prefix><Shares><Share><Name>backup-source</Name><Snapshot>2026-11-18T22:01:07.0000000Z</Snapshot>\
    <Properties><Last-Modified>Wed, 18 Nov 2026 21:00:00 GMT</Last-Modified><Etag>\"0x8DE26E9F0A1B2C3\"</Etag>\
    <LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState><LeaseDuration>infinite</LeaseDuration><Quota>102400</Quota>\
    <EnabledProtocols>SMB</EnabledProtocols><DefaultEncryptionScope>$account</DefaultEncryptionScope></Properties>\
    <Metadata><backup_pair>a&amp;b</backup_pair></Metadata></Share><Share><Name>backup-source</Name><Properties>\
    <Last-Modified>Wed, 18 Nov 2026 21:00:00 GMT</Last-Modified><Etag>\"0x8DE26E9F0A1B2C3\"</Etag></Properties>\
    <Metadata /></Share></Shares><NextMarker /></EnumerationResults>";

#[test]
fn shares_and_share_snapshots_are_told_apart() {
    let page = parse(PAGE.as_bytes()).expect("a page");
    let share = ShareItem {
        name: "backup-source".to_owned(),
        snapshot: None,
        etag: "\"0x8DE26E9F0A1B2C3\"".into(),
        last_modified: datetime!(2026-11-18 21:00 UTC),
        quota_gib: None,
        enabled_protocols: None,
        lease_state: None,
        lease_status: None,
        lease_duration: None,
        metadata: Metadata::new(),
    };
    let snapshot = ShareItem {
        snapshot: Some("2026-11-18T22:01:07.0000000Z".into()),
        quota_gib: Some(102_400),
        enabled_protocols: Some("SMB".to_owned()),
        lease_state: Some("leased".to_owned()),
        lease_status: Some("locked".to_owned()),
        lease_duration: Some("infinite".to_owned()),
        metadata: Metadata::from([("backup_pair".to_owned(), "a&b".to_owned())]),
        ..share.clone()
    };
    assert_eq!(page, SharesPage { shares: vec![snapshot, share], next_marker: None });
}

#[test]
fn a_page_that_is_cut_is_no_page() {
    for length in (0..PAGE.len()).filter(|length| PAGE.is_char_boundary(*length)) {
        assert!(parse(&PAGE.as_bytes()[..length]).is_err(), "cut at {length}");
    }
    assert!(parse(PAGE.replace("<NextMarker />", "").as_bytes()).is_err());
}
