use super::*;
use crate::fake::{FakeHttp, Reply, answer};
use crate::{Entity, ErrorKind, Filter, Match, RetryOptions, Value};
use ::time::macros::datetime;

const ROW: &str =
    r#"{"odata.etag":"W/\"1\"","PartitionKey":"p","RowKey":"r","Timestamp":"2026-11-18T22:01:00Z"}"#;

fn written(status: u16) -> Reply {
    Reply::Answer(status, vec![("etag", "W/\"2\"")], String::new())
}

#[tokio::test]
async fn a_row_is_asked_for_with_the_least_metadata_that_keeps_types() {
    let http = FakeHttp::new([answer(200, ROW)]);
    let found = http.table("table").get("p", "r").await.expect("a row");
    assert_eq!(found.at, datetime!(2026-11-18 22:01:07 UTC));
    assert_eq!(found.stored.expect("a row").etag, "W/\"1\"".into());
    let sent = http.last();
    assert_eq!(sent.method, "GET");
    assert_eq!(sent.url, "https://account.table.core.windows.net/table(PartitionKey='p',RowKey='r')");
    assert_eq!(sent.header("accept"), Some("application/json;odata=minimalmetadata"));
    assert_eq!(sent.header("x-ms-version"), Some("2019-02-02"));
    assert_eq!(sent.header("dataserviceversion"), Some("3.0"));
    assert!(sent.header("authorization").is_some_and(|value| value.starts_with("SharedKeyLite account:")));
}

#[tokio::test]
async fn a_row_that_is_not_there_comes_with_the_time_of_the_answer() {
    let body = r#"{"odata.error":{"code":"ResourceNotFound","message":{"lang":"en-US","value":"x"}}}"#;
    let found = FakeHttp::new([answer(404, body)]).table("table").get("p", "r").await.expect("an answer");
    assert_eq!(found, Found { stored: None, at: datetime!(2026-11-18 22:01:07 UTC) });
}

#[tokio::test]
async fn an_answer_without_a_date_is_not_understood() {
    let http = FakeHttp::new([Reply::Answer(200, Vec::new(), ROW.to_owned())]);
    let error = http.table("table").get("p", "r").await.expect_err("no date");
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[tokio::test]
async fn an_insert_asks_for_no_echo_and_sends_no_condition() {
    let http = FakeHttp::new([written(204)]);
    let entity = Entity::new("p", "r").with("N", Value::I64(1));
    let etag = http.table("table").apply(Change::Insert(entity)).await.expect("inserted");
    assert_eq!(etag, Some("W/\"2\"".into()));
    let sent = http.last();
    assert_eq!(
        (sent.method.as_str(), sent.url.as_str()),
        ("POST", "https://account.table.core.windows.net/table")
    );
    assert_eq!(sent.body, r#"{"PartitionKey":"p","RowKey":"r","N@odata.type":"Edm.Int64","N":"1"}"#);
    assert_eq!((sent.header("prefer"), sent.header("if-match")), (Some("return-no-content"), None));
}

#[tokio::test]
async fn a_condition_goes_with_what_has_one() {
    let entity = || Entity::new("p", "r");
    let etag = || Match::ETag("W/\"1\"".into());
    let delete =
        |condition| Change::Delete { partition_key: "p".to_owned(), row_key: "r".to_owned(), condition };
    for (change, method, condition) in [
        (Change::Replace(entity(), etag()), "PUT", Some("W/\"1\"")),
        (Change::Replace(entity(), Match::Any), "PUT", Some("*")),
        (Change::InsertOrReplace(entity()), "PUT", None),
        (delete(etag()), "DELETE", Some("W/\"1\"")),
        (delete(Match::Any), "DELETE", Some("*")),
    ] {
        let http = FakeHttp::new([written(204)]);
        http.table("table").apply(change).await.expect("a 204");
        assert_eq!((http.last().method.as_str(), http.last().header("if-match")), (method, condition));
        assert!(http.last().url.ends_with("/table(PartitionKey='p',RowKey='r')"));
    }
}

#[tokio::test]
async fn what_the_service_would_refuse_is_not_sent() {
    let http = FakeHttp::new([written(204)]);
    let table = http.table("table");
    let refused = |error: Error, code: &str| {
        assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Invalid, Some(code)), "{error}");
    };
    refused(table.get("a/b", "r").await.expect_err("a slash"), "OutOfRangeInput");
    let entity = Entity::new("p", "r").with("Timestamp", Value::Bool(true));
    refused(table.apply(Change::Insert(entity)).await.expect_err("its name"), "PropertyNameInvalid");
    let top = |top| Query { top: Some(top), ..Default::default() };
    refused(table.query(&top(0)).await.expect_err("no rows"), "InvalidInput");
    refused(table.query(&top(1001)).await.expect_err("too many rows"), "InvalidInput");
    let select = Query { select: vec!["A,B".to_owned()], ..Default::default() };
    refused(table.query(&select).await.expect_err("no name"), "PropertyNameInvalid");
    refused(table.transaction(Vec::new()).await.expect_err("nothing to do"), "InvalidInput");

    let table = http.table("a-b");
    refused(table.create_if_not_exists().await.expect_err("its name"), "InvalidResourceName");
    refused(table.delete().await.expect_err("its name"), "InvalidResourceName");
    refused(table.get("p", "r").await.expect_err("its name"), "InvalidResourceName");
    refused(table.query(&top(1)).await.expect_err("its name"), "InvalidResourceName");
    assert_eq!(http.sent().len(), 0);
}

