//! Names that people really give, the odd ones first.

use rand::RngExt;

use super::pick;
use crate::tree::{Tree, join};

const ODD: [&str; 28] = [
    "with space",
    " leading",
    "  two leading",
    "50% off",
    "100%25",
    "%2F",
    "issue #42",
    "a+b",
    "it's",
    "R&D",
    "home~1",
    "a;b",
    "k=v",
    "me@example",
    "[draft]",
    "{braces}",
    "money$",
    "comma, comma",
    "trailing dot.",
    "dots...",
    ".hidden",
    "é composed",
    "e\u{301} combining",
    "straße ß",
    "İstanbul ı",
    "日本語",
    "\u{1f980} crab \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "Ω Ωμέγα",
];
const PLAIN: [&str; 6] = ["readme", "Report", "photo", "data", "notes", "old"];
const ENDINGS: [&str; 5] = ["", ".txt", ".JPG", ".", ".tar.gz"];
const DEEPEST: usize = 6;

/// A path whose directory is in the tree and whose name is free there.
pub(super) fn new_path(rng: &mut impl RngExt, tree: &Tree) -> String {
    let shallow = tree.directories().map(|(path, _)| path).filter(|path| path.matches('/').count() < DEEPEST);
    let directory = pick(rng, shallow).unwrap_or_default().to_owned();
    let name = new_name(rng, tree, &directory);
    join(&directory, &name)
}

pub(super) fn new_name(rng: &mut impl RngExt, tree: &Tree, directory: &str) -> String {
    loop {
        let name = name(rng);
        if tree.spelling_of(directory, &name).is_none() {
            return name;
        }
    }
}

fn name(rng: &mut impl RngExt) -> String {
    let ending = ENDINGS[rng.random_range(0..ENDINGS.len())];
    match rng.random_range(0..20) {
        0 => format!("{}{}", "long name ".repeat(20), rng.random_range(0..100)),
        1 => format!("{}{ending}", "\u{1f333}é".repeat(60)),
        2..10 => format!("{}{ending}", ODD[rng.random_range(0..ODD.len())]),
        _ => format!("{} {}{ending}", PLAIN[rng.random_range(0..PLAIN.len())], rng.random_range(0..50)),
    }
}

/// The same name in another case, if it has one that still folds to the same.
pub(super) fn in_other_case(name: &str) -> Option<String> {
    let swap = |c: char| match c {
        'a'..='z' => c.to_ascii_uppercase(),
        'A'..='Z' => c.to_ascii_lowercase(),
        'é' => 'É',
        'Ω' => 'ω',
        _ => c,
    };
    let swapped: String = name.chars().map(swap).collect();
    (swapped != name).then_some(swapped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{fold, refusal};

    #[test]
    fn every_odd_name_is_one_that_azure_takes() {
        for name in ODD.iter().chain(&PLAIN) {
            assert_eq!(refusal(name), None, "{name:?}");
            if let Some(other) = in_other_case(name) {
                assert_eq!(fold(name), fold(&other));
            }
        }
    }
}
