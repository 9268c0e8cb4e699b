//! Where matching stops, and what it does not believe.

use azure_storage_file_share::{Entry, FileId};

use super::Loose;
use super::matching::{Matching, Wanted};
use crate::sync::testing::{directory, file};

fn loose(source: Option<Entry>, target: Option<Entry>) -> Loose {
    let directory = String::new();
    Loose { directory, listed_at: None, own: None, shown: None, beside: None, source, target }
}

fn with_id(id: u64, entry: Entry) -> Entry {
    Entry { file_id: FileId(id), ..entry }
}

#[test]
fn what_is_found_by_the_time_that_memory_is_full_moves_and_nothing_else_is_listed() {
    let moved = with_id(1, file("new", 1));
    let mut put_aside = vec![loose(Some(moved), None), loose(None, Some(with_id(2, file("old", 1))))];
    put_aside.extend((0..400).map(|n| loose(Some(with_id(10 + n, directory(&format!("d{n}")))), None)));
    put_aside.push(loose(None, Some(with_id(3, file("gone", 2)))));
    let mut matching = Matching::new(&put_aside);
    let asked = matching.wanted();
    assert_eq!(asked, [Wanted::Base(String::new())]);
    matching.listed(&asked[0], &[with_id(1, file("old", 1)), with_id(4, file("gone", 2))], &[]);
    let round = matching.wanted();
    assert_eq!(round.len(), 400);
    let mut next = 1_000..;
    let mut listed = 0;
    while !matching.is_full() {
        let entries: Vec<Entry> = (0..10_000)
            .zip(&mut next)
            .map(|(n, id)| with_id(id, file(&format!("a name of usual length {n}"), 9)))
            .collect();
        matching.listed(&round[listed], &entries, &[]);
        listed += 1;
    }
    let entries = listed * 10_000;
    assert!((150_000..500_000).contains(&entries), "{entries} entries were held");
    assert_eq!(matching.wanted(), []);
    let moves = matching.finish();
    let found: Vec<_> = moves.iter().map(|moved| (moved.from.as_str(), moved.to.as_str())).collect();
    assert_eq!(found, [("old", "new")]);
    assert!(moves[0].is_lifted, "something that was not seen may come to stand in its place");
}

#[test]
fn directories_that_moved_are_looked_into_a_few_at_a_time() {
    let entries: Vec<Entry> = (0..200).map(|n| with_id(n, directory(&format!("d{n}")))).collect();
    let target = entries.iter().map(|entry| with_id(entry.file_id.0 + 1_000, entry.clone()));
    let renamed = entries.iter().map(|entry| Entry { name: format!("new-{}", entry.name), ..entry.clone() });
    let put_aside: Vec<Loose> = target
        .map(|target| loose(None, Some(target)))
        .chain(renamed.map(|source| loose(Some(source), None)))
        .collect();
    let mut matching = Matching::new(&put_aside);
    let asked = matching.wanted();
    matching.listed(&asked[0], &entries, &[]);
    let (mut inside, mut rounds) = (0, 0);
    loop {
        let round = matching.wanted();
        if round.is_empty() {
            break;
        }
        assert!(round.len() <= 64 && round.iter().all(|wanted| matches!(wanted, Wanted::Both { .. })));
        for wanted in &round {
            let files: Vec<Entry> =
                (0..1_000).map(|n| with_id(n + 5_000, file(&format!("{n}"), 1))).collect();
            matching.listed(wanted, &files, &files);
            inside += 2_000;
        }
        rounds += 1;
    }
    // 50,000 entries are enough
    assert_eq!((rounds, inside), (1, 64 * 2_000));
    assert_eq!(matching.finish().len(), 200);
}

#[test]
fn a_directory_that_is_like_no_other_but_in_its_id_did_not_move() {
    let other = |entry: Entry| Entry { creation_time: entry.creation_time.next_tick(), ..entry };
    let (now, then) = (with_id(1, directory("new")), with_id(1, directory("old")));
    let target = with_id(2, directory("old"));
    let find = |source: &Entry, base: &Entry, target: &Entry| {
        let put_aside = [loose(Some(source.clone()), None), loose(None, Some(target.clone()))];
        let mut matching = Matching::new(&put_aside);
        loop {
            let round = matching.wanted();
            if round.is_empty() {
                return matching.finish().len();
            }
            for wanted in &round {
                let entries =
                    if matches!(wanted, Wanted::Base(_)) { std::slice::from_ref(base) } else { &[] };
                matching.listed(wanted, entries, &[]);
            }
        }
    };
    assert_eq!(find(&now, &then, &target), 1);
    // created at another time in any one of the three, or in two of them
    assert_eq!(find(&other(now.clone()), &then, &target), 0);
    assert_eq!(find(&now, &other(then.clone()), &target), 0);
    assert_eq!(find(&now, &then, &other(target.clone())), 0);
    assert_eq!(find(&other(now.clone()), &other(then), &target), 0);
    // another kind under the same id
    assert_eq!(find(&now, &with_id(1, file("old", 1)), &target), 0);
}

#[test]
fn an_id_that_two_entries_bear_proves_nothing() {
    let twice = [with_id(1, file("one", 1)), with_id(1, file("two", 1))];
    let (old, older) = (with_id(2, file("old", 1)), with_id(3, file("older", 1)));
    let find = |sources: &[Entry], base: &[Entry], targets: &[&Entry]| {
        let sources = sources.iter().map(|entry| loose(Some(entry.clone()), None));
        let targets = targets.iter().map(|entry| loose(None, Some((*entry).clone())));
        let mut matching = Matching::new(&sources.chain(targets).collect::<Vec<_>>());
        let round = matching.wanted();
        assert_eq!(round, [Wanted::Base(String::new())]);
        matching.listed(&round[0], base, &[]);
        assert_eq!(matching.wanted(), []);
        matching.finish().len()
    };
    let then = with_id(1, file("old", 1));
    let also = with_id(1, file("older", 1));
    assert_eq!(find(&twice[..1], std::slice::from_ref(&then), &[&old]), 1);
    assert_eq!(find(&twice, std::slice::from_ref(&then), &[&old]), 0, "in the source");
    assert_eq!(find(&twice[..1], &[then, also], &[&old, &older]), 0, "in the base");
}