#[tokio::test]
async fn an_empty_page_may_go_on() {
    let date = ("date", "Wed, 18 Nov 2026 22:01:07 GMT");
    let partition = "x-ms-continuation-nextpartitionkey";
    let headers = vec![date, (partition, "1!8!cA--"), ("x-ms-continuation-nextrowkey", "1!4!/&")];
    let empty = r#"{"odata.metadata":"x","value":[]}"#;
    let http = FakeHttp::new([
        Reply::Answer(200, headers, empty.to_owned()),
        Reply::Answer(200, vec![date, (partition, "p")], empty.to_owned()),
        Reply::Answer(200, vec![date], format!(r#"{{"odata.metadata":"x","value":[{ROW}]}}"#)),
    ]);
    let table = http.table("table");
    let mut query = Query {
        filter: Filter::partition("p"),
        select: vec!["N".to_owned()],
        top: Some(7),
        continuation: None,
    };
    let mut pages = Vec::new();
    loop {
        let page = table.query(&query).await.expect("a page");
        pages.push(page.rows.len());
        query.continuation = page.continuation;
        if query.continuation.is_none() {
            break;
        }
    }
    assert_eq!(pages, [0, 0, 1]);
    let base = "https://account.table.core.windows.net/table()?$filter=PartitionKey%20eq%20%27p%27\
                &$select=PartitionKey%2CRowKey%2CTimestamp%2CN&$top=7";
    let urls: Vec<String> = http.sent().into_iter().map(|sent| sent.url).collect();
    let continued = ["", "&NextPartitionKey=1%218%21cA--&NextRowKey=1%214%21%2F%26", "&NextPartitionKey=p"];
    assert_eq!(urls, continued.map(|tail| format!("{base}{tail}")));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_only_by_reads() {
    let http = FakeHttp::new([Reply::Lost, answer(200, ROW)]);
    http.table("table").get("p", "r").await.expect("the second answer");
    assert_eq!(http.sent().len(), 2);

    let http = FakeHttp::new([Reply::Lost, written(204)]);
    let error =
        http.table("table").apply(Change::InsertOrReplace(Entity::new("p", "r"))).await.expect_err("lost");
    assert!(error.may_have_happened());
    assert_eq!(http.sent().len(), 1);
}

fn table_failure(code: &str) -> Reply {
    answer(409, &format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"x"}}}}}}"#))
}

#[tokio::test(start_paused = true)]
async fn a_table_being_deleted_is_waited_for() {
    let http = FakeHttp::new([
        table_failure("TableBeingDeleted"),
        table_failure("TableBeingDeleted"),
        answer(204, ""),
    ]);
    http.table("table").create_if_not_exists().await.expect("the third attempt");
    assert_eq!(http.sent().len(), 3);
    assert_eq!(http.last().body, r#"{"TableName":"table"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_stays_being_deleted_is_given_up_at_the_deadline() {
    let http = FakeHttp::new([table_failure("TableBeingDeleted")]);
    let began = Instant::now();
    let error = http.table("table").create_if_not_exists().await.expect_err("still being deleted");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Conflict, Some("TableBeingDeleted")));
    assert!(began.elapsed() <= RetryOptions::default().deadline);
    assert!(http.sent().len() > 50, "{}", http.sent().len());
}

#[tokio::test(start_paused = true)]
async fn a_table_is_there_whichever_attempt_made_it() {
    let http = FakeHttp::new([Reply::Lost, table_failure("TableAlreadyExists")]);
    http.table("table").create_if_not_exists().await.expect("it is there");
    assert_eq!(http.sent().len(), 2);
}
