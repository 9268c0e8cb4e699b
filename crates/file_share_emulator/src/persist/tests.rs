//! A data directory as code: what was kept is there again, and damage is told.

use std::fs;
use std::io::Write;

use bytes::Bytes;

use super::*;
use crate::config::AccountConfig;
use crate::model::extents::Extents;
use crate::model::lease::Lease;
use crate::model::name::{Name, parse_path};
use crate::model::node::{Directory, File, Node};
use crate::model::share::Share;
use crate::model::share_properties::ShareProperties;

struct World {
    folder: tempfile::TempDir,
    account: Arc<Account>,
    clock: Arc<Clock>,
    journal: Option<Journal>,
}

fn account(name: &str) -> Arc<Account> {
    Arc::new(Account::new(&AccountConfig::new(name, ""), Vec::new(), 1, 2))
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let account = account("one");
        let clock = Arc::<Clock>::default();
        let mut world = Self { folder, account, clock, journal: None };
        world.open().expect("an empty directory");
        let share = Share::new("one", "share", ShareProperties::new(world.clock.now(), 1));
        world.account.shares().insert("share".to_owned(), Arc::new(share));
        world.keep();
        world
    }

    fn open(&mut self) -> anyhow::Result<()> {
        self.journal = None;
        self.account = account("one");
        self.journal =
            Some(Journal::open(self.folder.path(), std::slice::from_ref(&self.account), &self.clock)?);
        Ok(())
    }

    fn keep(&self) {
        self.journal.as_ref().expect("open").keep(&self.account).expect("written");
    }

    fn share(&self) -> Arc<Share> {
        self.account.share("share").expect("there")
    }

    fn edit(&self, path: &str, edit: impl FnOnce(&mut Directory, &str)) {
        let path = parse_path(path, true).expect("a path");
        let (name, _) = path.split_last().expect("not the root");
        edit(self.share().lock().parent_mut(&path).expect("a parent"), &name.text);
    }

    fn make(&self, path: &str, content: Option<&'static [u8]>) {
        let (id, now) = (self.share().lock().next_file_id(), self.clock.now());
        let mut directory = Directory::blank();
        (directory.properties.id, directory.properties.modified) = (id, now);
        let node = match content {
            None => Node::Directory(Arc::new(directory)),
            Some(bytes) => {
                let mut content = Extents::default();
                content.write(0, Bytes::from_static(bytes), now);
                Node::File(Arc::new(File {
                    properties: directory.properties,
                    size: bytes.len() as u64,
                    content,
                    headers: Arc::default(),
                    lease: Lease::default(),
                    begun: now,
                    copy: None,
                }))
            }
        };
        self.edit(path, |parent, name| parent.insert(&Name::new(name), node));
    }

    /// Paths, ids, times and content, of the live tree and of each share snapshot.
    fn shown(&self) -> Vec<String> {
        let share = self.share();
        let share = share.lock();
        let mut lines = Vec::new();
        for (id, snapshot) in &share.snapshots {
            show(&mut lines, id, &snapshot.root);
        }
        show(&mut lines, "", &share.root);
        lines.push(format!("{:?}", share.header()));
        lines
    }

    fn survives(&mut self) {
        self.keep();
        let before = self.shown();
        self.open().expect("readable");
        assert_eq!(self.shown(), before);
    }
}

fn show(lines: &mut Vec<String>, path: &str, directory: &Directory) {
    lines.push(format!("{path}/ {:?}", directory.properties));
    for child in directory.children.values() {
        let path = format!("{path}/{}", child.name);
        match &child.node {
            Node::Directory(directory) => show(lines, &path, directory),
            Node::File(file) => lines.push(format!("{path} {file:?} {:?}", file.content.read(0..file.size))),
        }
    }
}

#[test]
fn trees_share_snapshots_and_moves_are_there_again() {
    let mut world = World::new();
    for (path, content) in
        [("a", None), ("a/b", None), ("a/b/file", Some(&b"content"[..])), ("c", None), ("top", Some(b"top"))]
    {
        world.make(path, content);
        world.survives();
    }
    world.share().lock().take_snapshot(world.clock.now(), None);
    world.make("a/b/later", Some(b"later"));
    world.share().lock().take_snapshot(world.clock.now(), None);
    world.survives();
    // A directory and a file change places, and something in the directory changes with it.
    let take = |path: &str| {
        let mut taken = None;
        world.edit(path, |parent, name| taken = parent.children.remove(&*Name::new(name).folded));
        taken.expect("there").node
    };
    let (directory, file) = (take("a"), take("top"));
    world.edit("top", |parent, name| parent.insert(&Name::new(name), directory));
    world.edit("a", |parent, name| parent.insert(&Name::new(name), file));
    world.make("top/new", Some(b"new"));
    let moved = take("top/b/later");
    world.edit("c/LATER", |parent, name| parent.insert(&Name::new(name), moved));
    world.survives();
    let first = world.share().lock().snapshots.keys().next().cloned().expect("one");
    world.share().lock().snapshots.remove(&first);
    world.survives();
}

#[test]
fn what_was_cut_off_is_what_was_not_answered() {
    let mut world = World::new();
    world.make("kept", Some(b"kept"));
    world.keep();
    let before = world.shown();
    let log = world.folder.path().join("log");
    let whole = fs::metadata(&log).expect("there").len();
    world.make("lost", Some(b"lost"));
    world.keep();
    let bytes = fs::read(&log).expect("readable");
    for length in (whole as usize..bytes.len()).step_by(7) {
        world.journal = None;
        fs::write(&log, &bytes[..length]).expect("writable");
        world.open().expect("readable");
        assert_eq!(world.shown(), before, "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn damage_another_format_and_another_emulator_are_told() {
    let mut world = World::new();
    let refused = |world: &mut World| format!("{:#}", world.open().expect_err("refused"));
    let path = world.folder.path().to_owned();
    let second = Journal::open(&path, &[world.account.clone()], &world.clock);
    assert!(format!("{:#}", second.expect_err("locked")).contains("Another emulator uses"));
    world.journal = None;
    let stranger = account("two");
    let second = Journal::open(&path, &[stranger], &world.clock);
    assert!(format!("{:#}", second.expect_err("an account is missing")).contains("account one"));
    let mut log = fs::OpenOptions::new().write(true).open(path.join("log")).expect("there");
    log.write_all(&[0; 16]).expect("writable");
    assert!(refused(&mut world).contains("damaged") || refused(&mut world).contains("EOF"));
    fs::write(path.join("format"), "file_share_emulator data 9\n").expect("writable");
    assert!(refused(&mut world).contains("data 9"));
}

#[test]
fn a_log_written_anew_says_the_same_in_less() {
    let mut world = World::new();
    for _ in 0..50 {
        world.make("file", Some(b"the same name again and again"));
        world.keep();
    }
    let log = world.folder.path().join("log");
    let before = fs::metadata(&log).expect("there").len();
    world.survives();
    let after = fs::metadata(&log).expect("there").len();
    assert!(after * 5 < before, "{after} after {before}");
}
