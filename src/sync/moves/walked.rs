//! The plan of a directory that the walk has been through: what was put aside in it, and nothing else.

use azure_storage_file_share::Entry;

use super::{Rest, Unpaired};
use crate::sync::cursor::{name_in, path_order};
use crate::sync::directory_plan::{Directory, DirectoryPlan, Rules, Sides};
use crate::sync::item::{Item, Reason, Seen, Work};
use crate::sync::listing::{SourceListing, TargetListing};
use crate::sync::merge::merge;
use crate::sync::name::{ScratchNames, join, order};

impl Rest {
    /// Compares what was put aside; in the root, what is lifted comes with it. All of it was counted when it was put
    /// aside. `touched` is the directory's own entry, where its times have to be set again for what is lifted to it.
    pub fn plan(
        &self,
        path: &str,
        touched: Option<&Entry>,
        (source, target): (&SourceListing, &TargetListing),
        scratch: &ScratchNames,
        unpaired: &Unpaired,
    ) -> DirectoryPlan {
        let mut plan = DirectoryPlan { path: path.to_owned(), ..Default::default() };
        let Some(place) = self.at(path) else { return plan };
        let listed_at = place.listed_at.as_deref().unwrap_or(path);
        let merged = merge(path, listed_at, source, target, Rules { scratch, unpaired, restoring: None });
        let is_touched = merged.touched || target.entries.iter().any(|entry| unpaired.goes(entry));
        let own = place.own.as_ref().filter(|_| is_touched);
        plan.items.extend(touched.or(own).map(|source| {
            let work = Work::TouchDirectory { source: source.clone() };
            Item { path: path.to_owned(), reason: Reason::Children, work }
        }));
        plan.items.extend(merged.items);
        if path.is_empty() {
            plan.items.extend(self.lifted().map(|moved| {
                let to = scratch.lifted_path_for(&moved.from);
                let work = Work::Lift { target: Seen::of(&moved.target), to };
                Item { path: moved.from.clone(), reason: Reason::Moved, work }
            }));
            plan.items.sort_by(|a, b| order(name_in(path, a), name_in(path, b)));
        }
        let below = place.below.iter().map(|name| {
            let sides = Sides::Walked { touched: None };
            Directory::new(join(path, name), sides)
        });
        plan.children = merged.children.into_iter().chain(below).collect();
        plan.children.sort_by(|a, b| path_order(&a.path, &b.path));
        plan.failures = merged.failures;
        (plan.shown, plan.beside) = (place.shown, place.beside);
        for child in &mut plan.children {
            child.beside = plan.shown;
        }
        plan
    }
}
