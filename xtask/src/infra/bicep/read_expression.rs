//! From the syntax tree to expressions.
//!
//! The grammar lets `.`, `[` and `(` bind less tightly than operators: it reads `a == b.c` as `(a == b).c`. Here they are given to the
//! operand that they belong to.

use tree_sitter::Node;

use super::expression::{Expression, Kind, Loop, Piece, Property};
use super::read::{Reader, line, named};

impl Reader<'_> {
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expression {
        let at = line(node);
        let kind = match node.kind() {
            "string" => Kind::Text(self.pieces(node)),
            "number" => self.slice(node).parse().map_or(Kind::Broken, Kind::Number),
            "boolean" => Kind::Bool(self.slice(node) == "true"),
            "null" => Kind::Null,
            "identifier" | "compatible_identifier" => Kind::Name(self.slice(node).to_owned()),
            "member_expression" => return self.member(node, "property"),
            "resource_expression" => return self.member(node, "resource"),
            "subscript_expression" => {
                let Some((object, index)) = self.two(node, "object", "index") else { return broken(at) };
                return reach(object, |it| Kind::Index(Box::new(it), Box::new(index)));
            }
            "call_expression" => {
                let Some(function) = node.child_by_field_name("function") else { return broken(at) };
                let function = self.expression(function);
                let arguments = node.child_by_field_name("arguments").map(named).unwrap_or_default();
                let arguments = arguments.into_iter().map(|it| self.expression(it)).collect();
                return reach(function, |it| Kind::Call(Box::new(it), arguments));
            }
            "object" => Kind::Object(self.properties(node)),
            "array" => Kind::Array(self.items(node)),
            "for_statement" => self.each(node).map_or(Kind::Broken, Kind::For),
            "if_statement" => match named(node).as_slice() {
                [condition, body] => {
                    Kind::If(Box::new(self.expression(*condition)), Box::new(self.expression(*body)))
                }
                _ => Kind::Broken,
            },
            "ternary_expression" => match named(node).as_slice() {
                [condition, then, otherwise] => {
                    let [condition, then, otherwise] =
                        [condition, then, otherwise].map(|it| Box::new(self.expression(*it)));
                    Kind::Choice(condition, then, otherwise)
                }
                _ => Kind::Broken,
            },
            "binary_expression" | "unary_expression" => {
                let operator = node.child_by_field_name("operator").map(|it| self.slice(it).to_owned());
                let operands = named(node).into_iter().map(|it| self.expression(it)).collect();
                Kind::Operation(operator.unwrap_or_default(), operands)
            }
            "lambda_expression" => match named(node).as_slice() {
                [parameters, body] => {
                    let names = match parameters.kind() {
                        "identifier" => vec![*parameters],
                        _ => named(*parameters),
                    };
                    let names = names.into_iter().map(|name| self.slice(name).to_owned()).collect();
                    Kind::Lambda(names, Box::new(self.expression(*body)))
                }
                _ => Kind::Broken,
            },
            "parenthesized_expression" => match named(node).as_slice() {
                [inner] => Kind::Group(Box::new(self.expression(*inner))),
                _ => Kind::Broken,
            },
            _ => Kind::Broken,
        };
        Expression { line: at, kind }
    }

    fn two(&mut self, node: Node<'_>, one: &str, other: &str) -> Option<(Expression, Expression)> {
        let (one, other) = (node.child_by_field_name(one)?, node.child_by_field_name(other)?);
        Some((self.expression(one), self.expression(other)))
    }

    fn member(&mut self, node: Node<'_>, field: &str) -> Expression {
        let fields = (node.child_by_field_name("object"), node.child_by_field_name(field));
        let (Some(object), Some(member)) = fields else { return broken(line(node)) };
        let name = self.slice(member).to_owned();
        reach(self.expression(object), |it| Kind::Member(Box::new(it), name))
    }

    fn pieces(&mut self, node: Node<'_>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        for piece in named(node) {
            match piece.kind() {
                "interpolation" => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    let holes = named(piece);
                    pieces.extend(holes.first().map(|hole| Piece::Hole(self.expression(*hole))));
                }
                "escape_sequence" => plain.push_str(unescape(self.slice(piece))),
                _ => plain.push_str(self.slice(piece)),
            }
        }
        // A multi-line string begins after its first line break.
        if self.slice(node).starts_with("'''")
            && let Some(rest) = plain.strip_prefix('\n')
        {
            plain = rest.to_owned();
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        pieces
    }

    fn properties(&mut self, node: Node<'_>) -> Vec<Property> {
        let mut properties = Vec::new();
        for property in named(node) {
            match (property.kind(), named(property).as_slice()) {
                ("object_property", [name, value]) => {
                    let name = match name.kind() {
                        "string" => self.expression(*name).text().map(str::to_owned),
                        _ => Some(self.slice(*name).to_owned()),
                    };
                    let value = self.expression(*value);
                    properties.push(Property { line: line(property), name, value });
                }
                ("ERROR", _) => {}
                _ => {
                    let remedy = "Declare it for itself, with `parent` where it is a child";
                    self.blame(
                        property,
                        "plain-subset",
                        "An object holds more than properties".into(),
                        remedy,
                    );
                }
            }
        }
        properties
    }

    fn items(&mut self, node: Node<'_>) -> Vec<Expression> {
        let children = named(node);
        for two in children.windows(2) {
            // Without a line break or a comma between them they are one expression that the grammar has torn apart.
            let between = &self.text[two[0].end_byte()..two[1].start_byte()];
            if !between.contains(['\n', ',']) {
                let message = "A call in an array is read as two items".to_owned();
                self.blame(
                    two[0],
                    "plain-subset",
                    message,
                    "Put the call into a var and name that in the array",
                );
            }
        }
        children.into_iter().map(|item| self.expression(item)).collect()
    }

    fn each(&mut self, node: Node<'_>) -> Option<Loop> {
        let children = named(node);
        let [variables, over, body] = children.as_slice() else { return None };
        let variables = match variables.kind() {
            "for_loop_parameters" => named(*variables),
            _ => vec![*variables],
        };
        Some(Loop {
            variables: variables.into_iter().map(|name| self.slice(name).to_owned()).collect(),
            over: Box::new(self.expression(*over)),
            body: Box::new(self.expression(*body)),
        })
    }
}

