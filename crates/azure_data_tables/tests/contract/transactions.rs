use crate::world::*;
use azure_data_tables::*;

fn inserts(rows: std::ops::Range<i64>) -> Vec<Change> {
    rows.map(|i| Change::Insert(row("p", &format!("r-{i:03}"), i))).collect()
}

#[tokio::test]
async fn all_changes_happen_and_their_etags_are_those_of_the_rows() {
    let table = table().await;
    let stale = inserted(&table, row("p", "replaced", 1)).await;
    inserted(&table, row("p", "deleted", 1)).await;
    let etags = table
        .transaction(vec![
            Change::Insert(row("p", "inserted", 2)),
            Change::Delete {
                partition_key: "p".to_owned(),
                row_key: "deleted".to_owned(),
                condition: Match::Any,
            },
            Change::Replace(row("p", "replaced", 3), Match::ETag(stale)),
            Change::InsertOrReplace(row("p", "put", 4)),
        ])
        .await
        .expect("all of it");
    assert_eq!(etags.len(), 4);
    assert_eq!(etags[1], None);
    assert_eq!(stored(&table, "p", "deleted").await, None);
    for (etag, key, expected) in
        [(&etags[0], "inserted", 2), (&etags[2], "replaced", 3), (&etags[3], "put", 4)]
    {
        let stored = stored(&table, "p", key).await.expect("a row");
        assert_eq!((stored.entity, Some(&stored.etag)), (row("p", key, expected), etag.as_ref()));
    }
}

#[tokio::test]
async fn a_stale_etag_in_the_middle_undoes_everything_and_is_named() {
    let table = table().await;
    let stale = inserted(&table, row("p", "row", 1)).await;
    table.apply(Change::InsertOrReplace(row("p", "row", 2))).await.expect("written meanwhile");
    let mut changes = inserts(0..3);
    changes.insert(2, Change::Replace(row("p", "row", 3), Match::ETag(stale)));
    let result = table.transaction(changes).await;
    let error = assert_code(result, ErrorKind::Precondition, "UpdateConditionNotSatisfied");
    assert_eq!((error.status, error.may_have_happened()), (Some(412), false));
    assert_eq!(FailedChange::of(&error), Some(&FailedChange { index: 2, reason: None }));
    assert_eq!(number(&table, "p", "row").await, 2);
    assert_eq!(all(&table, Query::default()).await.len(), 1);
}

#[tokio::test]
async fn a_row_that_is_there_undoes_everything_and_is_named() {
    let table = table().await;
    inserted(&table, row("p", "r-099", -1)).await;
    let error = assert_code(
        table.transaction(inserts(0..100)).await,
        ErrorKind::AlreadyExists,
        "EntityAlreadyExists",
    );
    assert_eq!(error.status, Some(409));
    assert_eq!(FailedChange::of(&error).map(|failed| failed.index), Some(99));
    assert_eq!(all(&table, Query::default()).await.len(), 1);
}

#[tokio::test]
async fn a_hundred_changes_pass_and_one_more_does_not() {
    let table = table().await;
    let error = assert_code(table.transaction(inserts(0..101)).await, ErrorKind::Invalid, "InvalidInput");
    assert_eq!((error.status, error.may_have_happened()), (None, false));
    assert_eq!(table.transaction(inserts(0..100)).await.expect("all of it").len(), 100);
    assert_eq!(all(&table, Query::default()).await.len(), 100);
}

/// Azurite would let it pass.
#[tokio::test]
async fn two_partitions_are_refused_before_anything_happens() {
    let table = table().await;
    let changes = vec![Change::Insert(row("p", "r", 1)), Change::Insert(row("q", "s", 1))];
    let error = assert_code(
        table.transaction(changes).await,
        ErrorKind::Invalid,
        "CommandsInBatchActOnDifferentPartitions",
    );
    assert_eq!(FailedChange::of(&error).map(|failed| failed.index), Some(1));
    assert!(all(&table, Query::default()).await.is_empty());
}

#[tokio::test]
async fn a_row_twice_is_refused_before_anything_happens() {
    let table = table().await;
    let changes = vec![Change::Insert(row("p", "r", 1)), Change::Replace(row("p", "r", 2), Match::Any)];
    assert_code(table.transaction(changes).await, ErrorKind::Invalid, "InvalidDuplicateRow");
    assert!(all(&table, Query::default()).await.is_empty());
}

/// Eight chunks of a quarter of a mebibyte, which is what a checkpoint may bring along.
#[tokio::test]
async fn megabytes_go_in_one_transaction_as_long_as_they_are_below_four() {
    let table = table().await;
    let chunk = |i: usize| {
        let piece = Value::Binary(vec![i as u8; 64 * 1024].into());
        let names = ["A", "B", "C", "D"];
        names
            .iter()
            .fold(Entity::new("p", format!("plan-{i}")), |entity, name| entity.with(*name, piece.clone()))
    };
    let changes: Vec<Change> = (0..8).map(chunk).map(Change::Insert).collect();
    table.transaction(changes).await.expect("all of it");
    let rows = all(&table, Query::default()).await;
    assert_eq!(
        rows.into_iter().map(|row| row.entity).collect::<Vec<_>>(),
        (0..8).map(chunk).collect::<Vec<_>>()
    );

    let changes: Vec<Change> = (8..20).map(chunk).map(Change::Insert).collect();
    assert_code(table.transaction(changes).await, ErrorKind::Invalid, "RequestBodyTooLarge");
}

#[tokio::test]
async fn of_two_that_replace_the_same_row_one_wins() {
    let table = table().await;
    let etag = inserted(&table, row("p", "row", 0)).await;
    let attempt = |number: i64| {
        let replace = Change::Replace(row("p", "row", number), Match::ETag(etag.clone()));
        table.transaction(vec![replace, Change::Insert(row("p", &format!("chunk-{number}"), number))])
    };
    let results: [_; 4] = tokio::join!(attempt(1), attempt(2), attempt(3), attempt(4)).into();
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1, "{results:?}");
    let winner = number(&table, "p", "row").await;
    assert_eq!(number(&table, "p", &format!("chunk-{winner}")).await, winner);
    assert_eq!(all(&table, Query::default()).await.len(), 2);
}
