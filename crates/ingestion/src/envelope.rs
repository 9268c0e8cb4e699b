//! One envelope, and what makes a good one: `name`, `time`, `iKey`, `tags`, and `data` with a `baseType` that fits the name and
//! a `baseData` with the fields of that type.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Request,
    Dependency,
    Message,
    Exception,
    Event,
    Metric,
}

/// One that was taken.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub kind: Kind,
    pub json: Value,
}

type Object = Map<String, Value>;

/// The most of texts, in characters.
const KEY: usize = 150;
const VALUE: usize = 8_192;
const NAME: usize = 1_024;
const EVENT_NAME: usize = 512;
const MESSAGE: usize = 32_768;

impl Kind {
    /// The end of the envelope's name, and the type of its data.
    const ALL: [(Self, &str, &str); 6] = [
        (Self::Request, "Request", "RequestData"),
        (Self::Dependency, "RemoteDependency", "RemoteDependencyData"),
        (Self::Message, "Message", "MessageData"),
        (Self::Exception, "Exception", "ExceptionData"),
        (Self::Event, "Event", "EventData"),
        (Self::Metric, "Metric", "MetricData"),
    ];
}

impl Envelope {
    pub(crate) fn check(json: Value, key: &str) -> Result<Self, String> {
        let kind = checked(&json, key).map_err(|problem| format!("{problem}: {json}"))?;
        Ok(Self { kind, json })
    }

    /// Of an event, a metric or a dependency; the message of the others.
    pub fn name(&self) -> &str {
        let data = self.data();
        let name = match self.kind {
            Kind::Metric => &data["metrics"][0]["name"],
            Kind::Message => &data["message"],
            Kind::Exception => &data["exceptions"][0]["message"],
            _ => &data["name"],
        };
        name.as_str().unwrap_or_default()
    }

    pub fn data(&self) -> &Value {
        &self.json["data"]["baseData"]
    }

    pub fn tag(&self, name: &str) -> Option<&str> {
        self.json["tags"][name].as_str()
    }

    pub fn property(&self, name: &str) -> Option<&str> {
        self.data()["properties"][name].as_str()
    }

    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.data()["properties"].as_object().into_iter().flat_map(|all| all.keys().map(String::as_str))
    }
}

fn checked(json: &Value, key: &str) -> Result<Kind, String> {
    let envelope = json.as_object().ok_or("No object")?;
    let time = text(envelope, "time", 64)?;
    let time = OffsetDateTime::parse(time, &Rfc3339).map_err(|_| "time is no instant")?;
    if !time.offset().is_utc() {
        return Err("time is not in UTC".to_owned());
    }
    if text(envelope, "iKey", 40)? != key {
        return Err("iKey is not that of the resource".to_owned());
    }
    if let Some(rate) = envelope.get("sampleRate").and_then(Value::as_f64)
        && !(0.0..=100.0).contains(&rate)
    {
        return Err("sampleRate is no percentage".to_owned());
    }
    check_tags(envelope)?;
    let data = object(envelope, "data")?;
    let of_type = text(data, "baseType", NAME)?;
    let known = Kind::ALL.into_iter().find(|(_, _, known)| *known == of_type);
    let (kind, name, _) = known.ok_or(format!("baseType {of_type} is unknown"))?;
    if text(envelope, "name", NAME)? != format!("Microsoft.ApplicationInsights.{name}") {
        return Err("name does not fit baseType".to_owned());
    }
    check_data(kind, object(data, "baseData")?)?;
    Ok(kind)
}

fn check_tags(envelope: &Object) -> Result<(), String> {
    let Some(tags) = envelope.get("tags") else { return Ok(()) };
    let tags = tags.as_object().ok_or("tags are no object")?;
    for name in tags.keys() {
        text(tags, name, NAME)?;
    }
    for (name, length) in [("ai.operation.id", 32), ("ai.operation.parentId", 16)] {
        let id = tags.get(name).and_then(Value::as_str);
        if id.is_some_and(|id| id.len() != length || !id.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Err(format!("{name} is no id of {length} digits"));
        }
    }
    Ok(())
}

