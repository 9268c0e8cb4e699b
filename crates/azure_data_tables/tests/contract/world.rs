//! A table of its own in the Azurite that all tests share.

use azure_data_tables::*;
use azurite::Azurite;
use url::Url;
use uuid::Uuid;

/// Azurite itself, or what stands before it.
pub(crate) fn client(azurite: &Azurite, endpoint: &Url, key: &str) -> TableServiceClient {
    let credential = Credential::SharedKey(SharedKey::new(azurite.account(), key).expect("base64"));
    let options = ClientOptions::default();
    TableServiceClient::new(endpoint, azurite.account(), credential, options).expect("a client")
}

pub(crate) async fn missing_table() -> TableClient {
    let azurite = azurite::shared().await;
    let service = client(azurite, &azurite.table_endpoint(), azurite.key());
    service.table_client(&format!("t{}", Uuid::new_v4().simple()))
}

pub(crate) async fn table() -> TableClient {
    let table = missing_table().await;
    table.create_if_not_exists().await.expect("a new table");
    table
}

/// With one property, a number.
pub(crate) fn row(partition_key: &str, row_key: &str, number: i64) -> Entity {
    Entity::new(partition_key, row_key).with("Number", Value::I64(number))
}

pub(crate) async fn inserted(table: &TableClient, entity: Entity) -> ETag {
    table.apply(Change::Insert(entity)).await.expect("a new row").expect("its ETag")
}

pub(crate) async fn stored(table: &TableClient, partition_key: &str, row_key: &str) -> Option<Stored> {
    table.get(partition_key, row_key).await.expect("an answer").stored
}

/// The number of a row that is there.
pub(crate) async fn number(table: &TableClient, partition_key: &str, row_key: &str) -> i64 {
    match stored(table, partition_key, row_key).await.expect("a row").entity.properties["Number"] {
        Value::I64(number) => number,
        ref other => panic!("no number: {other:?}"),
    }
}

pub(crate) async fn all(table: &TableClient, query: Query) -> Vec<Stored> {
    let mut query = query;
    let mut rows = Vec::new();
    loop {
        let page = table.query(&query).await.expect("a page");
        rows.extend(page.rows);
        query.continuation = page.continuation;
        if query.continuation.is_none() {
            return rows;
        }
    }
}

#[track_caller]
pub(crate) fn assert_code<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) -> Error {
    let error = result.expect_err(code);
    assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)), "{error}");
    error
}
