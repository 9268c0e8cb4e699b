//! What the routes tell and do, on a console: of a deployed app, or straight of the shares where the app and its tables are
//! gone. Recovery points are found from share snapshots alone.

mod app;
mod arguments;
pub mod pairs;
mod place;
pub mod restore;

pub use self::place::Place;
