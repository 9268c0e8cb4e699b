//! Breadth first through all worlds that can come of the first one: the path to the first broken promise is one of
//! the shortest.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::guard::Guard;
use super::moves::{Move, Moves};
use super::shares::Broken;
use super::world::World;

/// How far the search goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Chunks of a plan that is not empty.
    pub chunks: u8,
    /// Those of them that move something out of the way.
    pub lifts: u8,
    /// Owners of the pair, one after another.
    pub epochs: u8,
    /// Things that go wrong.
    pub faults: u8,
    /// A guard that is left out.
    pub without: Option<Guard>,
}

#[derive(Debug)]
pub struct Found {
    pub worlds: Vec<World>,
    pub moves: usize,
}

/// A promise that broke, and how it came to that.
#[derive(Debug)]
pub struct Path {
    pub broken: Broken,
    pub moves: Vec<Move>,
    pub last: World,
}

pub fn search(bounds: Bounds) -> Result<Found, Box<Path>> {
    let first = World::new(bounds.chunks, bounds.faults).canonical();
    let mut worlds = vec![first];
    let mut known: HashSet<World, BuildHasherDefault<Quick>> = HashSet::default();
    known.insert(first);
    let mut came = vec![None];
    let (mut at, mut moves) = (0, 0);
    while let Some(world) = worlds.get(at).copied() {
        let found = Moves { world: &world, bounds, next: Vec::new() };
        let judged = world.judge_owners(|left| found.is_open(left));
        judged.map_err(|broken| path(broken, &came, at, None, world))?;
        for (what, next) in found.all() {
            moves += 1;
            let next = next.map_err(|broken| path(broken, &came, at, Some(what), world))?.canonical();
            if known.insert(next) {
                worlds.push(next);
                came.push(Some((at, what)));
            }
        }
        at += 1;
    }
    Ok(Found { worlds, moves })
}

fn path(
    broken: Broken,
    came: &[Option<(usize, Move)>],
    at: usize,
    end: Option<Move>,
    last: World,
) -> Box<Path> {
    let back = std::iter::successors(came[at], |(from, _)| came[*from]);
    let mut moves: Vec<Move> = back.map(|(_, what)| what).collect();
    moves.reverse();
    moves.extend(end);
    Box::new(Path { broken, moves, last })
}

/// Worlds are small numbers, and there are many: the usual hash takes most of the time.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u8(*byte));
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_isize(&mut self, variant: isize) {
        self.write_u8(variant as u8);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.broken)?;
        for what in &self.moves {
            writeln!(f, "  {what:?}")?;
        }
        write!(f, "from {:?}", self.last)
    }
}
