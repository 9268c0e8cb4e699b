use super::*;
use ::time::macros::datetime;
use bytes::Bytes;

fn every_type() -> Entity {
    Entity::new("O'Brien", "r\"1\"")
        .with("Binary", Value::Binary(Bytes::from_static(&[0, 255, 16])))
        .with("Bool", Value::Bool(true))
        .with("DateTime", Value::DateTime(datetime!(2026-11-18 22:01:07.5 UTC)))
        .with("F64", Value::F64(2.0))
        .with("I32", Value::I32(-5))
        .with("I64", Value::I64(i64::MIN))
        .with("NaN", Value::F64(f64::NEG_INFINITY))
        .with("Text", Value::Text("5".to_owned()))
}

const EVERY_TYPE: &str = concat!(
    r#"{"PartitionKey":"O'Brien","RowKey":"r\"1\"","Binary@odata.type":"Edm.Binary","Binary":"AP8Q","Bool":true,"#,
    r#""DateTime@odata.type":"Edm.DateTime","DateTime":"2026-11-18T22:01:07.5000000Z","#,
    r#""F64@odata.type":"Edm.Double","F64":2.0,"I32":-5,"I64@odata.type":"Edm.Int64","I64":"-9223372036854775808","#,
    r#""NaN@odata.type":"Edm.Double","NaN":"-Infinity","Text":"5"}"#,
);

const META: &str = r#""odata.etag":"W/\"1\"","Timestamp":"2026-11-18T22:01:07.12345Z","#;

fn read_row(members: &str) -> Result<Stored, Malformed> {
    read_one(format!(r#"{{"odata.metadata":"x",{META}{members}}}"#).as_bytes())
}

#[test]
fn what_json_has_no_type_for_is_annotated() {
    assert_eq!(String::from_utf8(write(&every_type())).expect("text"), EVERY_TYPE);
}

#[test]
fn a_row_is_read_with_its_types_its_etag_and_its_time() {
    let stored = read_row(EVERY_TYPE.trim_matches(['{', '}'])).expect("a row");
    let timestamp = datetime!(2026-11-18 22:01:07.12345 UTC);
    assert_eq!(stored, Stored { entity: every_type(), etag: "W/\"1\"".into(), timestamp });
}

#[test]
fn without_an_annotation_a_number_with_a_point_is_a_double() {
    let stored = read_row(r#""PartitionKey":"","RowKey":"","A":1.0,"B":1,"C@odata.type":"Edm.Double","C":1"#);
    let expected =
        Entity::new("", "").with("A", Value::F64(1.0)).with("B", Value::I32(1)).with("C", Value::F64(1.0));
    assert_eq!(stored.expect("a row").entity, expected);
}

#[test]
fn a_selected_property_that_is_not_there_is_absent() {
    let stored = read_row(r#""PartitionKey":"p","RowKey":"r","A":null"#).expect("a row");
    assert_eq!(stored.entity, Entity::new("p", "r"));
}

#[test]
fn what_cannot_be_read_is_named_and_not_shown() {
    for value in [
        r#""A@odata.type":"Edm.Guid","A":"hidden""#,
        r#""A@odata.type":"Edm.Int64","A":"hidden""#,
        r#""A@odata.type":"Edm.DateTime","A":"hidden""#,
        r#""A@odata.type":"Edm.Binary","A":"hidden!""#,
        r#""A@odata.type":"Edm.Double","A":"hidden""#,
        r#""A":4294967296"#,
        r#""A":["hidden"]"#,
    ] {
        let error = read_row(&format!(r#""PartitionKey":"p","RowKey":"r",{value}"#)).expect_err(value);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("Property A") && !shown.contains("hidden"), "{shown}");
    }
    for body in ["hidden", "[]", "{}", r#"{"value":"hidden"}"#, r#"{"value":["hidden"]}"#] {
        let errors = [read_one(body.as_bytes()).map(drop), read_many(body.as_bytes()).map(drop)];
        for error in errors {
            assert!(!error.expect_err(body).to_string().contains("hidden"));
        }
    }
}

#[test]
fn rows_keep_their_order() {
    let row = |key: &str| format!(r#"{{{META}"PartitionKey":"p","RowKey":"{key}"}}"#);
    let body = format!(r#"{{"odata.metadata":"x","value":[{},{}]}}"#, row("b"), row("a"));
    let keys: Vec<_> =
        read_many(body.as_bytes()).expect("two rows").into_iter().map(|row| row.entity.row_key).collect();
    assert_eq!(keys, ["b", "a"]);
}
