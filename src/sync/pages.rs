//! One side's listing of a directory, page by page, its entries in the order of the walk.
//!
//! The service lists in that order as far as is known. That is checked: where it does not, the directory is listed once
//! for each stretch of names that fits into memory, which is slow, right, and needs no disk.

use std::collections::VecDeque;

use azure_storage_file_share::{Entry, ListOptions, ShareDirectoryClient};

use super::failure::{Result, SyncError};
use super::foremost::Foremost;
use super::name::{fold, order};
use super::part::Mark;

/// How the service refuses a marker.
const MARKER_REFUSED: [&str; 2] = ["InvalidContinuationToken", "OutOfRangeQueryParameterValue"];

/// The rest of a listing.
#[derive(Debug, Default)]
pub struct Pages {
    /// Nothing where this side lacks the directory.
    directory: Option<ShareDirectoryClient>,
    /// Entries fetched and not taken.
    entries: VecDeque<Entry>,
    /// Where the pages came from of which entries are left, with how many of them there are.
    origins: VecDeque<(Mark, usize)>,
    /// What is fetched next; nothing at the end.
    next: Option<Mark>,
    /// Everything up to this name, and with it, was handed out before.
    after: Option<String>,
    /// The last name of the page before.
    last: Option<String>,
    /// Entries were handed out: their order cannot be put right any more.
    is_begun: bool,
    /// A marker was refused, and nothing new has come since.
    is_refused: bool,
    /// Entries held at once of a listing that comes in no order.
    at_once: usize,
    /// The only names that are wanted: each is asked for by itself.
    names: Option<Vec<String>>,
    /// A directory that is not there is as good as an empty one.
    is_optional: bool,
}

/// An entry came after others that belong behind it, and they are handed out already.
#[derive(Debug)]
pub struct OutOfOrder;

impl Pages {
    pub fn none() -> Self {
        Self::default()
    }

    /// What comes behind the name `after`, or everything.
    pub fn new(directory: ShareDirectoryClient, mark: Mark, after: Option<String>, at_once: usize) -> Self {
        let is_begun = after.is_some();
        Self { directory: Some(directory), next: Some(mark), after, is_begun, at_once, ..Self::none() }
    }

    /// The same, but only the entries of these names.
    pub fn only(self, names: Option<Vec<String>>) -> Self {
        Self { names, ..self }
    }

    /// The same, where the directory may be missing.
    pub fn optional(self, is_optional: bool) -> Self {
        Self { is_optional, ..self }
    }

    /// Whether more has to be fetched before so many pages are here, or all of them.
    pub fn lacks(&self, pages: usize) -> bool {
        self.next.is_some() && self.origins.len() < pages
    }

    /// The last name of so many pages; nothing where the listing ends with them.
    pub fn end(&self, pages: usize) -> Option<&str> {
        if self.next.is_none() && self.origins.len() <= pages {
            return None;
        }
        let count: usize = self.origins.iter().take(pages).map(|(_, count)| count).sum();
        Some(&self.entries.get(count.checked_sub(1)?)?.name)
    }

    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// Takes entries from the front.
    pub fn take(&mut self, count: usize) -> Vec<Entry> {
        let mut left = count;
        while left > 0
            && let Some((_, here)) = self.origins.front_mut()
        {
            let taken = left.min(*here);
            *here -= taken;
            left -= taken;
            if *here == 0 {
                self.origins.pop_front();
            }
        }
        self.is_begun |= count > 0;
        // what is left takes no more room than it needs: a listing may wait long for its turn
        let left = self.entries.split_off(count);
        std::mem::replace(&mut self.entries, left).into()
    }

    /// Where the entries begin that are not taken; nothing at the end.
    pub fn mark(&self) -> Option<Mark> {
        self.origins.front().map(|(mark, _)| mark.clone()).or_else(|| self.next.clone())
    }

    /// Fetches what comes next. A page may be empty and not the last.
    pub async fn fetch(&mut self) -> Result<Option<OutOfOrder>> {
        let Some(mark) = self.next.clone() else { return Ok(None) };
        if mark == Mark::Unordered {
            return self.search(Vec::new(), Some(Mark::Start)).await.map(|()| None);
        }
        let Some((page, next)) = self.page(&mark).await? else {
            // the service knows the marker no more: on from the beginning, past what is done
            if std::mem::replace(&mut self.is_refused, true) {
                return Err(unknown_marker());
            }
            self.next = Some(Mark::Start);
            self.after = self.last.take().or(self.after.take());
            return Ok(None);
        };
        // what comes whole in one page needs no order of the service's
        if mark == Mark::Start && next.is_none() {
            let mut all = Foremost::new(self.after.as_deref(), usize::MAX);
            all.add(page);
            self.hold(mark, all.sorted());
            return Ok(None);
        }
        if !self.goes_on(&page) {
            if self.is_begun {
                return Ok(Some(OutOfOrder));
            }
            let mut found: Vec<Entry> = self.entries.drain(..).collect();
            found.extend(page);
            self.origins.clear();
            return self.search(found, next).await.map(|()| None);
        }
        let before = self.entries.len();
        for entry in page {
            if self.last.as_ref() != Some(&entry.name) {
                self.last = Some(entry.name.clone());
                if self.is_left(&entry) {
                    self.entries.push_back(entry);
                }
            }
        }
        if self.entries.len() > before {
            self.is_refused = false;
            self.origins.push_back((mark, self.entries.len() - before));
        }
        self.next = next;
        Ok(None)
    }

