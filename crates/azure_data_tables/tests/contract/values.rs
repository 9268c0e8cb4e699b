use crate::world::*;
use azure_data_tables::*;
use bytes::Bytes;
use time::macros::datetime;

async fn check(values: impl IntoIterator<Item = Value>) {
    let table = table().await;
    let properties = values.into_iter().enumerate();
    let entity =
        properties.fold(Entity::new("p", "r"), |entity, (i, value)| entity.with(format!("P{i}"), value));
    inserted(&table, entity.clone()).await;
    assert_eq!(stored(&table, "p", "r").await.expect("a row").entity, entity);
    assert_eq!(all(&table, Query::default()).await[0].entity, entity);
    let replaced = table.transaction(vec![Change::Replace(entity.clone(), Match::Any)]).await;
    replaced.expect("replaced");
    assert_eq!(stored(&table, "p", "r").await.expect("a row").entity, entity);
}

#[tokio::test]
async fn numbers_come_back_as_they_went() {
    check([i64::MIN, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX].map(Value::I64)).await;
    check([i32::MIN, -1, 0, 1, i32::MAX].map(Value::I32)).await;
    check([0.0, 1.0, -2.0, 0.1, 1e300, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY].map(Value::F64))
        .await;
}

#[tokio::test]
async fn text_comes_back_as_it_went() {
    let texts = [
        "",
        " ",
        "O'Brien",
        "\"",
        "\\",
        "\r\n--batch_\r\n",
        "50%",
        "日本 😀",
        "2026-11-18T22:01:07Z",
        "5",
        "null",
    ];
    check(texts.map(|text| Value::Text(text.to_owned()))).await;
    check([Value::Text("ü".repeat(32 * 1024))]).await;
}

#[tokio::test]
async fn bytes_come_back_as_they_went() {
    check([0, 1, 2, 3, 64 * 1024].map(|count| Value::Binary(Bytes::from(vec![0xff; count])))).await;
    check([Value::Binary((0..=255).collect())]).await;
}

#[tokio::test]
async fn instants_and_truths_come_back_as_they_went() {
    check([Value::Bool(true), Value::Bool(false)]).await;
    let instants = [
        datetime!(1601-01-01 0:00 UTC),
        datetime!(2026-11-18 22:01:07 UTC),
        datetime!(2026-11-18 22:01:07.1234567 UTC),
        datetime!(9999-12-31 23:59:59.9999999 UTC),
    ];
    check(instants.map(Value::DateTime)).await;
}

#[tokio::test]
async fn a_row_may_have_252_properties() {
    check((0..252).map(Value::I32)).await;
}
