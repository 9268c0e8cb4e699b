//! What is known of an expression without evaluating it, and member paths that lead nowhere.

use super::walk::{Scope, walk};
use crate::infra::bicep::functions::{answer, is_listing};
use crate::infra::bicep::{Expression, File, Kind, Resource, TypeOf};
use crate::infra::finding::Finding;
use crate::infra::folder::module_path;
use crate::infra::types::Shape;

const LONGEST_CHAIN: usize = 20;

#[derive(Clone, Debug)]
pub(super) enum Known<'a> {
    Nothing,
    Text,
    Number,
    Bool,
    Object(&'a Expression),
    /// One of several objects: only what all of them have is there.
    OneOf(Vec<&'a Expression>),
    List(Box<Known<'a>>),
    /// As a file declares it.
    Declared(&'a TypeOf, &'a File),
    /// As Azure describes it.
    Shaped(Shape<'a>),
    Module(&'a File),
    Outputs(&'a File),
}

impl<'a> Known<'a> {
    /// What its items are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::List(item) => *item,
            Self::Declared(kind, file) => match resolved(kind, file) {
                TypeOf::Array(item) => Self::Declared(item, file),
                _ => Self::Nothing,
            },
            Self::Shaped(shape) => shape.item().map_or(Self::Nothing, Self::Shaped),
            _ => Self::Nothing,
        }
    }

    /// What the value is in one word, for messages and comparing.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Text => Some("string"),
            Self::Number => Some("int"),
            Self::Bool => Some("bool"),
            Self::Object(_) | Self::OneOf(_) | Self::Outputs(_) => Some("object"),
            Self::List(_) => Some("array"),
            Self::Declared(kind, file) => word_of(kind, file),
            Self::Shaped(shape) => match shape.kind() {
                "StringType" | "StringLiteralType" => Some("string"),
                "IntegerType" => Some("int"),
                "BooleanType" => Some("bool"),
                "ObjectType" | "DiscriminatedObjectType" => Some("object"),
                "ArrayType" => Some("array"),
                _ => None,
            },
            Self::Nothing | Self::Module(_) => None,
        }
    }
}

pub(super) fn word_of(kind: &TypeOf, file: &File) -> Option<&'static str> {
    match resolved(kind, file) {
        TypeOf::Text | TypeOf::OneOf(_) => Some("string"),
        TypeOf::Number => Some("int"),
        TypeOf::Bool => Some("bool"),
        TypeOf::Object | TypeOf::Members(_) => Some("object"),
        TypeOf::Array(_) => Some("array"),
        TypeOf::Any | TypeOf::Optional(_) | TypeOf::Named(..) => None,
    }
}

/// Without `?` and without the names of types.
pub(super) fn resolved<'a>(kind: &'a TypeOf, file: &'a File) -> &'a TypeOf {
    match kind {
        TypeOf::Optional(inner) => resolved(inner, file),
        TypeOf::Named(_, name) => match file.declared_type(name) {
            Some(TypeOf::Named(..)) | None => kind,
            Some(found) => resolved(found, file),
        },
        kind => kind,
    }
}

pub(super) fn known<'a>(expression: &'a Expression, scope: &Scope<'a>) -> Known<'a> {
    look(expression, scope, 0).unwrap_or(Known::Nothing)
}

/// What an expression is, or which member is missing in what.
fn look<'a>(expression: &'a Expression, scope: &Scope<'a>, depth: usize) -> Result<Known<'a>, String> {
    if depth > LONGEST_CHAIN {
        return Ok(Known::Nothing);
    }
    Ok(match &expression.kind {
        Kind::Text(_) => Known::Text,
        Kind::Number(_) => Known::Number,
        Kind::Bool(_) => Known::Bool,
        Kind::Object(_) => Known::Object(expression),
        Kind::Array(items) if items.iter().all(|item| matches!(item.kind, Kind::Object(_))) => {
            Known::List(Box::new(Known::OneOf(items.iter().collect())))
        }
        Kind::Array(_) => Known::List(Box::new(Known::Nothing)),
        Kind::For(each) => {
            let inside = scope.inside(expression);
            Known::List(Box::new(look(&each.body, &inside, depth + 1)?))
        }
        Kind::Group(inner) => look(inner, scope, depth)?,
        Kind::Choice(_, then, otherwise) => match look(then, scope, depth + 1)? {
            // The other side may have what this one has not.
            Known::Object(_) => Known::Nothing,
            found if matches!(otherwise.kind, Kind::Null) || found.word().is_some() => found,
            _ => Known::Nothing,
        },
        Kind::Operation(operator, _) => match operator.as_str() {
            "!" | "==" | "!=" | "=~" | "!~" | "&&" | "||" | "<" | ">" | "<=" | ">=" => Known::Bool,
            "??" => Known::Nothing,
            _ => Known::Number,
        },
        Kind::Call(..) => expression.call().map_or(Known::Nothing, |(name, _)| match answer(name) {
            TypeOf::Text => Known::Text,
            TypeOf::Number => Known::Number,
            TypeOf::Bool => Known::Bool,
            _ => Known::Nothing,
        }),
        Kind::Name(name) => look_up(name, scope, depth),
        // A function of the resource, which its description does not list.
        Kind::Member(_, name) if is_listing(name) => Known::Nothing,
        Kind::Member(object, name) => member(look(object, scope, depth + 1)?, name)?,
        Kind::Index(object, index) => {
            let object = look(object, scope, depth + 1)?;
            match index.text() {
                Some(name) => member(object, name)?,
                None => object.item(),
            }
        }
        Kind::Null | Kind::If(..) | Kind::Lambda(..) | Kind::Broken => Known::Nothing,
    })
}