    fn is_left(&self, entry: &Entry) -> bool {
        self.after.as_ref().is_none_or(|after| order(&entry.name, after).is_gt())
    }

    /// Whether a page is in order, and goes on where the one before ended.
    fn goes_on(&self, page: &[Entry]) -> bool {
        let starts_behind = match (&self.last, page.first()) {
            (Some(last), Some(first)) => order(last, &first.name).is_le(),
            _ => true,
        };
        starts_behind && page.is_sorted_by(|a, b| order(&a.name, &b.name).is_le())
    }

    /// Goes through the listing from `next` on for the entries that come first behind the last one, and keeps as many as
    /// may be held.
    async fn search(&mut self, found: Vec<Entry>, mut next: Option<Mark>) -> Result<()> {
        let after = self.after.clone();
        let mut foremost = Foremost::new(after.as_deref(), self.at_once);
        foremost.add(found);
        while let Some(mark) = next {
            let Some((page, after)) = self.page(&mark).await? else {
                return Err(unknown_marker());
            };
            foremost.add(page);
            next = after;
        }
        self.hold(Mark::Unordered, foremost.sorted());
        Ok(())
    }

    /// Holds entries that come next; if there are more, these have to be searched for.
    fn hold(&mut self, mark: Mark, (found, has_more): (Vec<Entry>, bool)) {
        self.next = has_more.then_some(Mark::Unordered);
        if has_more {
            self.after = found.last().map(|entry| entry.name.clone()).or(self.after.take());
        }
        if !found.is_empty() {
            self.origins.push_back((mark, found.len()));
        }
        self.entries.extend(found);
    }

    /// A page, and where the next one is; nothing if the service refuses the marker.
    async fn page(&self, mark: &Mark) -> Result<Option<(Vec<Entry>, Option<Mark>)>> {
        let Some(directory) = &self.directory else { return Ok(Some((Vec::new(), None))) };
        if let Some(names) = &self.names {
            return match named(directory, names).await {
                Err(error) if self.is_optional && error.is_absence() => Ok(Some((Vec::new(), None))),
                found => found.map(|found| Some((found, None))),
            };
        }
        let marker = if let Mark::Marker(marker) = mark { Some(marker.clone()) } else { None };
        let is_marked = marker.is_some();
        match directory.list_directories_and_files(&ListOptions { marker, ..Default::default() }).await {
            Ok(page) => Ok(Some((page.entries, page.next_marker.map(Mark::Marker)))),
            Err(error) if is_marked && MARKER_REFUSED.iter().any(|code| error.is_code(code)) => Ok(None),
            Err(error) => match SyncError::from(error) {
                error if self.is_optional && error.is_absence() => Ok(Some((Vec::new(), None))),
                error => Err(error),
            },
        }
    }
}

/// The entries of these names: one list for each of them, as a rule.
pub async fn named(directory: &ShareDirectoryClient, names: &[String]) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    for name in names {
        let mut options = ListOptions { prefix: Some(name.clone()), ..Default::default() };
        loop {
            let page = directory.list_directories_and_files(&options).await?;
            let before = found.len();
            found.extend(page.entries.into_iter().filter(|entry| fold(&entry.name) == fold(name)));
            // a name comes before all that begin with it
            if found.len() > before || page.next_marker.is_none() {
                break;
            }
            options.marker = page.next_marker;
        }
    }
    Ok(found)
}

