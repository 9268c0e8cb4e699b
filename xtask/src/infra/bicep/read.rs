//! From the syntax tree to declarations.

use std::path::Path;

use anyhow::{Context, Result};
use tree_sitter::{Node, Parser};

use super::declaration::{
    DeclaredType, Decorator, File, Function, Named, Output, Parameter, Resource, TypeOf,
};
use super::expression::{Expression, Kind};
use crate::infra::finding::Finding;

/// A file under way: its text, and what is wrong so far.
pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) findings: Vec<Finding>,
}

/// The declarations of a file, and what its syntax is to be blamed for. `path` is only a name.
pub(crate) fn read(path: &Path, text: &str) -> Result<(File, Vec<Finding>)> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).context("Loading the grammar of Bicep")?;
    let tree = parser.parse(text, None).context("The parser gave up")?;
    let mut reader = Reader { path, text, findings: Vec::new() };
    reader.open_strings();
    if reader.findings.is_empty() {
        reader.errors(tree.root_node());
    }
    let file = reader.file(tree.root_node());
    Ok((file, reader.findings))
}

pub(super) fn line(node: Node<'_>) -> usize {
    node.start_position().row + 1
}

pub(super) fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let is_code = |child: &Node<'_>| !matches!(child.kind(), "comment" | "diagnostic_comment");
    node.named_children(&mut cursor).filter(is_code).collect()
}

impl<'a> Reader<'a> {
    pub(super) fn slice(&self, node: Node<'_>) -> &'a str {
        &self.text[node.byte_range()]
    }

    pub(super) fn blame(&mut self, node: Node<'_>, rule: &'static str, message: String, remedy: &str) {
        self.findings.push(Finding::new(self.path, line(node), rule, message, remedy));
    }

    /// Strings end in their line. The grammar would name the declaration around an open one, many lines off.
    fn open_strings(&mut self) {
        let mut is_multi_line = false;
        for (number, text) in self.text.lines().enumerate() {
            let (mut is_open, mut rest) = (false, text);
            while let Some(first) = rest.chars().next() {
                let taken = match first {
                    _ if rest.starts_with("'''") && !is_open => {
                        is_multi_line = !is_multi_line;
                        3
                    }
                    _ if is_multi_line => first.len_utf8(),
                    '/' if !is_open && rest.starts_with("//") => break,
                    '\\' if is_open => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                    first => {
                        is_open ^= first == '\'';
                        first.len_utf8()
                    }
                };
                rest = &rest[taken..];
            }
            if is_open {
                let remedy = "Close it in the same line, or write it between three quotes";
                let finding = Finding::new(self.path, number + 1, "syntax", "A string is not closed", remedy);
                self.findings.push(finding);
            }
        }
    }

    /// What the grammar could not read; one finding for what lies within another.
    fn errors(&mut self, node: Node<'_>) {
        if node.is_missing() {
            let message = format!("Expected {}", node.kind());
            self.blame(node, "syntax", message, "Write what is missing");
        } else if node.is_error() {
            let start: String =
                self.slice(node).lines().next().unwrap_or_default().chars().take(40).collect();
            let message = format!("Cannot be read from {start:?} on");
            let remedy = "Correct the syntax; spreads, resourceInput, registry modules and .bicepparam files are not used here";
            self.blame(node, "syntax", message, remedy);
        } else if node.has_error() {
            let mut cursor = node.walk();
            for child in node.children(&mut cursor) {
                self.errors(child);
            }
        }
    }

    fn file(&mut self, root: Node<'_>) -> File {
        let mut file =
            File { path: self.path.to_owned(), scope: "resourceGroup".to_owned(), ..File::default() };
        let mut decorators = Vec::new();
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor) {
            match node.kind() {
                "decorators" => {
                    decorators = self.decorators(node);
                    continue;
                }
                "comment" | "diagnostic_comment" => continue,
                "target_scope_assignment" => {
                    let scope =
                        named(node).into_iter().find_map(|it| self.expression(it).text().map(str::to_owned));
                    file.scope = scope.unwrap_or_default();
                }
                "parameter_declaration" => {
                    let parameter = self.parameter(node, std::mem::take(&mut decorators));
                    file.parameters.extend(parameter);
                }
                "variable_declaration" => {
                    let children = named(node);
                    if let [name, value] = children.as_slice() {
                        let value = self.expression(*value);
                        file.variables.push(Named {
                            line: line(node),
                            name: self.slice(*name).to_owned(),
                            value,
                        });
                    }
                }
                "type_declaration" => {
                    let children = named(node);
                    if let [name, kind] = children.as_slice() {
                        let kind = self.type_of(*kind);
                        file.types.push(DeclaredType {
                            line: line(node),
                            name: self.slice(*name).to_owned(),
                            kind,
                        });
                    }
                }
                "user_defined_function" => file.functions.extend(self.function(node)),
                "resource_declaration" => file.resources.extend(self.resource(node)),
                "module_declaration" => file.modules.extend(self.resource(node)),
                "output_declaration" => {
                    let output = self.output(node, std::mem::take(&mut decorators));
                    file.outputs.extend(output);
                }
                "metadata_declaration" | "ERROR" => {}
                other => {
                    let message = format!("`{other}` is not used here");
                    self.blame(
                        node,
                        "plain-subset",
                        message,
                        "Write it with param, var, resource, module and output",
                    );
                }
            }
            decorators.clear();
        }
        self.silenced(root, &mut file.silenced);
        file
    }

