use super::*;
use crate::time::EARLIEST;
use bytes::Bytes;
use time::Duration;

#[track_caller]
fn check(entity: &Entity, code: Option<&str>) {
    assert_eq!(entity.check().err().map(|refusal| refusal.code), code);
}

fn with(name: &str, value: Value) -> Entity {
    Entity::new("p", "r").with(name, value)
}

fn text(units: usize) -> Value {
    Value::Text("a".repeat(units))
}

#[test]
fn a_row_has_at_most_252_properties() {
    let full = (0..252).fold(Entity::new("p", "r"), |entity, i| entity.with(format!("P{i}"), Value::I32(i)));
    check(&full, None);
    check(&full.with("P252", Value::I32(0)), Some("TooManyProperties"));
}

#[test]
fn text_has_at_most_32_ki_of_utf_16() {
    check(&with("A", text(32 * 1024)), None);
    check(&with("A", text(32 * 1024 + 1)), Some("PropertyValueTooLarge"));
    check(&with("A", Value::Text("😀".repeat(16 * 1024))), None);
    check(&with("A", Value::Text("😀".repeat(16 * 1024 + 1))), Some("PropertyValueTooLarge"));
}

#[test]
fn bytes_are_at_most_64_ki() {
    let bytes = |count| Value::Binary(Bytes::from(vec![0; count]));
    check(&with("A", bytes(64 * 1024)), None);
    check(&with("A", bytes(64 * 1024 + 1)), Some("PropertyValueTooLarge"));
}

#[test]
fn an_instant_is_not_before_1601() {
    check(&with("A", Value::DateTime(EARLIEST)), None);
    check(&with("A", Value::DateTime(EARLIEST - Duration::NANOSECOND)), Some("OutOfRangeInput"));
}

#[test]
fn a_property_is_named_by_an_identifier() {
    for name in ["A", "_a1", "Größe", &"a".repeat(255)] {
        check(&with(name, Value::I32(0)), None);
    }
    for name in ["", "1a", "a-b", "a b", "a@odata.type", "odata.etag", "PartitionKey", "RowKey", "Timestamp"]
    {
        check(&with(name, Value::I32(0)), Some("PropertyNameInvalid"));
    }
    check(&with(&"a".repeat(256), Value::I32(0)), Some("PropertyNameTooLong"));
}

#[test]
fn a_row_has_at_most_one_mebibyte() {
    let texts = |count: usize| {
        (0..count).fold(Entity::new("", ""), |entity, i| entity.with(format!("P{i:02}"), text(32 * 1024)))
    };
    let rest = 1024 * 1024 - texts(15).stored_bytes() - (8 + 2 * 3 + 4);
    check(&texts(15).with("Pzz", text(rest / 2)), None);
    check(&texts(15).with("Pzz", text(rest / 2 + 1)), Some("EntityTooLarge"));
    check(&texts(16), Some("EntityTooLarge"));
}
