//! What leads from one tree to another. Nodes that both share are not looked into. A file or directory that is gone
//! here and new there is placed, by its id, instead of being written again.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Frame, Record};
use crate::model::node::{Child, Directory, File, Node};

struct Diff<'a> {
    share: u64,
    frame: &'a mut Frame,
    gone: Vec<(Vec<String>, Node)>,
    new: Vec<(Vec<String>, Node)>,
}

pub(super) fn diff(share: u64, old: &Arc<Directory>, new: &Arc<Directory>, frame: &mut Frame) {
    let mut diff = Diff { share, frame, gone: Vec::new(), new: Vec::new() };
    diff.directory(old, new, &mut Vec::new());
    diff.move_about();
}

impl Diff<'_> {
    fn directory(&mut self, old: &Arc<Directory>, new: &Arc<Directory>, path: &mut Vec<String>) {
        if Arc::ptr_eq(old, new) {
            return;
        }
        if old.properties != new.properties {
            self.describe(new, path);
        }
        let (mut olds, mut news) = (old.children.iter().peekable(), new.children.iter().peekable());
        loop {
            let order = match (olds.peek(), news.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((old, _)), Some((new, _))) => old.cmp(new),
            };
            let before = if order.is_le() { olds.next() } else { None };
            let after = if order.is_ge() { news.next() } else { None };
            self.entry(before.map(|(_, child)| child), after.map(|(_, child)| child), path);
        }
    }

    fn entry(&mut self, old: Option<&Child>, new: Option<&Child>, path: &mut Vec<String>) {
        if let (Some(old), Some(new)) = (old, new)
            && old.name == new.name
            && is_alike(&old.node, &new.node)
        {
            path.push(new.name.to_string());
            self.node(&old.node, &new.node, path);
            path.pop();
            return;
        }
        let below = |child: &Child| [&path[..], &[child.name.to_string()]].concat();
        self.gone.extend(old.map(|old| (below(old), old.node.clone())));
        self.new.extend(new.map(|new| (below(new), new.node.clone())));
    }

    fn node(&mut self, old: &Node, new: &Node, path: &mut Vec<String>) {
        match (old, new) {
            (Node::Directory(old), Node::Directory(new)) => self.directory(old, new, path),
            (Node::File(old), Node::File(new)) if !Arc::ptr_eq(old, new) => self.file(Some(old), new, path),
            _ => {}
        }
    }

    /// All goes before anything comes, so that two can change places.
    fn move_about(&mut self) {
        let (gone, new) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.new));
        let coming: HashMap<u64, &Node> = new.iter().map(|(_, node)| (node.properties().id, node)).collect();
        let mut aside = HashMap::new();
        for (path, node) in gone {
            let id = node.properties().id;
            let is_placed = coming.get(&id).is_some_and(|coming| is_alike(coming, &node));
            self.frame.push(Record::Gone { share: self.share, path, aside: is_placed.then_some(id) });
            if is_placed {
                aside.insert(id, node);
            }
        }
        for (mut path, node) in new {
            let id = node.properties().id;
            match aside.remove(&id) {
                None => self.whole(&node, &mut path),
                Some(old) => {
                    self.frame.push(Record::Placed { share: self.share, path: path.clone(), id });
                    self.node(&old, &node, &mut path);
                }
            }
        }
        // What moved may hold more that did.
        if !(self.gone.is_empty() && self.new.is_empty()) {
            self.move_about();
        }
    }

    fn whole(&mut self, node: &Node, path: &mut Vec<String>) {
        match node {
            Node::File(file) => self.file(None, file, path),
            Node::Directory(directory) => {
                self.describe(directory, path);
                for child in directory.children.values() {
                    path.push(child.name.to_string());
                    self.whole(&child.node, path);
                    path.pop();
                }
            }
        }
    }

    fn describe(&mut self, directory: &Directory, path: &[String]) {
        let properties = directory.properties.clone();
        self.frame.push(Record::Directory { share: self.share, path: path.to_vec(), properties });
    }

    fn file(&mut self, old: Option<&Arc<File>>, new: &Arc<File>, path: &[String]) {
        let earlier = old.map(|old| &old.content);
        let content = new.content.pieces(earlier, |data| self.frame.push_data(data));
        let (share, path) = (self.share, path.to_vec());
        self.frame.push(Record::File { share, path, file: new.clone(), content });
    }
}

fn is_alike(one: &Node, other: &Node) -> bool {
    matches!(one, Node::File(_)) == matches!(other, Node::File(_))
}
