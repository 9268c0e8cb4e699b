use super::*;
use crate::{Entity, Match, Value};

#[test]
fn every_change_is_a_request_of_its_own_in_the_body() {
    let changes = [
        Change::Insert(Entity::new("O'B", "1").with("N", Value::I32(1))),
        Change::Replace(Entity::new("O'B", "2"), Match::ETag("W/\"2\"".into())),
        Change::InsertOrReplace(Entity::new("O'B", "3")),
        Change::Delete { partition_key: "O'B".to_owned(), row_key: "4".to_owned(), condition: Match::Any },
    ];
    let endpoint = Url::parse("http://127.0.0.1:10002/account").expect("a URL");
    let (content_type, body) = write(&changes, &endpoint, "table");
    let text = String::from_utf8(body).expect("text");

    let batch = content_type.strip_prefix("multipart/mixed; boundary=").expect("a boundary");
    let (_, changeset) = text.split_once("multipart/mixed; boundary=").expect("a second boundary");
    let (changeset, _) = changeset.split_once("\r\n").expect("the end of the line");
    let part = "content-type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\n";
    let common = "accept: application/json;odata=minimalmetadata\r\ndataserviceversion: 3.0\r\n";
    let row = |key| format!("http://127.0.0.1:10002/account/table(PartitionKey='O%27%27B',RowKey='{key}')");
    let json = "content-type: application/json\r\n\r\n";
    let expected = [
        format!("--{batch}\r\ncontent-type: multipart/mixed; boundary={changeset}\r\n\r\n"),
        format!("--{changeset}\r\n{part}POST http://127.0.0.1:10002/account/table HTTP/1.1\r\n{common}"),
        format!(
            "prefer: return-no-content\r\n{json}{{\"PartitionKey\":\"O'B\",\"RowKey\":\"1\",\"N\":1}}\r\n"
        ),
        format!("--{changeset}\r\n{part}PUT {} HTTP/1.1\r\n{common}if-match: W/\"2\"\r\n{json}", row("2")),
        "{\"PartitionKey\":\"O'B\",\"RowKey\":\"2\"}\r\n".to_owned(),
        format!("--{changeset}\r\n{part}PUT {} HTTP/1.1\r\n{common}{json}", row("3")),
        "{\"PartitionKey\":\"O'B\",\"RowKey\":\"3\"}\r\n".to_owned(),
        format!("--{changeset}\r\n{part}DELETE {} HTTP/1.1\r\n{common}if-match: *\r\n\r\n\r\n", row("4")),
        format!("--{changeset}--\r\n--{batch}--\r\n"),
    ];
    assert_eq!(text, expected.concat());
}

fn insert(row_key: &str) -> Change {
    Change::Insert(Entity::new("p", row_key))
}

#[track_caller]
fn check_blame(changes: &[Change], expected: Option<(usize, &str)>) {
    let blame = check_each(changes).err().map(|(index, refusal)| (index, refusal.code));
    assert_eq!(blame, expected);
}

#[test]
fn the_change_to_blame_is_named() {
    check_blame(&[insert("a"), insert("b")], None);
    check_blame(&[insert("a"), insert("b/c")], Some((1, "OutOfRangeInput")));
    check_blame(&[insert("a"), insert("b"), insert("a")], Some((2, "InvalidDuplicateRow")));
    let other = Change::Insert(Entity::new("P", "a"));
    check_blame(&[insert("a"), other], Some((1, "CommandsInBatchActOnDifferentPartitions")));
}

#[test]
fn an_etag_that_would_be_another_header_or_no_condition_is_refused() {
    for etag in ["", " ", "*", "W/\"1\"\r\nx-ms-version: 1", "ü"] {
        let condition = Match::ETag(etag.into());
        check_blame(&[Change::Replace(Entity::new("p", "r"), condition)], Some((0, "InvalidHeaderValue")));
    }
}

#[test]
fn a_transaction_has_1_to_100_changes() {
    let code = |count: usize| check(&vec![insert("a"); count]).err().map(|refusal| refusal.code);
    assert_eq!(
        [code(0), code(1), code(100), code(101)],
        [Some("InvalidInput"), None, None, Some("InvalidInput")]
    );
}
