//! What one directory needs, in literals: `"f5"` is a file of 5 bytes, `"d/"` a directory.

use super::*;
use crate::sync::cursor::name_in;
use crate::sync::digest::held;
use crate::sync::name::order;
use crate::sync::testing::{directory, file};

fn entry(text: &str) -> Entry {
    match text.strip_suffix('/') {
        Some(name) => directory(name),
        None => {
            let (name, size) = text.split_once('=').unwrap_or((text, "1"));
            file(name, size.parse().expect("a size"))
        }
    }
}

fn entries(texts: &[&str]) -> Vec<Entry> {
    texts.iter().map(|text| entry(text)).collect()
}

fn show(item: &Item) -> String {
    let verb = match &item.work {
        Work::NewDirectory { over: Over::Nothing, .. } => "make",
        Work::NewDirectory { .. } => "make over",
        Work::SetDirectory { .. } => "set directory",
        Work::TouchDirectory { .. } => "touch",
        Work::CopyFile { over: Over::Nothing, .. } => "copy",
        Work::CopyFile { over: Over::File(_), .. } => "overwrite",
        Work::CopyFile { over: Over::Tree { .. }, .. } => "build for",
        Work::CopyFile { over: Over::Aside { .. }, .. } => "misplan",
        Work::SetFile { .. } => "set",
        Work::DeleteFile { .. } => "delete",
        Work::DeleteDirectory { .. } => "delete directory",
        Work::Rename { .. } => "rename",
        Work::Lift { .. } => "lift",
        Work::Loose { .. } => "put aside",
    };
    format!("{verb} {}", item.path)
}

fn show_child(child: &Directory) -> String {
    match &child.sides {
        Sides::Both { own: None, .. } => format!("walk {}", child.path),
        Sides::Both { own: Some(reason), listed_at, .. } => {
            format!("walk {} ({reason:?}, {listed_at})", child.path)
        }
        Sides::Source { over: Over::Nothing, .. } => format!("new {}", child.path),
        Sides::Source { .. } => format!("new over {}", child.path),
        Sides::Target { listed_at, .. } => format!("gone {} ({listed_at})", child.path),
        Sides::Walked { .. } => format!("again {}", child.path),
        Sides::Refused { failure } => format!("refused {} ({})", child.path, failure.reason),
    }
}

/// A directory that is one part.
fn plan_directory(
    directory: &Directory,
    source: SourceListing,
    target: TargetListing,
    scratch: &ScratchNames,
    unpaired: &Unpaired,
) -> DirectoryPlan {
    plan_part(
        directory,
        &source,
        &target,
        Rules { scratch, unpaired, restoring: None },
        &mut Sums::default(),
        true,
    )
}

fn both() -> Directory {
    let own = directory("d");
    let sides = Sides::Both {
        target: Seen::of(&own),
        source: own,
        own: None,
        listed_at: "d".to_owned(),
        arrival: None,
    };
    Directory::new("d".to_owned(), sides)
}

fn plan(directory: &Directory, source: &[&str], target: &[&str]) -> DirectoryPlan {
    let listing = SourceListing { entries: entries(source), ..Default::default() };
    let target = TargetListing { entries: entries(target), ..Default::default() };
    plan_directory(directory, listing, target, &ScratchNames::new("c", 1), &Unpaired::Planned)
}

fn check(source: &[&str], target: &[&str], items: &[&str], children: &[&str]) {
    let plan = plan(&both(), source, target);
    assert_eq!(plan.items.iter().map(show).collect::<Vec<_>>(), items);
    assert_eq!(plan.children.iter().map(show_child).collect::<Vec<_>>(), children);
    assert!(plan.failures.is_empty());
}

#[test]
fn equal_directories_need_nothing() {
    check(&["a", "b=7", "c/"], &["c/", "b=7", "a"], &[], &["walk d/c"]);
}

#[test]
fn entries_that_come_and_go_touch_their_directory() {
    check(&["new"], &["old"], &["touch d", "copy d/new", "delete d/old"], &[]);
    check(&["new/"], &["old/"], &["touch d"], &["new d/new", "gone d/old (d/old)"]);
}

#[test]
fn a_changed_file_is_overwritten_and_touches_nothing_else() {
    check(&["a=2"], &["a=1"], &["overwrite d/a"], &[]);
}

#[test]
fn where_a_kind_flips_the_old_entry_stays_until_the_new_one_is_complete() {
    check(&["x"], &["x/"], &["touch d", "build for d/x"], &["gone d/x (d/x)"]);
    let aside = format!("delete {}", ScratchNames::new("c", 1).path_for("d/x"));
    check(&["x/"], &["x"], &["touch d", &aside], &["new over d/x"]);
}

