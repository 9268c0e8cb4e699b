use crate::world::*;
use azure_data_tables::*;

/// Rows `r-0000` to `r-1499` of partition `p`, and one of another.
async fn filled() -> TableClient {
    let table = table().await;
    for hundred in 0..15 {
        let rows = (100 * hundred..100 * (hundred + 1)).map(|i| row("p", &format!("r-{i:04}"), i));
        table.transaction(rows.map(Change::Insert).collect()).await.expect("a hundred rows");
    }
    inserted(&table, row("q", "r-0000", -1)).await;
    table
}

fn numbers(rows: &[Stored]) -> Vec<i64> {
    let number = |row: &Stored| match row.entity.properties["Number"] {
        Value::I64(number) => number,
        ref other => panic!("no number: {other:?}"),
    };
    rows.iter().map(number).collect()
}

#[tokio::test]
async fn more_rows_than_a_page_holds_are_all_found_in_their_order() {
    let table = filled().await;
    let query = Query { filter: Filter::partition("p"), ..Default::default() };
    let first = table.query(&query).await.expect("a page");
    assert_eq!(first.rows.len(), 1000);
    assert!(first.continuation.is_some());
    assert_eq!(numbers(&all(&table, query).await), Vec::from_iter(0..1500));
}

#[tokio::test]
async fn rows_are_found_by_a_range_of_keys() {
    let table = filled().await;
    let filter = Filter::partition("p").row_from("r-0700").row_before("r-0703");
    let query = Query { filter, ..Default::default() };
    assert_eq!(numbers(&all(&table, query).await), [700, 701, 702]);
    let query = Query { filter: Filter::default().row_before("r-0001"), ..Default::default() };
    assert_eq!(numbers(&all(&table, query).await), [0, -1]);
    let query = Query { filter: Filter::partition("nothing"), ..Default::default() };
    assert!(all(&table, query).await.is_empty());
}

#[tokio::test]
async fn a_page_is_as_small_as_was_asked() {
    let table = filled().await;
    let query =
        Query { filter: Filter::partition("p").row_from("r-1490"), top: Some(3), ..Default::default() };
    assert_eq!(numbers(&table.query(&query).await.expect("a page").rows), [1490, 1491, 1492]);
    assert_eq!(numbers(&all(&table, query).await), Vec::from_iter(1490..1500));
}

#[tokio::test]
async fn only_the_selected_properties_come_and_what_every_row_has() {
    let table = table().await;
    let entity = row("p", "r", 1).with("Wanted", Value::Bool(true));
    let etag = inserted(&table, entity).await;
    let select = vec!["Wanted".to_owned(), "Missing".to_owned()];
    let rows = all(&table, Query { select, ..Default::default() }).await;
    assert_eq!(
        (&rows[0].entity, &rows[0].etag),
        (&Entity::new("p", "r").with("Wanted", Value::Bool(true)), &etag)
    );
}

#[tokio::test]
async fn a_query_goes_on_behind_keys_of_any_characters() {
    let table = table().await;
    for (i, key) in ["O'Brien 50%+&", "ä日本😀", "a\"b\"", " x ", ""].into_iter().enumerate() {
        inserted(&table, row(key, key, i as i64)).await;
    }
    let mut found = numbers(&all(&table, Query { top: Some(1), ..Default::default() }).await);
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 3, 4]);
}