fn broken(line: usize) -> Expression {
    Expression { line, kind: Kind::Broken }
}

/// Applies an access to the operand that it stands behind.
fn reach(object: Expression, access: impl FnOnce(Expression) -> Kind) -> Expression {
    let line = object.line;
    let kind = match object.kind {
        Kind::Operation(operator, mut operands) => match operands.pop() {
            Some(last) => {
                operands.push(reach(last, access));
                Kind::Operation(operator, operands)
            }
            None => Kind::Broken,
        },
        Kind::Choice(condition, then, otherwise) => {
            Kind::Choice(condition, then, Box::new(reach(*otherwise, access)))
        }
        Kind::Lambda(parameters, body) => Kind::Lambda(parameters, Box::new(reach(*body, access))),
        kind => access(Expression { line, kind }),
    };
    Expression { line, kind }
}

fn unescape(sequence: &str) -> &str {
    match sequence {
        "\\n" => "\n",
        "\\r" => "\r",
        "\\t" => "\t",
        "\\'" => "'",
        "\\\\" => "\\",
        "\\$" => "$",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{File, Kind, read};
    use crate::infra::finding::Finding;

    fn file(text: &str) -> (File, Vec<Finding>) {
        read(Path::new("a.bicep"), text).expect("the grammar is there")
    }

    #[test]
    fn a_member_belongs_to_the_operand_before_it() {
        let (file, findings) = file("var a = b == c.d ? e.f : g ?? h.i(1).j\n");
        assert_eq!(findings, []);
        let Kind::Choice(condition, then, otherwise) = &file.variables[0].value.kind else {
            panic!("{file:?}")
        };
        assert!(
            matches!(&condition.kind, Kind::Operation(_, sides) if matches!(sides[1].kind, Kind::Member(..)))
        );
        assert!(matches!(then.kind, Kind::Member(..)));
        let Kind::Operation(_, sides) = &otherwise.kind else { panic!("{otherwise:?}") };
        assert!(
            matches!(&sides[1].kind, Kind::Member(call, j) if j == "j" && matches!(call.kind, Kind::Call(..)))
        );
    }

    #[test]
    fn a_call_in_an_array_is_refused_and_its_neighbours_are_not() {
        let (_, findings) =
            file("var a = {\n  b: [\n    c().id\n  ]\n  d: [e, f]\n  g: [\n    e\n    f\n  ]\n}\n");
        let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.rule)).collect();
        assert_eq!(found, [(3, "plain-subset")]);
    }
}