#[test]
fn a_name_in_another_case_is_one_entry_in_the_sources_spelling() {
    check(&["A"], &["a"], &["touch d", "set d/A"], &[]);
    check(&["A=2"], &["a=1"], &["touch d", "overwrite d/A"], &[]);
    check(&["A/"], &["a/"], &["touch d"], &["walk d/A (Case, d/a)"]);
}

#[test]
fn the_order_is_that_of_the_names_whatever_the_service_lists_and_scratch_names_say() {
    let plan = plan(&both(), &["b", "a/", "n", "é", "k/"], &["z", "k", "A/", ".backup-scratch-0", "0"]);
    let names: Vec<&str> = plan.items.iter().map(|item| name_in("d", item)).collect();
    assert_eq!(names, ["", ".backup-scratch-0", "0", "b", "k", "n", "z", "é"]);
    assert_eq!(
        plan.children.iter().map(show_child).collect::<Vec<_>>(),
        ["walk d/a (Case, d/A)", "new over d/k"]
    );
}

#[test]
fn below_new_and_gone_directories_the_order_is_the_same() {
    let sides = Sides::Source { source: directory("n"), over: Over::Nothing };
    let new = plan(&Directory::new("n".to_owned(), sides), &["b/", "a/", "B./"], &[]);
    assert_eq!(new.children.iter().map(show_child).collect::<Vec<_>>(), ["new n/a", "new n/b", "new n/B."]);
    let sides = Sides::Target {
        target: Seen::of(&directory("g")),
        reason: Reason::Deleted,
        listed_at: "g".to_owned(),
        top: true,
        successor: None,
        hold: Hold::Nothing,
    };
    let gone = plan(&Directory::new("g".to_owned(), sides), &[], &["b/", "a/"]);
    assert_eq!(
        gone.children.iter().map(show_child).collect::<Vec<_>>(),
        ["gone g/a (g/a)", "gone g/b (g/b)"]
    );
}

#[test]
fn leftover_scratch_names_are_not_compared_but_removed() {
    let (file, tree) = (".backup-scratch-old-1", ".backup-scratch-old-2/");
    check(
        &["a"],
        &["a", file, tree],
        &["touch d", "delete d/.backup-scratch-old-1"],
        &["gone d/.backup-scratch-old-2 (d/.backup-scratch-old-2)"],
    );
}

#[test]
fn a_source_entry_with_a_scratch_name_is_reported_and_left_out() {
    let plan = plan(&both(), &[".backup-scratch-x"], &[]);
    assert!(plan.items.is_empty());
    assert_eq!(plan.failures[0].reason, "ReservedName");
}

#[test]
fn an_entry_without_its_descriptor_is_reported_and_the_target_keeps_its_copy() {
    let failure = Failure::new("d/a", "X", "Y");
    let source = SourceListing {
        entries: entries(&["a=2"]),
        untranslated: [("a".to_owned(), failure)].into(),
        ..Default::default()
    };
    let target = TargetListing { entries: entries(&["a=1"]), ..Default::default() };
    let plan = plan_directory(&both(), source, target, &ScratchNames::new("c", 1), &Unpaired::Planned);
    assert!(plan.items.is_empty());
    assert_eq!(plan.failures.len(), 1);
}

#[test]
fn what_stands_in_a_plan_because_an_entry_comes_stands_there_though_the_entry_is_refused() {
    for (entry, target) in
        [("x", &[][..]), ("x/", &[]), ("x", &["X"]), ("x/", &["X/"]), ("x/", &["x"]), ("x", &["x/"])]
    {
        let failure = Failure::new("d/x", "X", "Y");
        let untranslated = [("x".to_owned(), failure)].into();
        let source = SourceListing { entries: entries(&[entry]), untranslated, ..Default::default() };
        let listing = TargetListing { entries: entries(target), ..Default::default() };
        let refused =
            plan_directory(&both(), source, listing, &ScratchNames::new("c", 1), &Unpaired::Planned);
        let is_the_entry = |item: &Item| item.path == "d/x";
        let mut wanted = plan(&both(), &[entry], target).items;
        wanted.retain(|item| !is_the_entry(item));
        assert!(!wanted.is_empty());
        assert_eq!(refused.items, wanted, "{entry} {target:?}");
    }
}

#[test]
fn a_new_directory_is_one_item_whatever_it_holds() {
    let sides = Sides::Source { source: directory("n"), over: Over::Nothing };
    let plan = plan(&Directory::new("n".to_owned(), sides), &["a=3", "b=4", "c/"], &[]);
    assert!(matches!(&plan.items[..], [Item { work: Work::NewDirectory { files: 2, bytes: 7, .. }, .. }]));
    assert_eq!(plan.children.iter().map(show_child).collect::<Vec<_>>(), ["new n/c"]);
}

