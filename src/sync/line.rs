//! The directories that are known and not handed out, in the order of the walk.
//!
//! Directories are listed ahead as long as what waits for its turn is little and the first in line does not hold the
//! others up for long: what is listed ahead is listed again after a kill. Of a directory with very many subdirectories
//! only so many are known at once; for more of them it is listed again, from where the last one was found.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::cursor::Cursor;
use super::directory_plan::{Directory, DirectoryPlan};
use super::part::Part;
use super::stream::Stream;

/// Directories listed whose turn has not come, and what is planned in them.
const WAITING: usize = 20_000;
/// Directories known; beyond it none is listed ahead.
const KNOWN: usize = 50_000;
/// Subdirectories of one directory known at once, but for those of one part.
const CHILDREN: usize = 10_000;
/// How long the first in line may take before no other is listed ahead of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A place in the line.
#[derive(Debug)]
struct Place<'a> {
    directory: Directory,
    next: Option<u64>,
    state: State<'a>,
    plan: Option<DirectoryPlan>,
    /// Where the part begins that is planned next; nothing at the beginning of the directory.
    part: Option<Part>,
    is_begun: bool,
    children: Vec<Directory>,
    /// What its listing has to show in the end.
    shown: Option<u128>,
    /// The part of the directory where more subdirectories begin than are known.
    more: Option<Part>,
    /// It stands for the subdirectories from this part on of a directory that is planned.
    only_children: Option<Part>,
}

#[derive(Debug)]
enum State<'a> {
    Known,
    Listing,
    /// A part is planned, and others follow.
    Paused(Box<Stream<'a>>),
    Listed,
}

/// What is to be listed next.
#[derive(Debug)]
pub enum Start<'a> {
    /// A directory, from a part of it on.
    New(Box<Directory>, Option<Part>),
    Rest(Box<Stream<'a>>),
}

/// The line, as a linked list.
#[derive(Debug)]
pub struct Line<'a> {
    places: HashMap<u64, Place<'a>>,
    first: Option<u64>,
    last_id: u64,
    waiting: usize,
    /// Since when the first is the first, or since it handed out a part.
    since: Instant,
}

impl<'a> Line<'a> {
    pub fn new(root: Directory) -> Self {
        let mut line =
            Self { places: HashMap::new(), first: None, last_id: 0, waiting: 0, since: Instant::now() };
        line.insert(None, root, None);
        line
    }

