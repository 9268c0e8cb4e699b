//! What the demo loads: a folder of the user, or the packages we depend on.

use std::path::Path;

use anyhow::{Context, Result};
use share_tree::{LeftOut, Tree};

use crate::repository;

/// Enough to see the work, few enough to wait for.
const FILES: usize = 2_000;
/// So that many packages are in it, not one large one.
const FILES_OF_A_PACKAGE: usize = 300;

pub(crate) fn collect(from: Option<&Path>) -> Result<(Tree, Vec<LeftOut>)> {
    let Some(folder) = from else { return dependencies() };
    let folder = folder.canonicalize().with_context(|| format!("Opening {}", folder.display()))?;
    share_tree::from_folder(&folder)
}

/// Package by package until there are enough files.
fn dependencies() -> Result<(Tree, Vec<LeftOut>)> {
    let mut tree = Tree::default();
    let mut left_out = Vec::new();
    for (name, folder) in repository::dependency_folders()? {
        let (package, _) = share_tree::from_folder(&folder)?;
        if package.files().count() <= FILES_OF_A_PACKAGE {
            left_out.extend(share_tree::add_folder(&mut tree, &name, &folder)?);
        }
        if tree.files().count() >= FILES {
            break;
        }
    }
    Ok((tree, left_out))
}