#[test]
fn a_directory_that_is_gone_is_one_item_with_the_digest_of_its_files() {
    let sides = Sides::Target {
        target: Seen::of(&directory("g")),
        reason: Reason::Deleted,
        listed_at: "g".to_owned(),
        top: true,
        successor: None,
        hold: Hold::Nothing,
    };
    let plan = plan(&Directory::new("g".to_owned(), sides), &[], &["a", "c/"]);
    let [Item { work: Work::DeleteDirectory { files: 1, digest: planned, .. }, .. }] = &plan.items[..] else {
        panic!("one item for the directory, not {:?}", plan.items);
    };
    assert_eq!(*planned, held(&entries(&["a"])));
    assert_eq!(plan.children.iter().map(show_child).collect::<Vec<_>>(), ["gone g/c (g/c)"]);
}

fn gone(hold: Hold, successor: Option<&str>) -> Directory {
    let sides = Sides::Target {
        target: Seen::of(&directory("g")),
        reason: Reason::Deleted,
        listed_at: "G".to_owned(),
        top: true,
        successor: successor.map(str::to_owned),
        hold,
    };
    Directory::new("g".to_owned(), sides)
}

fn plan_gone(directory: &Directory, excluded: &[&str], holds: &[(&str, Hold)]) -> DirectoryPlan {
    let target = TargetListing {
        entries: entries(&["b", "a", "k/", "c/", "u/"]),
        excluded: excluded.iter().map(|name| (*name).to_owned()).collect(),
        holds: Some(holds.iter().map(|(name, hold)| ((*name).to_owned(), *hold)).collect()),
        ..Default::default()
    };
    plan_directory(
        directory,
        SourceListing::default(),
        target,
        &ScratchNames::new("c", 1),
        &Unpaired::Planned,
    )
}

#[test]
fn a_directory_that_has_to_stay_loses_its_files_one_by_one() {
    let holds = [("k", Hold::Excluded), ("c", Hold::Nothing)];
    let plan = plan_gone(&gone(Hold::Excluded, None), &["x", "y"], &holds);
    assert_eq!(plan.items.iter().map(show).collect::<Vec<_>>(), ["delete g/a", "delete g/b"]);
    let holds: Vec<_> = plan
        .children
        .iter()
        .map(|child| match &child.sides {
            Sides::Target { hold, top, listed_at, .. } => {
                (child.path.as_str(), listed_at.as_str(), *hold, *top)
            }
            sides => panic!("{sides:?}"),
        })
        .collect();
    let expected = [
        ("g/c", "G/c", Hold::Nothing, true),
        ("g/k", "G/k", Hold::Excluded, true),
        ("g/u", "G/u", Hold::Unknown, true),
    ];
    assert_eq!(holds, expected);
    assert_eq!((plan.compared, plan.target_entries, plan.excluded), (5, 5, 2));
}

#[test]
fn nothing_of_a_directory_goes_that_has_to_stay_where_a_file_is_wanted() {
    for hold in [Hold::Excluded, Hold::Unknown] {
        let plan = plan_gone(&gone(hold, Some("G")), &["x"], &[]);
        assert!(plan.items.is_empty() && plan.children.is_empty());
        assert_eq!(
            (plan.failures[0].path.as_str(), plan.failures[0].reason.as_str()),
            ("G", "ExcludedInTheWay")
        );
    }
}

#[test]
fn a_directory_that_stays_touches_nothing() {
    let target = |hold| TargetListing {
        entries: entries(&["a", "K/"]),
        holds: Some([("K".to_owned(), hold)].into()),
        ..Default::default()
    };
    let planned = |source: &[&str], hold| {
        let source = SourceListing { entries: entries(source), ..Default::default() };
        plan_directory(&both(), source, target(hold), &ScratchNames::new("c", 1), &Unpaired::Planned)
    };
    let stays = planned(&["a"], Hold::Excluded);
    assert!(stays.items.is_empty() && stays.failures.is_empty());
    let goes = planned(&["a"], Hold::Nothing);
    assert_eq!(goes.items.iter().map(show).collect::<Vec<_>>(), ["touch d"]);
    let in_the_way = planned(&["a", "k"], Hold::Excluded);
    assert!(in_the_way.items.is_empty() && in_the_way.children.is_empty());
    assert_eq!(in_the_way.failures[0].path, "d/k");
}

#[test]
fn an_excluded_name_counts_once_whatever_its_case_and_sides() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let source = SourceListing { excluded: names(&["X", "y"]), ..Default::default() };
    let target = TargetListing { excluded: names(&["x", "z"]), ..Default::default() };
    let plan = plan_directory(&both(), source, target, &ScratchNames::new("c", 1), &Unpaired::Planned);
    assert_eq!((plan.excluded, plan.compared, plan.source_entries, plan.target_entries), (3, 0, 0, 0));
}

