use super::*;
use crate::Entity;

const CONTENT_TYPE: &str = "multipart/mixed; boundary=batchresponse_1";

fn answer(parts: &[&str]) -> String {
    let head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary";
    let parts: String =
        parts.iter().map(|part| format!("--changesetresponse_2\r\n{head}\r\n\r\n{part}\r\n")).collect();
    format!(
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n{parts}\
         --changesetresponse_2--\r\n--batchresponse_1--\r\n"
    )
}

fn insert() -> Change {
    Change::Insert(Entity::new("p", "r"))
}

fn delete() -> Change {
    let (partition_key, row_key) = ("p".to_owned(), "s".to_owned());
    Change::Delete { partition_key, row_key, condition: crate::Match::Any }
}

const WRITTEN: &str =
    "HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\nETag: W/\"datetime'1%3A2'\"\r\n\r\n";
const DELETED: &str = "HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n";

#[test]
fn every_part_has_its_etag() {
    let body = answer(&[DELETED, WRITTEN]);
    let parts = parts(CONTENT_TYPE, body.as_bytes()).expect("two parts");
    let expected = Ok(vec![None, Some("W/\"datetime'1%3A2'\"".into())]);
    assert_eq!(etags(&parts, &[delete(), insert()]), expected);
    assert!(etags(&parts, &[insert(), delete()]).is_err(), "an ETag is missing");
    assert!(etags(&parts, &[delete()]).is_err(), "one too many");
}

#[test]
fn a_failure_has_its_body() {
    let body =
        answer(&["HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n\r\n{\"a\":\"b\\r\\n\"}"]);
    let parts = parts(CONTENT_TYPE, body.as_bytes()).expect("a part");
    assert_eq!((parts.len(), parts[0].status, parts[0].body), (1, 409, "{\"a\":\"b\\r\\n\"}"));
}

#[test]
fn a_failure_outside_of_the_change_set_is_found() {
    let body = "--batchresponse_1\r\nContent-Type: application/http\r\n\r\n\
                HTTP/1.1 400 Bad Request\r\n\r\n{}\r\n--batchresponse_1--\r\n";
    let parts = parts(CONTENT_TYPE, body.as_bytes()).expect("a part");
    assert_eq!((parts.len(), parts[0].status, parts[0].body), (1, 400, "{}"));
}

#[test]
fn a_boundary_may_be_quoted() {
    let body = answer(&[WRITTEN]);
    let content_type = "Multipart/Mixed; boundary=\"batchresponse_1\"; charset=utf-8";
    assert_eq!(parts(content_type, body.as_bytes()).expect("a part").len(), 1);
}

#[test]
fn an_answer_cut_anywhere_is_not_taken_for_a_shorter_one() {
    let whole = answer(&[WRITTEN, WRITTEN]);
    let changes = [insert(), Change::Insert(Entity::new("p", "s"))];
    let read = |body: &str| parts(CONTENT_TYPE, body.as_bytes()).and_then(|parts| etags(&parts, &changes));
    read(&whole).expect("all of it");
    let end = whole.find("--changesetresponse_2--").expect("the end of the change set");
    for cut in 0..end {
        read(&whole[..cut]).expect_err("not whole");
    }
}

#[test]
fn what_is_no_multipart_is_an_error() {
    let body = answer(&[WRITTEN]);
    for content_type in ["", "application/json", "multipart/mixed", "multipart/mixed; boundary="] {
        assert!(parts(content_type, body.as_bytes()).is_err(), "{content_type}");
    }
    assert!(parts(CONTENT_TYPE, b"\xff").is_err());
    assert!(parts(CONTENT_TYPE, answer(&["204"]).as_bytes()).is_err());
}
