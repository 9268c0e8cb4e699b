//! From the syntax tree to types.

use tree_sitter::Node;

use super::declaration::TypeOf;
use super::read::{Reader, named};

impl Reader<'_> {
    pub(super) fn type_of(&mut self, node: Node<'_>) -> TypeOf {
        let first = named(node).first().copied();
        match node.kind() {
            "type" | "parenthesized_type" | "parenthesized_expression" => {
                first.map_or(TypeOf::Any, |inner| self.type_of(inner))
            }
            "primitive_type" | "identifier" => self.slice_type(node),
            "array_type" => TypeOf::Array(Box::new(first.map_or(TypeOf::Any, |inner| self.type_of(inner)))),
            "nullable_type" => {
                TypeOf::Optional(Box::new(first.map_or(TypeOf::Any, |inner| self.type_of(inner))))
            }
            "object" => TypeOf::Members(self.members(node)),
            "string" => match self.expression(node).text() {
                Some(text) => TypeOf::OneOf(vec![text.to_owned()]),
                None => TypeOf::Any,
            },
            "union_type" => {
                let texts = named(node).into_iter().map(|it| self.expression(it).text().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>().map_or(TypeOf::Any, TypeOf::OneOf)
            }
            _ => TypeOf::Any,
        }
    }

    fn members(&mut self, node: Node<'_>) -> Vec<(String, TypeOf)> {
        let mut members = Vec::new();
        for member in named(node).into_iter().filter(|child| child.kind() == "object_property") {
            let children = named(member);
            if let [name, kind] = children.as_slice() {
                members.push((self.slice(*name).trim_matches('\'').to_owned(), self.type_of(*kind)));
            }
        }
        members
    }
}
