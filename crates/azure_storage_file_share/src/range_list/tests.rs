use super::*;

fn check(ranges: &str, changed: &[(u64, u64)], cleared: &[(u64, u64)]) {
    let half_open = |ranges: &[(u64, u64)]| ranges.iter().map(|(start, end)| *start..*end).collect();
    let document = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Ranges>{ranges}</Ranges>");
    let expected = Parsed { changed: half_open(changed), cleared: half_open(cleared) };
    assert_eq!(parse(document.as_bytes()), Ok(expected), "{ranges}");
}

#[test]
fn ends_are_inclusive_on_the_wire_and_exclusive_here() {
    check("", &[], &[]);
    check("<Range><Start>0</Start><End>511</End></Range>", &[(0, 512)], &[]);
}

#[test]
fn a_diff_has_both_kinds_in_one_sequence() {
    check(
        "<Range><Start>0</Start><End>511</End></Range><ClearRange><Start>512</Start><End>1023</End></ClearRange>\
         <Range><Start>1024</Start><End>1535</End></Range><NextMarker />",
        &[(0, 512), (1024, 1536)],
        &[(512, 1024)],
    );
}

#[test]
fn ranges_out_of_order_or_cut_are_refused() {
    for ranges in [
        "<Range><Start>512</Start><End>1023</End></Range><Range><Start>0</Start><End>511</End></Range>",
        "<Range><Start>0</Start><End>511</End></Range><ClearRange><Start>511</Start><End>512</End></ClearRange>",
        "<Range><Start>1</Start><End>0</End></Range>",
        "<Range><Start>0</Start></Range>",
        "<Range><Start>a</Start><End>1</End></Range>",
        "<NextMarker>more</NextMarker>",
        "<Range>",
    ] {
        assert!(parse(format!("<Ranges>{ranges}</Ranges>").as_bytes()).is_err(), "{ranges}");
    }
}