fn look_up<'a>(name: &str, scope: &Scope<'a>, depth: usize) -> Known<'a> {
    if let Some(found) = scope.local(name) {
        return found.clone();
    }
    let file = scope.file;
    if let Some(parameter) = file.parameter(name) {
        return Known::Declared(&parameter.kind, file);
    }
    if let Some(variable) = file.variables.iter().find(|variable| variable.name == name) {
        return look(&variable.value, scope, depth + 1).unwrap_or(Known::Nothing);
    }
    let in_list = |resource: &Resource, one| match resource.is_looped() {
        true => Known::List(Box::new(one)),
        false => one,
    };
    if let Some(resource) = file.resources.iter().find(|resource| resource.name == name) {
        let shape = scope.types.and_then(|types| types.body(&resource.kind));
        return in_list(resource, shape.map_or(Known::Nothing, Known::Shaped));
    }
    if let Some(module) = file.modules.iter().find(|module| module.name == name) {
        let found = scope.folder.file(&module_path(file, &module.kind));
        return in_list(module, found.map_or(Known::Nothing, Known::Module));
    }
    Known::Nothing
}

fn member<'a>(object: Known<'a>, name: &str) -> Result<Known<'a>, String> {
    match object {
        Known::Object(expression) => {
            let properties = expression.properties().unwrap_or_default();
            if expression.property(name).is_none() && properties.iter().all(|it| it.name.is_some()) {
                return Err(format!("The object has no `{name}`"));
            }
            // Its value belongs to another scope than ours.
            Ok(Known::Nothing)
        }
        Known::OneOf(objects) => {
            for object in objects {
                if let Err(problem) = member(Known::Object(object), name) {
                    return Err(format!("{problem}, in line {}", object.line));
                }
            }
            Ok(Known::Nothing)
        }
        Known::Declared(kind, file) => match resolved(kind, file) {
            TypeOf::Members(members) => members
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, kind)| Known::Declared(kind, file))
                .ok_or_else(|| format!("Its type has no `{name}`")),
            TypeOf::Text | TypeOf::Number | TypeOf::Bool | TypeOf::OneOf(_) | TypeOf::Array(_) => {
                Err(format!("It has no members, and so no `{name}`"))
            }
            _ => Ok(Known::Nothing),
        },
        Known::Shaped(shape) => shaped_member(shape, name),
        Known::Module(file) if name == "outputs" => Ok(Known::Outputs(file)),
        Known::Module(_) if name == "name" => Ok(Known::Text),
        Known::Module(_) => Err(format!("A module has `outputs`, and no `{name}`")),
        Known::Outputs(file) => file
            .outputs
            .iter()
            .find(|output| output.name == name)
            .map(|output| Known::Declared(&output.kind, file))
            .ok_or_else(|| format!("The module has no output `{name}`")),
        Known::Text | Known::Number | Known::Bool | Known::List(_) => {
            Err(format!("It has no members, and so no `{name}`"))
        }
        Known::Nothing => Ok(Known::Nothing),
    }
}

fn shaped_member<'a>(shape: Shape<'a>, name: &str) -> Result<Known<'a>, String> {
    match shape.kind() {
        "ObjectType" => match shape.member(name) {
            Some(member) if member.is_write_only() => Err(format!("`{name}` can be written and not read")),
            Some(member) => Ok(Known::Shaped(member.shape)),
            None => shape
                .additional()
                .map(Known::Shaped)
                .ok_or_else(|| format!("The resource has no `{name}` there")),
        },
        "StringType" | "StringLiteralType" | "IntegerType" | "BooleanType" | "ArrayType" => {
            Err(format!("It has no members, and so no `{name}`"))
        }
        _ => Ok(Known::Nothing),
    }
}

/// The member paths of a file that lead nowhere.
pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expression in scope.file.expressions() {
        walk(expression, scope, &mut |expression, scope| {
            let (Kind::Member(object, _) | Kind::Index(object, _)) = &expression.kind else { return };
            // A path that is broken before its end is told once, at the break.
            if look(object, scope, 0).is_err() {
                return;
            }
            let Err(message) = look(expression, scope, 0) else { return };
            let rule = match look(object, scope, 0) {
                Ok(Known::Module(_) | Known::Outputs(_)) => "module-output",
                _ => "member-path",
            };
            let remedy = "Correct the path, or declare what it names";
            findings.push(Finding::new(&scope.file.path, expression.line, rule, message, remedy));
        });
    }
    findings
}
