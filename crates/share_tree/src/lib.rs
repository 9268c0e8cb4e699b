//! A share's content as a value: made from a folder or at random, edited, loaded into a share over REST, read back and
//! compared.
//!
//! It stands for the person who works in the source share, and for the judge who looks at the target. It knows nothing
//! of backups, and it never holds more than a few ranges of a share's data in memory.

mod changes;
mod compare;
mod content;
mod edit;
mod folder;
mod live;
mod names;
mod permissions;
mod random;
mod read_back;
mod sample;
mod sddl;
mod settle;
mod tree;
mod write;

pub use changes::{Changes, Copied, changes};
pub use compare::{Difference, compare};
pub use content::{Content, Digest};
pub use edit::{Edit, Setting};
pub use folder::{LeftOut, add_folder, from_folder};
pub use live::LiveShare;
pub use random::{Row, Shape, random_edits, random_tree};
pub use read_back::read_back;
pub use sample::{Sample, write_sample};
pub use sddl::{SHARED_WITH_USERS, random_sddl};
pub use tree::{Entry, Kind, Properties, Tree, join, parent};