    /// Puts a directory right behind `after`, or at the front.
    fn insert(&mut self, after: Option<u64>, directory: Directory, only_children: Option<Part>) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let link = match after {
            Some(previous) => &mut self.place_mut(previous).next,
            None => &mut self.first,
        };
        let next = link.replace(id);
        let place = Place {
            directory,
            next,
            state: State::Known,
            plan: None,
            part: None,
            is_begun: false,
            children: Vec::new(),
            shown: None,
            more: None,
            only_children,
        };
        self.places.insert(id, place);
        id
    }

    fn place_mut(&mut self, id: u64) -> &mut Place<'a> {
        self.places.get_mut(&id).expect("a place in the line")
    }

    /// The next directory to be listed: the first one with nothing to hand out, or one ahead of its turn.
    pub fn start(&mut self) -> Option<(u64, Start<'a>)> {
        let first = self.first?;
        let is_free = self.waiting < WAITING && self.places.len() < KNOWN && self.since.elapsed() < PATIENCE;
        let mut at = Some(first);
        while let Some(id) = at {
            let place = self.place_mut(id);
            at = place.next;
            let is_first = id == first;
            // the first cannot go before the subdirectories behind it are known
            let is_needed = is_first || place.only_children.is_some();
            match &place.state {
                State::Known if is_needed || is_free => {
                    place.state = State::Listing;
                    let part = place.only_children.clone();
                    return Some((id, Start::New(Box::new(place.directory.clone()), part)));
                }
                State::Paused(_) if is_first && place.plan.is_none() || place.only_children.is_some() => {
                    let State::Paused(stream) = std::mem::replace(&mut place.state, State::Listing) else {
                        unreachable!("it is paused")
                    };
                    return Some((id, Start::Rest(stream)));
                }
                _ => {}
            }
            if !is_free && !is_first {
                return None;
            }
        }
        None
    }

    /// A part of a directory is planned.
    pub fn finish(&mut self, id: u64, mut plan: DirectoryPlan, rest: Option<Box<Stream<'a>>>) {
        let place = self.place_mut(id);
        let is_silent = place.only_children.is_some() && plan.failures.is_empty();
        if plan.voids {
            (place.children, place.more) = (Vec::new(), None);
        }
        let is_resumed = !std::mem::replace(&mut place.is_begun, true) && place.only_children.is_none();
        if is_resumed && plan.part.as_ref().is_some_and(|part| part.sums.children) {
            // those of earlier parts were known to whoever began, and to nobody since
            place.more = Some(Part::default());
        }
        let children = std::mem::take(&mut plan.children);
        if place.more.is_none() {
            if !place.children.is_empty() && place.children.len() + children.len() > CHILDREN {
                place.more = Some(plan.part.clone().unwrap_or_default());
            } else {
                place.children.extend(children);
            }
        }
        place.shown = place.shown.or(plan.shown);
        place.part = rest.as_ref().and_then(|stream| stream.part().cloned());
        place.state = match rest {
            Some(_) if is_silent && place.more.is_some() => State::Listed,
            Some(stream) => State::Paused(stream),
            None => State::Listed,
        };
        if matches!(place.state, State::Listed) {
            let (children, more) = (std::mem::take(&mut place.children), place.more.take());
            let (directory, shown) = (place.directory.clone(), place.shown);
            let mut last = id;
            for child in children {
                last = self.insert(Some(last), Directory { beside: shown, ..child }, None);
            }
            if let Some(more) = more {
                let id = self.insert(Some(last), directory, Some(more));
                self.place_mut(id).shown = shown;
            }
        }
        if !is_silent {
            self.waiting += weight(&plan);
            self.place_mut(id).plan = Some(plan);
        }
    }

    /// Where the next plan begins.
    pub fn place(&self) -> Option<Cursor> {
        let mut at = self.first;
        while let Some(place) = at.and_then(|id| self.places.get(&id)) {
            if place.only_children.is_none() {
                let path = &place.directory.path;
                let part = match &place.plan {
                    Some(plan) => plan.part.as_ref(),
                    None => place.part.as_ref(),
                };
                return Some(match part {
                    Some(part) => Cursor::before_part(path, part.clone()),
                    None => Cursor::before(path),
                });
            }
            at = place.next;
        }
        None
    }

    /// The next plan, if it is there.
    pub fn take(&mut self) -> Option<DirectoryPlan> {
        loop {
            let first = self.first?;
            let place = self.places.get(&first)?;
            let is_listed = matches!(place.state, State::Listed);
            let is_silent = place.only_children.is_some() && place.plan.is_none();
            if place.plan.is_none() && !(is_silent && is_listed) || is_listed && !self.knows_next(place.next)
            {
                return None;
            }
            let plan = self.place_mut(first).plan.take();
            if is_listed {
                self.first = self.places.remove(&first).and_then(|place| place.next);
            }
            self.since = Instant::now();
            if let Some(plan) = plan {
                self.waiting -= weight(&plan);
                return Some(plan);
            }
        }
    }

    /// Whether the directory behind the first one is known: there is no place to go on at in between.
    fn knows_next(&self, next: Option<u64>) -> bool {
        let next = next.and_then(|next| self.places.get(&next));
        next.is_none_or(|place| place.only_children.is_none() || matches!(place.state, State::Listed))
    }
}

fn weight(plan: &DirectoryPlan) -> usize {
    1 + plan.items.len() + plan.failures.len()
}
