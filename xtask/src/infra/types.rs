//! The published descriptions of Azure's resource types. They are no part of this repository: where they are not at hand, types are
//! not checked, and the report says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::repository;

const REQUIRED: u64 = 1;
const READ_ONLY: u64 = 2;
const WRITE_ONLY: u64 = 4;

#[derive(Debug)]
pub(super) struct Types(BTreeMap<String, Vec<Value>>);

/// One type: an element of the list that describes a resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'t> {
    list: &'t [Value],
    at: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'t> {
    pub(super) shape: Shape<'t>,
    flags: u64,
}

impl Member<'_> {
    pub(super) fn is_required(self) -> bool {
        self.flags & REQUIRED != 0 && !self.is_read_only()
    }

    pub(super) fn is_read_only(self) -> bool {
        self.flags & READ_ONLY != 0
    }

    pub(super) fn is_write_only(self) -> bool {
        self.flags & WRITE_ONLY != 0
    }
}

pub(crate) fn path() -> PathBuf {
    repository::root().join("../shared/reference/bicep-types/types-subset.json")
}

impl Types {
    /// Nothing where the descriptions are not at hand.
    pub(super) fn read() -> Result<Option<Self>> {
        let path = path();
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("Reading {}", path.display()))?;
        let all = serde_json::from_str(&text).with_context(|| format!("Reading {}", path.display()))?;
        Ok(Some(Self(all)))
    }

    /// The body of a resource of this type and version.
    pub(super) fn body(&self, kind: &str) -> Option<Shape<'_>> {
        let list = self.0.get(kind)?;
        let resource = list.iter().find(|it| it["$type"] == "ResourceType")?;
        let at = reference(&resource["body"])?;
        Some(Shape { list, at })
    }

    /// The versions at hand of a type.
    pub(super) fn versions(&self, name: &str) -> Vec<&str> {
        let split = self.0.keys().filter_map(|kind| kind.split_once('@'));
        split.filter(|(known, _)| *known == name).map(|(_, version)| version).collect()
    }
}

fn reference(value: &Value) -> Option<usize> {
    value["$ref"].as_str()?.strip_prefix("#/")?.parse().ok()
}

impl<'t> Shape<'t> {
    fn value(self) -> &'t Value {
        self.list.get(self.at).unwrap_or(&Value::Null)
    }

    fn follow(self, value: &Value) -> Option<Self> {
        Some(Self { list: self.list, at: reference(value)? })
    }

    pub(super) fn kind(self) -> &'t str {
        self.value()["$type"].as_str().unwrap_or_default()
    }

    pub(super) fn limit(self, name: &str) -> Option<i64> {
        self.value()[name].as_i64()
    }

    pub(super) fn item(self) -> Option<Self> {
        self.follow(&self.value()["itemType"])
    }

    /// What members without a name of their own must be.
    pub(super) fn additional(self) -> Option<Self> {
        self.follow(&self.value()["additionalProperties"])
    }

    pub(super) fn members(self) -> Vec<(&'t str, Member<'t>)> {
        let value = self.value();
        let members = value["properties"].as_object().or_else(|| value["baseProperties"].as_object());
        let members = members.into_iter().flatten();
        let read = |(name, member): (&'t String, &Value)| {
            let shape = self.follow(&member["type"])?;
            Some((name.as_str(), Member { shape, flags: member["flags"].as_u64().unwrap_or_default() }))
        };
        members.filter_map(read).collect()
    }

    pub(super) fn member(self, name: &str) -> Option<Member<'t>> {
        self.members().into_iter().find(|(known, _)| *known == name).map(|(_, member)| member)
    }

    /// The member that decides which of several objects it is, and these.
    pub(super) fn variants(self) -> Option<(&'t str, Vec<(&'t str, Self)>)> {
        let value = self.value();
        let elements = value["elements"].as_object()?;
        let variants = elements.iter().filter_map(|(name, it)| Some((name.as_str(), self.follow(it)?)));
        Some((value["discriminator"].as_str()?, variants.collect()))
    }

    pub(super) fn alternatives(self) -> Vec<Self> {
        let elements = self.value()["elements"].as_array().into_iter().flatten();
        elements.filter_map(|it| self.follow(it)).collect()
    }

    pub(super) fn literal(self) -> Option<&'t str> {
        (self.kind() == "StringLiteralType").then(|| self.value()["value"].as_str())?
    }
}