fn unknown_marker() -> SyncError {
    SyncError::refused("ListingBroken", "The service does not know its own marker")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use azure_storage_file_share::{
        ClientOptions, CreateFile, Credential, ShareClient, ShareServiceClient, SharedKey,
    };
    use faults::{Fault, Seen};
    use file_share_emulator::{AccountConfig, Config, Emulator, ListingOrder};

    use super::*;

    const KEY: &str = "a2V5";

    /// A share with files of these names, listed three a page.
    async fn share(names: &[String], listing_order: ListingOrder) -> (Emulator, ShareClient) {
        let accounts = vec![AccountConfig::new("one", KEY)];
        let config = Config { accounts, page_size: 3, listing_order, ..Config::default() };
        let emulator = Emulator::start(config).await.expect("the emulator starts");
        let key = Credential::SharedKey(SharedKey::new("one", KEY).expect("a key"));
        let endpoint = &emulator.account("one").endpoint;
        let service = ShareServiceClient::new(endpoint, "one", key, ClientOptions::default());
        let share = service.expect("a client").share_client("files");
        share.create(&Default::default()).await.expect("created");
        for name in names {
            share.file_client(name).create(&CreateFile::default()).await.expect("created");
        }
        (emulator, share)
    }

    fn names(entries: Vec<Entry>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.name).collect()
    }

    /// Takes all, a few at a time. Each time a listing that begins where this one stands has to give the same rest.
    async fn taken(share: &ShareClient, at_once: usize) -> Option<Vec<String>> {
        let directory = || share.root_directory_client();
        let mut pages = Pages::new(directory(), Mark::Start, None, at_once);
        let mut whole: Vec<String> = Vec::new();
        while let Some(mark) = pages.mark() {
            let mut again = Pages::new(directory(), mark, whole.last().cloned(), at_once);
            if pages.fetch().await.expect("listed").is_some() {
                return None;
            }
            let count = pages.entries().len();
            assert!(count <= 3 * at_once.max(4), "{count} entries are held");
            let next = names(pages.take(count.min(2).max(count / 2)));
            while again.entries().len() < next.len() && again.next.is_some() {
                assert!(again.fetch().await.expect("listed").is_none());
            }
            assert_eq!(names(again.take(next.len())), next);
            whole.extend(next);
        }
        Some(whole)
    }

    fn mixed() -> Vec<String> {
        let mut names: Vec<String> = (0..17).map(|n| format!("file{n:02}")).collect();
        names.extend(["Z", "_a", "A b", "É", "é2", "10", "b", "B2"].map(str::to_owned));
        names
    }

    #[tokio::test]
    async fn a_listing_in_order_is_read_page_by_page_and_goes_on_from_anywhere() {
        let mut wanted = mixed();
        let (_emulator, share) = share(&wanted, ListingOrder::CaseFolded).await;
        wanted.sort_by(|a, b| order(a, b));
        assert_eq!(taken(&share, 1_000).await, Some(wanted));
    }

    #[tokio::test]
    async fn a_listing_in_no_order_comes_in_order_or_says_that_it_is_too_late() {
        let mut in_time = 0;
        for seed in 0..6 {
            let mut wanted = mixed();
            let (_emulator, share) = share(&wanted, ListingOrder::Shuffled(seed)).await;
            wanted.sort_by(|a, b| order(a, b));
            for at_once in [4, 1_000] {
                if let Some(found) = taken(&share, at_once).await {
                    assert_eq!(found, wanted, "seed {seed}");
                    in_time += 1;
                }
                let mut pages = Pages::new(share.root_directory_client(), Mark::Unordered, None, at_once);
                let mut found = Vec::new();
                while pages.mark().is_some() {
                    assert!(pages.fetch().await.expect("listed").is_none());
                    found.extend(names(pages.take(pages.entries().len())));
                }
                assert_eq!(found, wanted, "seed {seed}");
            }
        }
        assert!(in_time > 0, "no listing was out of order from its first page on");
    }

    #[tokio::test]
    async fn a_marker_that_the_service_knows_no_more_costs_the_pages_before_it() {
        let mut wanted = mixed();
        let (_emulator, share) = share(&wanted, ListingOrder::CaseFolded).await;
        wanted.sort_by(|a, b| order(a, b));
        let after = wanted[9].clone();
        let mark = Mark::Marker("no marker of this service".to_owned());
        let mut pages = Pages::new(share.root_directory_client(), mark, Some(after), 1_000);
        while pages.next.is_some() {
            assert!(pages.fetch().await.expect("listed").is_none());
        }
        assert_eq!(names(pages.take(pages.entries().len())), wanted[10..]);
    }

    #[tokio::test]
    async fn what_waits_for_its_turn_takes_no_more_room_than_it_needs() {
        let (_emulator, share) = share(&mixed(), ListingOrder::CaseFolded).await;
        let mut pages = Pages::new(share.root_directory_client(), Mark::Start, None, 1_000);
        for _ in 0..4 {
            assert!(pages.fetch().await.expect("listed").is_none());
        }
        assert_eq!(pages.take(11).len(), 11);
        assert_eq!((pages.entries.len(), pages.entries.capacity()), (1, 1));
    }

    #[tokio::test]
    async fn a_service_that_refuses_its_own_markers_is_not_asked_again_and_again() {
        let (emulator, share) = share(&mixed(), ListingOrder::CaseFolded).await;
        // the first page, twice where the code says that it is the marker
        for (code, pages_listed, reason) in [
            ("InvalidContinuationToken", 3, "ListingBroken"),
            ("OutOfRangeQueryParameterValue", 3, "ListingBroken"),
            ("InvalidQueryParameterValue", 1, "InvalidQueryParameterValue"),
        ] {
            let refuse = move |seen: &Seen<'_>| match seen.query.contains("marker=") {
                true => Fault::Refuse { status: 400, code, retry_after_seconds: None },
                false => Fault::None,
            };
            emulator.set_faults(Some(Arc::new(refuse)));
            let mut pages = Pages::new(share.root_directory_client(), Mark::Start, None, 1_000);
            let mut listed = 0;
            let error = loop {
                match pages.fetch().await {
                    Ok(_) => listed += 1,
                    Err(error) => break error,
                }
                assert!(listed < 10, "{code}: no end");
            };
            assert_eq!((listed, error.reason().as_str()), (pages_listed, reason));
        }
    }
}
