use crate::world::*;
use azure_data_tables::*;

#[tokio::test]
async fn a_table_is_created_once_and_again_without_harm() {
    let table = table().await;
    inserted(&table, row("p", "r", 1)).await;
    table.create_if_not_exists().await.expect("it is there");
    assert_eq!(number(&table, "p", "r").await, 1);
}

#[tokio::test]
async fn a_deleted_table_is_gone_and_can_be_made_again() {
    let table = table().await;
    inserted(&table, row("p", "r", 1)).await;
    table.delete().await.expect("deleted");
    assert_code(table.get("p", "r").await, ErrorKind::NotFound, "TableNotFound");
    assert_code(table.delete().await, ErrorKind::NotFound, "ResourceNotFound");
    table.create_if_not_exists().await.expect("made again");
    assert_eq!(stored(&table, "p", "r").await, None);
}

#[tokio::test]
async fn a_missing_table_is_told_apart_from_a_missing_row() {
    let missing = missing_table().await;
    let not_found = ErrorKind::NotFound;
    assert_code(missing.get("p", "r").await, not_found, "TableNotFound");
    assert_code(missing.query(&Query::default()).await, not_found, "TableNotFound");
    for change in every_change() {
        assert_code(missing.apply(change.clone()).await, not_found, "TableNotFound");
        assert_code(missing.transaction(vec![change]).await, not_found, "TableNotFound");
    }

    let table = table().await;
    assert_eq!(stored(&table, "p", "r").await, None);
    for change in [&every_change()[1], &every_change()[3]] {
        assert_code(table.apply(change.clone()).await, not_found, "ResourceNotFound");
        assert_code(table.transaction(vec![change.clone()]).await, not_found, "ResourceNotFound");
    }
}

fn every_change() -> [Change; 4] {
    let entity = row("p", "r", 1);
    let (partition_key, row_key) = (entity.partition_key.clone(), entity.row_key.clone());
    [
        Change::Insert(entity.clone()),
        Change::Replace(entity.clone(), Match::Any),
        Change::InsertOrReplace(entity),
        Change::Delete { partition_key, row_key, condition: Match::Any },
    ]
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_not_shown() {
    let azurite = azurite::shared().await;
    let table = client(azurite, &azurite.table_endpoint(), "d3Jvbmcga2V5").table_client("table");
    let error = table.get("p", "r").await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("d3Jvbmcga2V5") && !shown.contains("SharedKey"), "{shown}");
}