fn check_data(kind: Kind, data: &Object) -> Result<(), String> {
    if data.get("ver") != Some(&Value::from(2)) {
        return Err("ver is not 2".to_owned());
    }
    if let Some(properties) = data.get("properties") {
        let properties = properties.as_object().ok_or("properties are no object")?;
        for name in properties.keys() {
            if name.is_empty() || name.chars().count() > KEY {
                return Err(format!("{name} is no name of a property"));
            }
            text(properties, name, VALUE)?;
        }
    }
    match kind {
        Kind::Request => {
            for name in ["id", "responseCode", "duration"] {
                text(data, name, NAME)?;
            }
            duration(data)?;
            flag(data, "success")
        }
        Kind::Dependency => {
            for name in ["id", "name", "duration", "resultCode", "type"] {
                text(data, name, NAME)?;
            }
            duration(data)
        }
        Kind::Message => {
            text(data, "message", MESSAGE)?;
            severity(data)
        }
        Kind::Exception => {
            let exceptions = list(data, "exceptions")?;
            for exception in exceptions {
                text(exception, "typeName", NAME)?;
                text(exception, "message", MESSAGE)?;
            }
            severity(data)
        }
        Kind::Event => text(data, "name", EVENT_NAME).map(drop),
        Kind::Metric => {
            for metric in list(data, "metrics")? {
                text(metric, "name", NAME)?;
                metric.get("value").and_then(Value::as_f64).ok_or("value is no number")?;
                if !matches!(text(metric, "kind", NAME)?, "Measurement" | "Aggregation") {
                    return Err("kind is unknown".to_owned());
                }
            }
            Ok(())
        }
    }
}

fn object<'a>(of: &'a Object, name: &str) -> Result<&'a Object, String> {
    of.get(name).and_then(Value::as_object).ok_or_else(|| format!("{name} is no object"))
}

/// Of objects, at least one.
fn list<'a>(of: &'a Object, name: &str) -> Result<Vec<&'a Object>, String> {
    let values = of.get(name).and_then(Value::as_array).filter(|values| !values.is_empty());
    let objects = values.and_then(|values| values.iter().map(Value::as_object).collect());
    objects.ok_or_else(|| format!("{name} is no list of objects"))
}

fn text<'a>(of: &'a Object, name: &str, most: usize) -> Result<&'a str, String> {
    let text = of.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is no text"))?;
    match text.chars().count() {
        length if length > most => Err(format!("{name} has {length} characters, and {most} are the most")),
        _ => Ok(text),
    }
}

fn flag(of: &Object, name: &str) -> Result<(), String> {
    of.get(name).and_then(Value::as_bool).map(drop).ok_or_else(|| format!("{name} is neither true nor false"))
}

fn severity(of: &Object) -> Result<(), String> {
    match of.get("severityLevel") {
        None => Ok(()),
        Some(level) if level.as_u64().is_some_and(|level| level <= 4) => Ok(()),
        Some(level) => Err(format!("severityLevel {level} is unknown")),
    }
}

/// `d.hh:mm:ss.ffffff`
fn duration(of: &Object) -> Result<(), String> {
    let text = text(of, "duration", NAME)?;
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts[..] {
        [_, hours, minutes, seconds, fraction]
            if parts.iter().all(is_number)
                && [hours, minutes, seconds].iter().all(|part| part.len() == 2)
                && fraction.len() <= 7 =>
        {
            Ok(())
        }
        _ => Err(format!("duration {text} is none")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RESOURCE: &str = "00000000-1111-4222-8333-444444444444";

    fn event() -> Value {
        json!({
            "name": "Microsoft.ApplicationInsights.Event", "time": "2026-11-22T20:00:00.123Z", "iKey": RESOURCE,
            "tags": {"ai.operation.id": "0af7651916cd43dd8448eb211c80319c"},
            "data": {"baseType": "EventData", "baseData": {"ver": 2, "name": "a", "properties": {"b": "c"}}},
        })
    }

    #[test]
    fn a_good_one_is_taken() {
        let taken = Envelope::check(event(), RESOURCE).expect("it is good");
        assert_eq!((taken.kind, taken.name(), taken.property("b")), (Kind::Event, "a", Some("c")));
    }

    #[test]
    fn each_defect_is_refused() {
        for (pointer, value) in [
            ("/name", json!("Microsoft.ApplicationInsights.Metric")),
            ("/time", json!("today")),
            ("/time", json!("2026-11-22T20:00:00+01:00")),
            ("/iKey", json!("00000000-1111-4222-8333-444444444445")),
            ("/tags/ai.operation.id", json!("0af7")),
            ("/tags/ai.operation.id", json!(7)),
            ("/data/baseType", json!("EventDatum")),
            ("/data/baseType", json!("MetricData")),
            ("/data/baseData", json!([])),
            ("/data/baseData/ver", json!(1)),
            ("/data/baseData/name", json!(null)),
            ("/data/baseData/name", json!("a".repeat(513))),
            ("/data/baseData/properties/b", json!(1)),
            ("/data/baseData/properties/b", json!("c".repeat(8_193))),
        ] {
            let mut bad = event();
            *bad.pointer_mut(pointer).expect(pointer) = value;
            assert!(Envelope::check(bad.clone(), RESOURCE).is_err(), "{bad}");
        }
    }
}
