//! The entries of a listing that come first behind some name, whatever order it has; no more of them than may be held.

use azure_storage_file_share::Entry;

use super::name::order;

/// The first ones of those that were shown.
#[derive(Debug)]
pub struct Foremost<'a> {
    after: Option<&'a str>,
    most: usize,
    entries: Vec<Entry>,
    /// Others come behind them.
    has_more: bool,
}

impl<'a> Foremost<'a> {
    /// Of the entries behind `after`, or of all.
    pub fn new(after: Option<&'a str>, most: usize) -> Self {
        Self { after, most, entries: Vec::new(), has_more: false }
    }

    pub fn add(&mut self, page: Vec<Entry>) {
        let is_behind = |entry: &Entry| self.after.is_none_or(|after| order(&entry.name, after).is_gt());
        self.entries.extend(page.into_iter().filter(is_behind));
        // sorting costs less when it is done seldom
        if self.entries.len() > self.most.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.entries.sort_by(|a, b| order(&a.name, &b.name));
        // a listing that changes between two pages may show an entry twice
        self.entries.dedup_by(|a, b| a.name == b.name);
        self.has_more |= self.entries.len() > self.most;
        self.entries.truncate(self.most);
    }

    /// In order, and whether there are more.
    pub fn sorted(mut self) -> (Vec<Entry>, bool) {
        self.cut();
        (self.entries, self.has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::testing::file;

    fn check(after: Option<&str>, most: usize, pages: &[&[&str]], expected: (&[&str], bool)) {
        let mut foremost = Foremost::new(after, most);
        for page in pages {
            foremost.add(page.iter().map(|name| file(name, 1)).collect());
        }
        let (entries, has_more) = foremost.sorted();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((names.as_slice(), has_more), expected);
    }

    #[test]
    fn what_comes_first_is_kept_and_what_is_left_out_is_known() {
        let pages: &[&[&str]] = &[&["d", "B", "f"], &["e", "a"], &["c", "a"]];
        check(None, 9, pages, (&["a", "B", "c", "d", "e", "f"], false));
        check(None, 2, pages, (&["a", "B"], true));
        check(Some("b"), 4, pages, (&["c", "d", "e", "f"], false));
        check(Some("f"), 4, pages, (&[], false));
    }
}
