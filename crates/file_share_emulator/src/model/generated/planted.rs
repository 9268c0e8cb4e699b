//! A generated tree made for good: entries with ids and moments of the share's own, which can be changed like any others.

use std::sync::Arc;

use super::{Generated, entry};
use crate::model::attributes::Attributes;
use crate::model::clock::Clock;
use crate::model::file_id::FileIds;
use crate::model::node::{Directory, Node, Properties};

impl Generated {
    pub(crate) fn plant(&self, ids: &mut FileIds, clock: &Clock) -> Directory {
        self.planted(0, 0, ids, clock)
    }

    fn planted(&self, directory: u64, level: u32, ids: &mut FileIds, clock: &Clock) -> Directory {
        let id = self.tree.directory_id(directory);
        let properties = own(self.properties(id, Attributes::DIRECTORY), ids, clock);
        let below = self.tree.directories_at(level);
        let mut children: Vec<(String, Node)> = Vec::new();
        for place in 0..below {
            let child = self.planted(self.tree.child(directory, place), level + 1, ids, clock);
            children.push((self.tree.directory_name(place), Node::Directory(Arc::new(child))));
        }
        for place in 0..self.tree.files {
            let id = self.tree.file_id(directory, place);
            let properties = own(self.properties(id, Attributes::ARCHIVE), ids, clock);
            let file = self.file_with(id, properties, true);
            children.push((self.tree.file_name(place), Node::File(Arc::new(file))));
        }
        Directory { properties, children: children.into_iter().map(entry).collect() }
    }
}

fn own(properties: Properties, ids: &mut FileIds, clock: &Clock) -> Properties {
    let now = clock.now();
    Properties { id: ids.next(), change: now, made: now, modified: now, ..properties }
}
