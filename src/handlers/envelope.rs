//! The envelope in which the host delivers what it does not forward: `Data` holds the inputs by binding name,
//! `Metadata` the rest. Everything is read tolerantly. Members may be missing or unknown, and what is not an
//! object in .NET comes as a text that holds JSON once more.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One invocation as the host sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Envelope {
    data: Option<Map<String, Value>>,
    metadata: Option<Map<String, Value>>,
}

impl Envelope {
    pub(super) fn decode(body: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(body)
    }

    /// The input of the binding called `name`.
    pub(super) fn input(&self, name: &str) -> Value {
        member(self.data.as_ref(), name)
    }

    pub(super) fn metadata(&self, name: &str) -> Value {
        member(self.metadata.as_ref(), name)
    }
}

fn member(object: Option<&Map<String, Value>>, name: &str) -> Value {
    object.and_then(|object| object.get(name)).map_or(Value::Null, plain)
}

/// Takes off the second layer of JSON. A text that is no JSON means itself, which is how the documentation
/// (though not the host) writes texts.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_and_numbers_lose_their_second_layer_of_json() {
        assert_eq!(plain(&json!("\"abc\"")), json!("abc"));
        assert_eq!(plain(&json!("abc")), json!("abc"));
        assert_eq!(plain(&json!("4")), json!(4));
        assert_eq!(plain(&json!("null")), json!(null));
        assert_eq!(plain(&json!({"a": "4"})), json!({"a": "4"}));
    }

    #[test]
    fn missing_null_and_unknown_members_are_no_errors() {
        for body in ["{}", r#"{"Data":null,"Metadata":null}"#, r#"{"Data":{},"More":[1]}"#] {
            let envelope = Envelope::decode(body.as_bytes()).expect(body);
            assert_eq!(envelope.input("timer"), Value::Null, "{body}");
            assert_eq!(envelope.metadata("sys"), Value::Null, "{body}");
        }
    }
}
