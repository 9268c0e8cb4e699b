//! Reads a page that looks just as the service writes it: elements in their usual order, no surprises in between. Each
//! byte is looked at once, and a share of millions of entries is read at a fraction of the usual cost.
//!
//! Whatever it does not expect makes it give up, and the page is read anew by the rules of XML. So it never decides that
//! a page is malformed, and what it does read is what those rules say.

use memchr::memchr;

use super::{Entry, EntryKind, ListPage};
use crate::{FileAttributes, FileId, FileTime, PermissionKey};

/// Attributes of the root element, in their order; a share snapshot is named only where one is listed.
const ROOT: [&str; 4] = ["ServiceEndpoint", "ShareName", "ShareSnapshot", "DirectoryPath"];
/// What the request was, where the answer repeats it.
const REQUEST: [&str; 3] = ["Prefix", "Marker", "MaxResults"];
/// Permission keys remembered within a page.
const KEYS: usize = 16;

/// `None` where the page is not plain, whether it is well-formed or not.
pub(super) fn read(document: &[u8]) -> Option<ListPage> {
    let text = std::str::from_utf8(document).ok()?;
    let mut page = Plain { rest: text.strip_prefix('\u{feff}').unwrap_or(text), ..Plain::default() };
    page.declaration()?;
    page.root()?;
    for name in REQUEST {
        page.optional(name)?.map_or(Some(String::new()), unescape)?;
    }
    let directory_id = match page.optional("DirectoryId")? {
        Some(id) => Some(FileId(number(id)?)),
        None => None,
    };
    let entries = page.entries()?;
    let next_marker = page.optional("NextMarker")?.map(unescape)??;
    page.expect("</EnumerationResults>")?;
    let next_marker = Some(next_marker).filter(|marker| !marker.is_empty());
    page.rest.is_empty().then_some(ListPage { directory_id, entries, next_marker })
}

/// The rest of a page, and what was read of it and is likely to come again. The steps are inlined so that the names, all
/// of them literals, are compared word by word.
#[derive(Default)]
struct Plain<'a> {
    rest: &'a str,
    attributes: (&'a str, FileAttributes),
    keys: Vec<PermissionKey>,
}

impl<'a> Plain<'a> {
    #[inline(always)]
    fn expect(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn declaration(&mut self) -> Option<()> {
        self.expect("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
    }

    fn root(&mut self) -> Option<()> {
        self.expect("<EnumerationResults")?;
        for name in ROOT {
            let Some(rest) = self.rest.strip_prefix(' ').and_then(|rest| rest.strip_prefix(name)) else {
                continue;
            };
            let (value, rest) = rest.strip_prefix("=\"")?.split_once('"')?;
            (!value.contains('<')).then_some(())?;
            self.rest = rest;
        }
        self.expect(">")
    }

    /// The text of a leaf, if it comes next.
    #[inline(always)]
    fn optional(&mut self, name: &str) -> Option<Option<&'a str>> {
        let Some(rest) = self.rest.strip_prefix('<').and_then(|rest| rest.strip_prefix(name)) else {
            return Some(None);
        };
        if let Some(rest) = rest.strip_prefix(" />").or_else(|| rest.strip_prefix("/>")) {
            self.rest = rest;
            return Some(Some(""));
        }
        let Some(rest) = rest.strip_prefix('>') else { return Some(None) };
        self.rest = rest;
        self.text(name).map(Some)
    }

    /// The text of a leaf that must come next.
    #[inline(always)]
    fn leaf(&mut self, name: &str) -> Option<&'a str> {
        self.rest = self.rest.strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
        self.text(name)
    }

    /// The same, where there is nothing to unescape.
    #[inline(always)]
    fn simple(&mut self, name: &str) -> Option<&'a str> {
        self.leaf(name).filter(|text| !is_escaped(text))
    }

    /// Up to the end of the element `name`.
    #[inline(always)]
    fn text(&mut self, name: &str) -> Option<&'a str> {
        let (text, rest) = self.rest.split_at(memchr(b'<', self.rest.as_bytes())?);
        self.rest = rest.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        Some(text)
    }

    fn entries(&mut self) -> Option<Vec<Entry>> {
        if self.rest.starts_with("<Entries />") || self.rest.starts_with("<Entries/>") {
            self.optional("Entries")?;
            return Some(Vec::new());
        }
        self.expect("<Entries>")?;
        let mut entries = Vec::new();
        loop {
            if self.expect("<File>").is_some() {
                entries.push(self.entry(true)?);
                self.expect("</File>")?;
            } else if self.expect("<Directory>").is_some() {
                entries.push(self.entry(false)?);
                self.expect("</Directory>")?;
            } else {
                self.expect("</Entries>")?;
                return Some(entries);
            }
        }
    }

    fn entry(&mut self, is_file: bool) -> Option<Entry> {
        let name = unescape(self.leaf("Name")?).filter(|name| !name.is_empty())?;
        let file_id = FileId(number(self.leaf("FileId")?)?);
        self.expect("<Properties>")?;
        let kind = match is_file {
            true => EntryKind::File { size: number(self.leaf("Content-Length")?)? },
            false => EntryKind::Directory,
        };
        let creation_time = self.time("CreationTime")?;
        self.simple("LastAccessTime")?;
        let last_write_time = self.time("LastWriteTime")?;
        let change_time = self.time("ChangeTime")?;
        self.simple("Last-Modified")?;
        let etag = self.simple("Etag")?.into();
        self.expect("</Properties>")?;
        let attributes = self.attributes()?;
        let permission_key = self.permission_key()?;
        Some(Entry {
            name,
            kind,
            file_id,
            etag,
            attributes,
            creation_time,
            last_write_time,
            change_time,
            permission_key,
        })
    }

    #[inline(always)]
    fn time(&mut self, name: &str) -> Option<FileTime> {
        self.leaf(name)?.parse().ok()
    }

    fn attributes(&mut self) -> Option<FileAttributes> {
        let text = self.leaf("Attributes")?;
        if self.attributes.0 != text || text.is_empty() {
            self.attributes = (text, text.parse().ok()?);
        }
        Some(self.attributes.1)
    }

    /// One key is one allocation, however many entries have it.
    fn permission_key(&mut self) -> Option<PermissionKey> {
        let Some(text) = self.optional("PermissionKey")? else { return Some(PermissionKey::default()) };
        if is_escaped(text) {
            return None;
        }
        if let Some(known) = self.keys.iter().find(|key| key.as_str() == text) {
            return Some(known.clone());
        }
        let key = PermissionKey::from(text);
        if self.keys.len() < KEYS {
            self.keys.push(key.clone());
        }
        Some(key)
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn is_escaped(text: &str) -> bool {
    memchr(b'&', text.as_bytes()).is_some()
}

fn unescape(text: &str) -> Option<String> {
    if !is_escaped(text) {
        return Some(text.to_owned());
    }
    let (before, mut rest) = text.split_once('&')?;
    let mut whole = before.to_owned();
    loop {
        let (entity, after) = rest.split_once(';')?;
        whole.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        });
        let Some((before, next)) = after.split_once('&') else {
            whole.push_str(after);
            return Some(whole);
        };
        whole.push_str(before);
        rest = next;
    }
}
