//! Resources have the shape that Azure publishes for their type.

use super::known::{Known, known};
use super::parameters::allowed;
use super::walk::Scope;
use crate::infra::bicep::{Expression, Kind, Property, Resource};
use crate::infra::finding::Finding;
use crate::infra::types::{Member, Shape, Types};

/// Bicep's own, in no description.
const OF_BICEP: [&str; 3] = ["parent", "scope", "dependsOn"];

/// The descriptions at hand have lost every member of this name, together with their own descriptions.
const LOST: &str = "description";

pub(super) fn check<'a>(scope: &Scope<'a>, types: &'a Types) -> Vec<Finding> {
    let mut findings = Vec::new();
    for resource in &scope.file.resources {
        match types.body(&resource.kind) {
            Some(shape) => {
                let scope = scope.inside(&resource.body);
                let mut shapes = Shapes { scope: &scope, findings: &mut findings };
                shapes.resource(resource, shape);
            }
            None => {
                let (name, versions) = (resource.type_name(), types.versions(resource.type_name()));
                let message = format!("No description is at hand of {:?}", resource.kind);
                let remedy = match versions.is_empty() {
                    true => format!("Correct {name:?}; what is not described cannot be checked"),
                    false => format!("Use version {}", versions.join(" or ")),
                };
                findings.push(Finding::new(&scope.file.path, resource.line, "unknown-type", message, remedy));
            }
        }
    }
    findings
}

struct Shapes<'s, 'a> {
    scope: &'s Scope<'a>,
    findings: &'s mut Vec<Finding>,
}

