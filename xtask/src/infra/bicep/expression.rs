//! Expressions as values: what is left of the syntax tree when checks no longer care how it was written.

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(Vec<Piece>),
    Number(i64),
    Bool(bool),
    Null,
    Name(String),
    /// `object.member`, however it is reached.
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Vec<Expression>),
    Object(Vec<Property>),
    Array(Vec<Expression>),
    For(Loop),
    If(Box<Expression>, Box<Expression>),
    /// Condition, then, otherwise.
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Lambda(Vec<String>, Box<Expression>),
    Operation(String, Vec<Expression>),
    Group(Box<Expression>),
    /// What the syntax check has complained about already.
    Broken,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Plain(String),
    Hole(Expression),
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) variables: Vec<String>,
    pub(crate) over: Box<Expression>,
    pub(crate) body: Box<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) line: usize,
    /// Absent where it is computed.
    pub(crate) name: Option<String>,
    pub(crate) value: Expression,
}

impl Expression {
    /// The text of a string without holes.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.ungrouped().kind {
            Kind::Text(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [Piece::Plain(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        match &self.ungrouped().kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The function and the arguments of a call, `sys.guid` being `guid`.
    pub(crate) fn call(&self) -> Option<(&str, &[Self])> {
        let Kind::Call(function, arguments) = &self.ungrouped().kind else { return None };
        match &function.kind {
            Kind::Name(name) => Some((name, arguments)),
            Kind::Member(object, name) if matches!(object.name(), Some("sys" | "az")) => {
                Some((name, arguments))
            }
            _ => None,
        }
    }

    /// The properties of an object, also where it stands under a condition or in a loop.
    pub(crate) fn properties(&self) -> Option<&[Property]> {
        match &self.kind {
            Kind::Object(properties) => Some(properties),
            Kind::If(_, body) | Kind::Group(body) => body.properties(),
            Kind::For(each) => each.body.properties(),
            _ => None,
        }
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties()?.iter().find(|property| property.name.as_deref() == Some(name))
    }

    /// The value below some properties.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, name| Some(&value.property(name)?.value))
    }

    pub(crate) fn is_bool(&self, value: bool) -> bool {
        matches!(self.ungrouped().kind, Kind::Bool(found) if found == value)
    }

    pub(crate) fn ungrouped(&self) -> &Self {
        match &self.kind {
            Kind::Group(inner) => inner.ungrouped(),
            _ => self,
        }
    }

    /// What this expression is made of, one level down.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Text(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Hole(hole) => Some(hole),
                    Piece::Plain(_) => None,
                })
                .collect(),
            Kind::Member(object, _) | Kind::Group(object) | Kind::Lambda(_, object) => vec![object],
            Kind::Index(one, other) | Kind::If(one, other) => vec![one, other],
            Kind::Call(function, arguments) => {
                let mut all = vec![&**function];
                all.extend(arguments);
                all
            }
            Kind::Object(properties) => properties.iter().map(|property| &property.value).collect(),
            Kind::Array(items) | Kind::Operation(_, items) => items.iter().collect(),
            Kind::For(each) => vec![&each.over, &each.body],
            Kind::Choice(condition, then, otherwise) => vec![condition, then, otherwise],
            Kind::Number(_) | Kind::Bool(_) | Kind::Null | Kind::Name(_) | Kind::Broken => Vec::new(),
        }
    }

    /// Visits this expression and all below it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }
}
