//! Reads a JSON object field by field, so that every mistake in it is found. A derived deserialiser stops at
//! the first.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::mistake::{Mistakes, shown};

/// One object of a setting while it is being read.
pub(super) struct Fields<'a> {
    path: String,
    object: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    mistakes: &'a mut Mistakes,
}

impl<'a> Fields<'a> {
    /// The fields of `value`, which stands at `path`. Anything but an object is a mistake.
    pub(super) fn of(value: &'a Value, path: String, mistakes: &'a mut Mistakes) -> Option<Self> {
        match value {
            Value::Object(object) => Some(Self { path, object, asked: Vec::new(), mistakes }),
            other => {
                mistakes.add(&path, format!("Expected an object, found {}", kind(other)), "Write it as {…}");
                None
            }
        }
    }

    /// The object in field `name`, if there is one.
    pub(super) fn object(&mut self, name: &'static str) -> Option<Fields<'_>> {
        let path = self.path_of(name);
        Fields::of(self.value(name)?, path, self.mistakes)
    }

    /// The text in field `name`, if there is one.
    pub(super) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        match self.value(name)? {
            Value::String(text) => Some(text),
            other => {
                self.mistake(name, format!("Expected a text, found {}", kind(other)), "Write it in quotes");
                None
            }
        }
    }

    /// The text in field `name`, which must be there and keep a rule.
    pub(super) fn name(
        &mut self,
        name: &'static str,
        is_allowed: fn(&str) -> bool,
        rule: &str,
    ) -> Option<String> {
        self.require(name, rule)?;
        let text = self.text(name)?;
        if !is_allowed(text) {
            self.mistake(name, format!("{} is not allowed here", shown(text)), rule);
            return None;
        }
        Some(text.to_owned())
    }

    /// Says so where field `name` is missing.
    pub(super) fn require(&mut self, name: &'static str, remedy: &str) -> Option<()> {
        if self.value(name).is_none() {
            self.mistake(name, "Missing", remedy);
            return None;
        }
        Some(())
    }

    /// The truth value in field `name`, if there is one.
    pub(super) fn truth(&mut self, name: &'static str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(value) => Some(*value),
            other => {
                let problem = format!("Expected a truth value, found {}", kind(other));
                self.mistake(name, problem, "Write true or false, without quotes");
                None
            }
        }
    }

    /// The whole number from `least` to `most` in field `name`, if there is one.
    pub(super) fn whole<T>(&mut self, name: &'static str, least: T, most: T) -> Option<T>
    where
        T: Copy + PartialOrd + Display + TryFrom<u64>,
    {
        let remedy = format!("Use a whole number from {least} to {most}, without quotes");
        let value = match self.value(name)? {
            Value::Number(number) => number,
            other => {
                self.mistake(name, format!("Expected a number, found {}", kind(other)), remedy);
                return None;
            }
        };
        let number = value.as_u64().and_then(|number| T::try_from(number).ok());
        let allowed = number.filter(|number| (least..=most).contains(number));
        if allowed.is_none() {
            self.mistake(name, format!("{value} is not allowed here"), remedy);
        }
        allowed
    }

    /// The list in field `name`, if there is one.
    pub(super) fn list(&mut self, name: &'static str) -> Option<&'a [Value]> {
        match self.value(name)? {
            Value::Array(values) => Some(values),
            other => {
                self.mistake(name, format!("Expected a list, found {}", kind(other)), "Write it as […]");
                None
            }
        }
    }

    pub(super) fn mistake(&mut self, name: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        let path = self.path_of(name);
        self.mistakes.add(&path, problem, remedy);
    }

    /// Notes a mistake of the object as a whole.
    pub(super) fn mistake_here(&mut self, problem: impl Into<String>, remedy: impl Into<String>) {
        self.mistakes.add(&self.path, problem, remedy);
    }

    /// How many mistakes were found so far, here and elsewhere.
    pub(super) fn mistakes(&self) -> usize {
        self.mistakes.len()
    }

    /// Refuses the fields that nobody asked for.
    pub(super) fn finish(self) {
        for name in self.object.keys().filter(|name| !self.asked.contains(&name.as_str())) {
            let remedy =
                format!("Remove it, or correct its name; the fields here are {}", self.asked.join(", "));
            self.mistakes.add(&format!("{}.{name}", self.path), "No field has this name", remedy);
        }
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.object.get(name)
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