    fn silenced(&self, node: Node<'_>, silenced: &mut Vec<(usize, String)>) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == "diagnostic_comment" {
                silenced.push((line(child) + 1, self.slice(child).to_owned()));
            }
            self.silenced(child, silenced);
        }
    }

    pub(super) fn decorators(&mut self, node: Node<'_>) -> Vec<Decorator> {
        let mut all = Vec::new();
        for decorator in named(node) {
            for call in named(decorator) {
                let call = self.expression(call);
                if let Some((name, arguments)) = call.call() {
                    let decorator =
                        Decorator { line: call.line, name: name.to_owned(), arguments: arguments.to_vec() };
                    all.push(decorator);
                }
            }
        }
        all
    }

    fn parameter(&mut self, node: Node<'_>, decorators: Vec<Decorator>) -> Option<Parameter> {
        let children = named(node);
        let (name, rest) = children.split_first()?;
        let (kind, rest) = rest.split_first()?;
        Some(Parameter {
            line: line(node),
            name: self.slice(*name).to_owned(),
            kind: self.type_of(*kind),
            default: rest.first().map(|default| self.expression(*default)),
            decorators,
        })
    }

    fn output(&mut self, node: Node<'_>, decorators: Vec<Decorator>) -> Option<Output> {
        let children = named(node);
        let [name, kind, value] = children.as_slice() else { return None };
        Some(Output {
            line: line(node),
            name: self.slice(*name).to_owned(),
            kind: self.type_of(*kind),
            value: self.expression(*value),
            decorators,
        })
    }

    fn function(&mut self, node: Node<'_>) -> Option<Function> {
        let children = named(node);
        let parameters = children.iter().find(|child| child.kind() == "parameters")?;
        let names = named(*parameters).into_iter().filter_map(|it| named(it).first().copied());
        Some(Function {
            line: line(node),
            name: self.slice(node.child_by_field_name("name")?).to_owned(),
            parameters: names.map(|name| self.slice(name).to_owned()).collect(),
            body: self.expression(*children.last()?),
        })
    }

    fn resource(&mut self, node: Node<'_>) -> Option<Resource> {
        let children = named(node);
        let (name, rest) = children.split_first()?;
        let (kind, rest) = rest.split_first()?;
        let kind = self.expression(*kind);
        let mut cursor = node.walk();
        let is_existing = node.children(&mut cursor).any(|child| child.kind() == "existing");
        let body = rest.last().map(|body| self.expression(*body));
        Some(Resource {
            line: line(node),
            name: self.slice(*name).to_owned(),
            kind: kind.text().unwrap_or_default().to_owned(),
            is_existing,
            body: body.unwrap_or(Expression { line: line(node), kind: Kind::Broken }),
        })
    }

    pub(super) fn slice_type(&self, node: Node<'_>) -> TypeOf {
        match self.slice(node) {
            "string" => TypeOf::Text,
            "int" => TypeOf::Number,
            "bool" => TypeOf::Bool,
            "object" => TypeOf::Object,
            "array" => TypeOf::Array(Box::new(TypeOf::Any)),
            "any" => TypeOf::Any,
            name => TypeOf::Named(line(node), name.to_owned()),
        }
    }
}