impl<'a> Shapes<'_, 'a> {
    fn add(&mut self, line: usize, rule: &'static str, message: String, remedy: impl Into<String>) {
        self.findings.push(Finding::new(&self.scope.file.path, line, rule, message, remedy));
    }

    fn resource(&mut self, resource: &'a Resource, shape: Shape<'a>) {
        let Some(properties) = resource.body.properties() else { return };
        let of_azure = |it: &&Property| !OF_BICEP.iter().any(|known| it.name.as_deref() == Some(known));
        let properties: Vec<_> = properties.iter().filter(of_azure).collect();
        if resource.is_existing {
            for property in properties.iter().filter(|it| it.name.as_deref() != Some("name")) {
                let message = "An existing resource is only named".to_owned();
                self.add(property.line, "read-only-property", message, "Remove what it cannot change");
            }
            return;
        }
        self.object(resource.line, &properties, shape);
    }

    fn object(&mut self, line: usize, properties: &[&'a Property], shape: Shape<'a>) {
        let mut members = shape.members();
        if let Some((discriminator, variants)) = shape.variants() {
            let chosen = properties.iter().find(|it| it.name.as_deref() == Some(discriminator));
            let chosen = chosen.and_then(|property| property.value.text());
            match variants.iter().find(|(name, _)| Some(*name) == chosen) {
                Some((_, variant)) => members.extend(variant.members()),
                None => {
                    let names: Vec<_> = variants.iter().map(|(name, _)| *name).collect();
                    let message = format!("`{discriminator}` is none of {}", names.join(", "));
                    self.add(line, "wrong-value", message, "Choose one of them");
                    return;
                }
            }
        }
        let additional = shape.additional().or_else(|| {
            let (discriminator, variants) = shape.variants()?;
            let chosen =
                properties.iter().find(|it| it.name.as_deref() == Some(discriminator))?.value.text()?;
            variants.into_iter().find(|(name, _)| *name == chosen)?.1.additional()
        });
        self.missing(line, properties, &members);
        for property in properties {
            let Some(name) = property.name.as_deref() else { continue };
            match members.iter().find(|(known, _)| *known == name) {
                Some((_, member)) if member.is_read_only() => {
                    let message = format!("`{name}` is answered by Azure and cannot be set");
                    self.add(property.line, "read-only-property", message, "Remove it");
                }
                Some((_, member)) => self.value(name, &property.value, member.shape),
                None => match additional {
                    Some(shape) => self.value(name, &property.value, shape),
                    None if name == LOST => {}
                    None => {
                        let known = members.iter().filter(|(_, member)| !member.is_read_only());
                        let known: Vec<_> = known.map(|(name, _)| *name).collect();
                        let message = format!("There is no property `{name}` here");
                        self.add(
                            property.line,
                            "unknown-property",
                            message,
                            format!("Known are {}", known.join(", ")),
                        );
                    }
                },
            }
        }
    }

    fn missing(&mut self, line: usize, properties: &[&Property], members: &[(&str, Member<'_>)]) {
        for (name, _) in members.iter().filter(|(_, member)| member.is_required()) {
            if !properties.iter().any(|property| property.name.as_deref() == Some(name)) {
                self.add(line, "missing-property", format!("`{name}` is required here"), "Set it");
            }
        }
    }

    fn value(&mut self, name: &str, value: &'a Expression, shape: Shape<'a>) {
        match &value.kind {
            Kind::Choice(_, then, otherwise) => {
                self.value(name, then, shape);
                self.value(name, otherwise, shape);
            }
            Kind::Group(inner) => self.value(name, inner, shape),
            Kind::Object(properties) if matches!(shape.kind(), "ObjectType" | "DiscriminatedObjectType") => {
                self.object(value.line, &properties.iter().collect::<Vec<_>>(), shape);
            }
            Kind::Array(items) if shape.kind() == "ArrayType" => {
                self.size(value.line, name, items.len(), shape);
                if let Some(item) = shape.item() {
                    items.iter().for_each(|it| self.value(name, it, item));
                }
            }
            Kind::For(each) if shape.kind() == "ArrayType" => {
                if let Some(item) = shape.item() {
                    let scope = self.scope.inside(value);
                    let mut inside = Shapes { scope: &scope, findings: &mut *self.findings };
                    inside.value(name, &each.body, item);
                }
            }
            Kind::Null => {}
            _ => self.plain(name, value, shape),
        }
    }

    fn plain(&mut self, name: &str, value: &'a Expression, shape: Shape<'a>) {
        let found = known(value, self.scope);
        let expected = expected(shape);
        if let Some(word) = found.word()
            && !expected.is_empty()
            && !expected.contains(&word)
        {
            let message = format!("`{name}` is {word}, and must be {}", expected.join(" or "));
            self.add(value.line, "wrong-type", message, "Give it a value of that type");
            return;
        }
        if let (Kind::Number(number), "IntegerType") = (&value.kind, shape.kind()) {
            let below = shape.limit("minValue").is_some_and(|least| *number < least);
            let above = shape.limit("maxValue").is_some_and(|most| *number > most);
            if below || above {
                let (least, most) = (shape.limit("minValue"), shape.limit("maxValue"));
                let message = format!("`{name}` is {number}, out of its range");
                let remedy = format!("Stay within {} and {}", shown(least), shown(most));
                self.add(value.line, "out-of-range", message, remedy);
            }
        }
        for text in texts(value, self.scope) {
            self.text(value.line, name, &text, shape);
        }
    }

    fn text(&mut self, line: usize, name: &str, text: &str, shape: Shape<'_>) {
        if shape.kind() == "StringType" {
            self.size(line, name, text.chars().count(), shape);
        }
        // An enumeration that also takes any text is still a list of what works.
        let choices: Vec<_> = match shape.literal() {
            Some(literal) => vec![literal],
            None => shape.alternatives().into_iter().filter_map(Shape::literal).collect(),
        };
        if !choices.is_empty() && !choices.contains(&text) {
            let message = format!("`{name}` is {text:?}");
            self.add(line, "wrong-value", message, format!("Choose one of {}", choices.join(", ")));
        }
    }

    fn size(&mut self, line: usize, name: &str, size: usize, shape: Shape<'_>) {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let (least, most) = (shape.limit("minLength"), shape.limit("maxLength"));
        if least.is_some_and(|least| size < least) || most.is_some_and(|most| size > most) {
            let message = format!("`{name}` has a length of {size}");
            let remedy = format!("Stay within {} and {}", shown(least), shown(most));
            self.add(line, "out-of-range", message, remedy);
        }
    }
}

fn shown(limit: Option<i64>) -> String {
    limit.map_or("no limit".to_owned(), |limit| limit.to_string())
}

/// The kinds of value that a type takes; none where it takes all.
fn expected(shape: Shape<'_>) -> Vec<&'static str> {
    match shape.kind() {
        "UnionType" => {
            let all: Vec<_> = shape.alternatives().into_iter().map(expected).collect();
            match all.iter().any(Vec::is_empty) {
                true => Vec::new(),
                false => all.concat(),
            }
        }
        _ => Known::Shaped(shape).word().into_iter().collect(),
    }
}

/// The texts that a value is, as far as they can be told: its own, or those that its parameter allows.
fn texts(value: &Expression, scope: &Scope<'_>) -> Vec<String> {
    if let Some(text) = value.text() {
        return vec![text.to_owned()];
    }
    let parameter = value.name().and_then(|name| scope.file.parameter(name));
    parameter.and_then(allowed).unwrap_or_default()
}
