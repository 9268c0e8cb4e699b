use crate::world::*;
use azure_data_tables::*;
use time::Duration;

#[tokio::test]
async fn a_row_is_inserted_once() {
    let table = table().await;
    let etag = inserted(&table, row("p", "r", 1)).await;
    let again = table.apply(Change::Insert(row("p", "r", 2))).await;
    assert_code(again, ErrorKind::AlreadyExists, "EntityAlreadyExists");
    let stored = stored(&table, "p", "r").await.expect("the first");
    assert_eq!((stored.entity, stored.etag), (row("p", "r", 1), etag));
}

#[tokio::test]
async fn a_row_is_replaced_only_if_it_is_the_one_that_was_read() {
    let table = table().await;
    let first = inserted(&table, row("p", "r", 1).with("Other", Value::Bool(true))).await;
    let replace = |number, etag: &ETag| Change::Replace(row("p", "r", number), Match::ETag(etag.clone()));
    let second = table.apply(replace(2, &first)).await.expect("replaced").expect("its ETag");
    assert_ne!(first, second);
    let stale = table.apply(replace(3, &first)).await;
    assert_code(stale, ErrorKind::Precondition, "UpdateConditionNotSatisfied");
    let stored = stored(&table, "p", "r").await.expect("the second");
    assert_eq!((stored.entity, stored.etag), (row("p", "r", 2), second));
}

#[tokio::test]
async fn a_row_is_replaced_whatever_it_is() {
    let table = table().await;
    inserted(&table, row("p", "r", 1)).await;
    table.apply(Change::Replace(row("p", "r", 2), Match::Any)).await.expect("replaced");
    table.apply(Change::InsertOrReplace(row("p", "r", 3))).await.expect("replaced");
    assert_eq!(number(&table, "p", "r").await, 3);
    table.apply(Change::InsertOrReplace(row("p", "s", 4))).await.expect("inserted").expect("an ETag");
    assert_eq!(number(&table, "p", "s").await, 4);
}

#[tokio::test]
async fn a_row_is_deleted_only_if_it_is_the_one_that_was_read() {
    let table = table().await;
    let stale = inserted(&table, row("p", "r", 1)).await;
    let fresh = table.apply(Change::InsertOrReplace(row("p", "r", 2))).await.expect("replaced");
    let delete = |etag: ETag| Change::Delete {
        partition_key: "p".to_owned(),
        row_key: "r".to_owned(),
        condition: Match::ETag(etag),
    };
    let kept = table.apply(delete(stale)).await;
    assert_code(kept, ErrorKind::Precondition, "UpdateConditionNotSatisfied");
    assert_eq!(table.apply(delete(fresh.expect("its ETag"))).await.expect("deleted"), None);
    assert_eq!(stored(&table, "p", "r").await, None);
}

/// Azurite has the clock of this machine, so what it says can be compared.
#[tokio::test]
async fn the_service_says_when_it_answered_and_when_the_row_was_written() {
    let table = table().await;
    inserted(&table, row("p", "r", 1)).await;
    let found = table.get("p", "r").await.expect("an answer");
    let written = found.stored.expect("a row").timestamp;
    assert!(written < found.at + Duration::SECOND, "{written} and {}", found.at);
    assert!(table.get("p", "missing").await.expect("an answer").at >= found.at);
}

#[tokio::test]
async fn keys_of_any_characters_keep_rows_apart() {
    let table = table().await;
    let keys = [
        "O'Brien",
        "''",
        "'",
        "100%",
        "%27",
        "%2F",
        "a+b",
        "a b",
        " ",
        "a%20b",
        "ä",
        "日本",
        "😀",
        "..",
        ".",
        "a&b=c",
        "a:b",
        "(a)",
        "a,b",
        "\"q\"",
        "$batch",
        "a;b",
        "@",
        "*",
        "~!^`{}[]|<>",
        "",
    ];
    for (number, key) in keys.iter().enumerate() {
        inserted(&table, row(key, key, number as i64)).await;
    }
    for (expected, key) in keys.iter().enumerate() {
        assert_eq!(number(&table, key, key).await, expected as i64, "{key:?}");
        let query = Query { filter: Filter::partition(key).row_from(key), ..Default::default() };
        let rows = all(&table, query).await;
        assert_eq!(rows.len(), 1, "{key:?}");
        let etag = Match::ETag(rows[0].etag.clone());
        let replaced = Change::Replace(row(key, key, -1), etag);
        let etags =
            table.transaction(vec![replaced]).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        let etag = etags.into_iter().next().flatten().expect("its ETag");
        let (partition_key, row_key) = (key.to_string(), key.to_string());
        let delete = Change::Delete { partition_key, row_key, condition: Match::ETag(etag) };
        table.apply(delete).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
    }
    assert!(all(&table, Query::default()).await.is_empty());
}

#[tokio::test]
async fn of_many_who_count_in_one_row_none_loses_a_step() {
    const COUNTERS: i64 = 8;
    const STEPS: i64 = 20;
    let table = table().await;
    inserted(&table, row("p", "count", 0)).await;
    let counters = (0..COUNTERS).map(|_| async {
        for _ in 0..STEPS {
            while let Err(error) = count_on(&table).await {
                assert_eq!(error.kind, ErrorKind::Precondition, "{error}");
            }
        }
    });
    futures::future::join_all(counters).await;
    assert_eq!(number(&table, "p", "count").await, COUNTERS * STEPS);
}

async fn count_on(table: &TableClient) -> Result<Option<ETag>> {
    let found = stored(table, "p", "count").await.expect("a row");
    let Value::I64(number) = found.entity.properties["Number"] else { panic!("no number: {found:?}") };
    table.apply(Change::Replace(row("p", "count", number + 1), Match::ETag(found.etag))).await
}
