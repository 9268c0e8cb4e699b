//! Bicep files: read by the grammar of tree-sitter, kept as declarations and expressions. Whatever the grammar stumbles over is a
//! finding; what it reads wrongly (calls in arrays) is refused too, so that no check works on a tree that is not the file.

pub(super) mod declaration;
pub(super) mod expression;
pub(super) mod functions;
mod read;
mod read_expression;
mod read_type;

pub(super) use declaration::{File, Resource, TypeOf};
pub(super) use expression::{Expression, Kind, Piece, Property};
pub(super) use read::read;
