use crate::fake::{FakeHttp, Reply, answer};
use crate::{Change, Entity, ErrorKind, FailedChange};
use std::error::Error as _;

/// As the service answers it: with the code in the body only.
fn failure(code: &str, message: &str) -> String {
    format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"{message}"}}}}}}"#)
}

/// As the service answers a transaction that failed.
fn failed_transaction(status: &str, code: &str, message: &str) -> Reply {
    let body = format!(
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n\
         --changesetresponse_2\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
         HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n{}\r\n\
         --changesetresponse_2--\r\n--batchresponse_1--\r\n",
        failure(code, message)
    );
    Reply::Answer(202, vec![("content-type", "multipart/mixed; boundary=batchresponse_1")], body)
}

fn done() -> Reply {
    let body = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n\
                --changesetresponse_2\r\nContent-Type: application/http\r\n\r\n\
                HTTP/1.1 204 No Content\r\nETag: W/\"2\"\r\n\r\n\r\n\
                --changesetresponse_2--\r\n--batchresponse_1--\r\n";
    Reply::Answer(202, vec![("content-type", "multipart/mixed; boundary=batchresponse_1")], body.to_owned())
}

fn changes() -> Vec<Change> {
    vec![Change::Insert(Entity::new("p", "r"))]
}

#[tokio::test]
async fn the_code_is_found_in_the_body_when_no_header_has_it() {
    let http = FakeHttp::new([answer(404, &failure("TableNotFound", "secret"))]);
    let error = http.table("table").get("p", "r").await.expect_err("no table");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::NotFound, Some("TableNotFound")));
    assert_eq!(error.to_string(), "Query Entities of table(\"p\", \"r\"): TableNotFound (404)");
    assert!(!format!("{error:?} {:?}", error.source()).contains("secret"));
}

#[tokio::test]
async fn what_is_no_code_stays_out_of_the_error() {
    let long = "a".repeat(65);
    for code in ["", "a b", "<html>", "signature=", long.as_str()] {
        let http = FakeHttp::new([answer(400, &failure(code, ""))]);
        let error =
            http.table("table").apply(Change::Insert(Entity::new("p", "r"))).await.expect_err("a 400");
        assert_eq!((error.kind, error.code), (ErrorKind::Invalid, None));
    }
    let http = FakeHttp::new([answer(404, "<html>not ours</html>")]);
    let error = http.table("table").get("p", "r").await.expect_err("a page of somebody else");
    assert_eq!((error.kind, error.code), (ErrorKind::NotFound, None));
}

#[tokio::test]
async fn a_transaction_that_failed_is_an_error_although_the_answer_is_202() {
    let message = "7:The update condition specified in the request was not satisfied.";
    let http = FakeHttp::new([failed_transaction(
        "412 Precondition Failed",
        "UpdateConditionNotSatisfied",
        message,
    )]);
    let changes: Vec<_> = (0..8).map(|i| Change::Insert(Entity::new("p", i.to_string()))).collect();
    let error = http.table("table").transaction(changes).await.expect_err("a 412 inside");
    assert_eq!((error.kind, error.status), (ErrorKind::Precondition, Some(412)));
    assert_eq!(error.to_string(), "Entity Group Transaction of table: UpdateConditionNotSatisfied (412)");
    assert_eq!(FailedChange::of(&error), Some(&FailedChange { index: 7, reason: None }));
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("Change 7 of the transaction"));
    assert_eq!(http.sent().len(), 1);
}

#[tokio::test]
async fn a_change_that_was_not_sent_is_not_to_blame() {
    let http = FakeHttp::new([failed_transaction("400 Bad Request", "InvalidInput", "1:Something")]);
    let error = http.table("table").transaction(changes()).await.expect_err("a 400 inside");
    assert!(error.is_code("InvalidInput"));
    assert_eq!(FailedChange::of(&error), None);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_refused_for_load_inside_its_answer_is_repeated() {
    let busy = failed_transaction("503 Service Unavailable", "ServerBusy", "0:The server is busy.");
    let http = FakeHttp::new([busy, done()]);
    let etags = http.table("table").transaction(changes()).await.expect("the second attempt");
    assert_eq!(etags, [Some("W/\"2\"".into())]);
    assert_eq!(http.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_named_only_in_the_body_is_no_refusal_for_load() {
    for reply in [
        answer(503, &failure("OperationTimedOut", "")),
        failed_transaction("503 Service Unavailable", "OperationTimedOut", "0:"),
        failed_transaction("500 Internal Server Error", "InternalError", "0:"),
    ] {
        let http = FakeHttp::new([reply, done()]);
        let error = http.table("table").transaction(changes()).await.expect_err("unknown outcome");
        assert!(error.may_have_happened(), "{error}");
        assert_eq!(http.sent().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_of_an_earlier_attempt_is_forgotten() {
    let busy = failed_transaction("503 Service Unavailable", "ServerBusy", "0:The server is busy.");
    let http = FakeHttp::new([busy, answer(400, &failure("InvalidInput", "Something"))]);
    let error = http.table("table").transaction(changes()).await.expect_err("a 400");
    assert_eq!((error.is_code("InvalidInput"), FailedChange::of(&error)), (true, None));

    let busy = failed_transaction("503 Service Unavailable", "ServerBusy", "0:The server is busy.");
    let http = FakeHttp::new([busy, Reply::Lost]);
    let error = http.table("table").transaction(changes()).await.expect_err("no answer");
    assert_eq!((error.kind, FailedChange::of(&error)), (ErrorKind::Unknown, None));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_outcome_unknown() {
    let Reply::Answer(_, headers, whole) = done() else { unreachable!("an answer") };
    let cut = whole[..whole.len() - 30].to_owned();
    for body in [cut, String::new(), "{}".to_owned(), whole.replace("ETag", "Tag"), whole.replace("204", "2")]
    {
        let http = FakeHttp::new([Reply::Answer(202, headers.clone(), body)]);
        let error = http.table("table").transaction(changes()).await.expect_err("nonsense");
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(error.may_have_happened());
    }
}
