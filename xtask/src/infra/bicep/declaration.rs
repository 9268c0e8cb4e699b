//! What a Bicep file declares.

use std::path::PathBuf;

use super::expression::Expression;

#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) scope: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variables: Vec<Named>,
    pub(crate) types: Vec<DeclaredType>,
    pub(crate) functions: Vec<Function>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) modules: Vec<Resource>,
    pub(crate) outputs: Vec<Output>,
    /// The lines after `#disable-next-line`, with the codes that it names.
    pub(crate) silenced: Vec<(usize, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) value: Expression,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) kind: TypeOf,
    pub(crate) default: Option<Expression>,
    pub(crate) decorators: Vec<Decorator>,
}

#[derive(Clone, Debug)]
pub(crate) struct Decorator {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct DeclaredType {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) kind: TypeOf,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
    pub(crate) body: Expression,
}

/// A resource or a module.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) line: usize,
    pub(crate) name: String,
    /// `Provider/type@version`, or the path of a module.
    pub(crate) kind: String,
    pub(crate) is_existing: bool,
    pub(crate) body: Expression,
}

#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) kind: TypeOf,
    pub(crate) value: Expression,
    pub(crate) decorators: Vec<Decorator>,
}

/// A type as a file writes it.
#[derive(Clone, Debug)]
pub(crate) enum TypeOf {
    Any,
    Text,
    Number,
    Bool,
    Object,
    Array(Box<TypeOf>),
    Members(Vec<(String, TypeOf)>),
    OneOf(Vec<String>),
    Optional(Box<TypeOf>),
    /// Declared by `type`.
    Named(usize, String),
}

impl Parameter {
    pub(crate) fn decorator(&self, name: &str) -> Option<&Decorator> {
        self.decorators.iter().find(|decorator| decorator.name == name)
    }

    pub(crate) fn may_be_left_out(&self) -> bool {
        self.default.is_some() || matches!(self.kind, TypeOf::Optional(_))
    }
}

impl Resource {
    pub(crate) fn is_looped(&self) -> bool {
        matches!(self.body.kind, super::expression::Kind::For(_))
    }

    /// The type without its API version.
    pub(crate) fn type_name(&self) -> &str {
        self.kind.split_once('@').map_or(self.kind.as_str(), |(name, _)| name)
    }
}

impl File {
    /// Every expression of the file that is no default of a type.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let defaults = self.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
        let mut all: Vec<_> = defaults.collect();
        all.extend(self.variables.iter().map(|variable| &variable.value));
        all.extend(self.resources.iter().chain(&self.modules).map(|resource| &resource.body));
        all.extend(self.functions.iter().map(|function| &function.body));
        all.extend(self.outputs.iter().map(|output| &output.value));
        all
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    pub(crate) fn declared_type(&self, name: &str) -> Option<&TypeOf> {
        self.types.iter().find(|declared| declared.name == name).map(|declared| &declared.kind)
    }
}
