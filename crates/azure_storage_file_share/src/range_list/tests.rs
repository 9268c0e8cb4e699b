use super::*;

const SIZE: u64 = 2048;

fn check(ranges: &str, expected: &[(u64, u64)]) {
    let document = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Ranges>{ranges}</Ranges>");
    let expected = expected.iter().map(|(start, end)| *start..*end).collect();
    assert_eq!(parse_written(document.as_bytes(), SIZE), Ok(expected), "{ranges}");
}

#[test]
fn ends_are_inclusive_on_the_wire_and_exclusive_here() {
    check("", &[]);
    check("<Range><Start>0</Start><End>511</End></Range><NextMarker />", &[(0, 512)]);
    check(
        "<Range><Start>0</Start><End>0</End></Range><Range><Start>1</Start><End>1535</End></Range>",
        &[(0, 1), (1, 1536)],
    );
}

#[test]
fn ranges_out_of_order_or_cut_are_refused() {
    for ranges in [
        "<Range><Start>512</Start><End>1023</End></Range><Range><Start>0</Start><End>511</End></Range>",
        "<Range><Start>0</Start><End>511</End></Range><Range><Start>511</Start><End>512</End></Range>",
        "<Range><Start>1</Start><End>0</End></Range>",
        "<Range><Start>0</Start></Range>",
        "<Range><Start>a</Start><End>1</End></Range>",
        "<NextMarker>more</NextMarker>",
        "<Range>",
        "<ClearRange><Start>0</Start><End>511</End></ClearRange>",
    ] {
        assert!(parse_written(format!("<Ranges>{ranges}</Ranges>").as_bytes(), SIZE).is_err(), "{ranges}");
    }
}

#[test]
fn a_diff_mixes_what_was_written_and_what_was_cleared() {
    let range =
        |name, start: u64, end: u64| format!("<{name}><Start>{start}</Start><End>{end}</End></{name}>");
    let body = [range("Range", 0, 511), range("ClearRange", 512, 1023), range("Range", 1024, 1535)].concat();
    let document = format!("<Ranges>{body}</Ranges>");
    let expected =
        [RangeChange::Written(0..512), RangeChange::Cleared(512..1024), RangeChange::Written(1024..1536)];
    assert_eq!(parse(document.as_bytes(), SIZE), Ok(expected.to_vec()));
}

#[test]
fn nothing_is_listed_behind_the_end_of_the_file() {
    check("<Range><Start>1536</Start><End>2559</End></Range>", &[(1536, SIZE)]);
    check("<Range><Start>2048</Start><End>2559</End></Range>", &[]);
    let body = "<Ranges><ClearRange><Start>1536</Start><End>4095</End></ClearRange></Ranges>";
    assert_eq!(parse(body.as_bytes(), SIZE), Ok(vec![RangeChange::Cleared(1536..SIZE)]));
}