#[test]
fn what_the_target_will_show_is_known_where_something_is_written() {
    let expected = |texts: &[&str]| shown(&entries(texts));
    let changed = plan(&both(), &["a=2", "b"], &["a=1", "b", "gone"]);
    assert_eq!(changed.shown, expected(&["b", "a=2"]));
    assert_eq!(plan(&both(), &["a"], &["a"]).shown, None, "nothing is written");
    let above = plan(&both(), &["a", "c/"], &["a", "c/"]);
    assert_eq!(above.shown, expected(&["a", "c/"]));
}

#[test]
fn what_the_target_will_show_is_not_known_where_an_entry_keeps_what_it_has() {
    let source = SourceListing {
        entries: entries(&["a=2", "b"]),
        untranslated: [("a".to_owned(), Failure::new("d/a", "X", "Y"))].into(),
        ..Default::default()
    };
    let target = TargetListing { entries: entries(&["a"]), ..Default::default() };
    let plan = plan_directory(&both(), source, target, &ScratchNames::new("c", 1), &Unpaired::Planned);
    assert_eq!((plan.items.len(), plan.shown), (2, None));
}

/// Plans a directory in parts that end at these names, and puts them together.
fn in_parts(
    directory: &Directory,
    source: &[&str],
    target: &[&str],
    unpaired: &Unpaired,
    ends: &[&str],
) -> (Vec<String>, DirectoryPlan) {
    let (mut sums, mut items) = (Sums::default(), Vec::new());
    let mut last = DirectoryPlan::default();
    let mut after = None;
    for end in ends.iter().map(Some).chain([None]) {
        let within = |texts: &[&str]| {
            let is_within = |entry: &Entry| {
                after.is_none_or(|after: &&str| order(&entry.name, after).is_gt())
                    && end.is_none_or(|end| order(&entry.name, end).is_le())
            };
            entries(texts).into_iter().filter(is_within).collect()
        };
        let source = SourceListing { entries: within(source), ..Default::default() };
        let target = TargetListing { entries: within(target), ..Default::default() };
        let scratch = ScratchNames::new("c", 1);
        last = plan_part(
            directory,
            &source,
            &target,
            Rules { scratch: &scratch, unpaired, restoring: None },
            &mut sums,
            end.is_none(),
        );
        items.extend(last.items.iter().map(show));
        after = end;
    }
    items.sort();
    (items, last)
}

#[test]
fn a_directory_planned_in_parts_needs_what_it_needs_as_a_whole() {
    let (source, target) = (["a", "b=2", "c/", "e", "G"], ["b", "c/", "d", "e", "g", "h"]);
    let whole = plan(&both(), &source, &target);
    let mut wanted: Vec<String> = whole.items.iter().map(show).collect();
    wanted.sort();
    for ends in [&["b"][..], &["a", "c", "f"], &["0"], &["z"]] {
        let (items, last) = in_parts(&both(), &source, &target, &Unpaired::Planned, ends);
        assert_eq!((&items, last.shown), (&wanted, whole.shown), "{ends:?}");
    }
}

#[test]
fn what_is_put_aside_of_the_parts_is_put_aside_of_the_whole() {
    let (source, target) = (["a", "b=2", "c/", "e/", "k"], ["b", "c/", "d", "e", "h/"]);
    for ends in [&[][..], &["b"], &["a", "c", "f"], &["z"]] {
        let (items, last) = in_parts(&both(), &source, &target, &Unpaired::put_aside([]), ends);
        let aside = ["d", "d/a", "d/d", "d/e", "d/h", "d/k"].map(|path| format!("put aside {path}"));
        assert_eq!(items[1..], aside, "{ends:?}");
        assert_eq!(items[0], "overwrite d/b", "{ends:?}");
        assert!(last.shown.is_some());
    }
}

#[test]
fn what_only_one_side_has_is_one_item_of_the_last_part() {
    let sides = Sides::Source { source: directory("n"), over: Over::Nothing };
    let new = Directory::new("n".to_owned(), sides);
    let (items, last) = in_parts(&new, &["a=3", "b=4", "c/"], &[], &Unpaired::Planned, &["a"]);
    assert_eq!(items, ["make n"]);
    assert!(matches!(last.items[0].work, Work::NewDirectory { files: 2, bytes: 7, .. }));
    let (items, last) =
        in_parts(&gone(Hold::Nothing, None), &[], &["a", "b", "c/"], &Unpaired::Planned, &["a"]);
    assert_eq!(items, ["delete directory g"]);
    let digest = held(&entries(&["a", "b"]));
    assert!(matches!(last.items[0].work, Work::DeleteDirectory { files: 2, digest: d, .. } if d == digest));
}
