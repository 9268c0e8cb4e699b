//! What a directory needs that only one side has, or a part of it.

use azure_storage_file_share::Entry;

use super::digest::held;
use super::directory_plan::{Directory, DirectoryPlan, Rules, Sides, in_the_way, refused};
use super::hold::Hold;
use super::item::{Item, Over, Reason, Seen, Work, is_directory, size};
use super::listing::{SourceListing, TargetListing};
use super::moves::Unpaired;
use super::name::{join, order};
use super::part::Sums;
use super::restoring::Wanted;

/// The files of a new directory are copied with it, which is known when all are met; where one of them comes by a move,
/// they are items of their own.
pub(super) fn new_directory(
    plan: &mut DirectoryPlan,
    directory: &Directory,
    (own, over): (&Entry, &Over),
    source: &SourceListing,
    Rules { scratch, unpaired, restoring }: Rules<'_>,
    sums: &mut Sums,
) {
    // it comes when something in it does
    let is_way = restoring.is_some_and(|restoring| restoring.wanted(&directory.path) != Wanted::Whole);
    let is_apart = is_way || unpaired.brings_files_into(&directory.path);
    plan.compared = source.entries.len() as u64;
    for entry in sorted(&source.entries) {
        match refused(&directory.path, entry, &source.untranslated) {
            Some(failure) if is_directory(entry) => {
                plan.children.push(Directory::new(failure.path.clone(), Sides::Refused { failure }));
            }
            Some(failure) => plan.failures.push(failure),
            None => {
                let path = join(&directory.path, &entry.name);
                let moved = unpaired.to(&path, entry);
                match moved {
                    _ if is_directory(entry) => {
                        let sides = match moved {
                            Some(moved) => moved.sides(entry.clone(), Over::Nothing),
                            None => Sides::Source { source: entry.clone(), over: Over::Nothing },
                        };
                        plan.children.push(Directory::new(path, sides));
                    }
                    Some(moved) => plan.items.push(moved.item(path, entry, Over::Nothing, scratch)),
                    None if is_apart => {
                        let work = Work::CopyFile { source: entry.clone(), over: Over::Nothing };
                        plan.items.push(Item { path, reason: Reason::Added, work });
                    }
                    None => {
                        sums.files += 1;
                        sums.bytes += size(entry);
                    }
                }
            }
        }
    }
    let is_due = if is_apart { !sums.own } else { !plan.has_more };
    if is_due && !is_way {
        sums.own = true;
        plan.items.insert(0, new_item(directory, own, over, sums));
    }
}

fn new_item(directory: &Directory, own: &Entry, over: &Over, sums: &Sums) -> Item {
    let reason = if *over == Over::Nothing { Reason::Added } else { Reason::Kind };
    let Sums { files, bytes, .. } = *sums;
    let work = Work::NewDirectory { source: own.clone(), over: over.clone(), files, bytes };
    Item { path: directory.path.clone(), reason, work }
}

/// A directory that the source lacks. It goes with its files as one item; where it has to stay, they go one by one.
pub(super) fn gone_directory(
    plan: &mut DirectoryPlan,
    directory: &Directory,
    listing: &TargetListing,
    unpaired: &Unpaired,
    sums: &mut Sums,
) {
    let Sides::Target { target, reason, listed_at, top, successor, hold } = &directory.sides else {
        unreachable!("both sides have {}", directory.path)
    };
    plan.compared = listing.entries.len() as u64;
    let stays = *hold != Hold::Nothing;
    if let Some(successor) = successor
        && stays
    {
        // told once
        if !std::mem::replace(&mut sums.own, true) {
            plan.failures.push(in_the_way(successor));
        }
        return;
    }
    let (subdirectories, files): (Vec<&Entry>, Vec<&Entry>) = sorted(&listing.entries)
        .into_iter()
        .filter(|entry| !unpaired.goes(entry))
        .partition(|entry| is_directory(entry));
    if stays {
        plan.items.extend(files.iter().map(|entry| {
            let work = Work::DeleteFile { target: Seen::of(entry), successor: None };
            Item { path: join(&directory.path, &entry.name), reason: *reason, work }
        }));
    } else {
        sums.files += files.len() as u64;
        sums.held = sums.held.wrapping_add(held(files));
    }
    if !stays && !plan.has_more {
        let work = Work::DeleteDirectory {
            target: target.clone(),
            files: sums.files,
            digest: sums.held,
            top: *top,
            successor: successor.clone(),
        };
        plan.items.push(Item { path: directory.path.clone(), reason: *reason, work });
    }
    plan.children.extend(subdirectories.iter().map(|entry| {
        let sides = Sides::Target {
            target: Seen::of(entry),
            reason: *reason,
            listed_at: join(listed_at, &entry.name),
            top: stays,
            successor: successor.clone(),
            hold: if stays { listing.hold(&entry.name) } else { Hold::Nothing },
        };
        Directory::new(join(&directory.path, &entry.name), sides)
    }));
}

/// In the order of the walk, whatever the service's is.
fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| order(&a.name, &b.name));
    entries
}
