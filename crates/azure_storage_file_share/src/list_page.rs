//! A page of List Directories and Files.

mod plain;

use crate::xml::{self, Malformed, Step, missing};
use crate::{ETag, FileAttributes, FileId, FileTime, PermissionKey};
use serde::{Deserialize, Serialize};

/// There are more pages while there is a marker, even after an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    pub directory_id: Option<FileId>,
    pub entries: Vec<Entry>,
    pub next_marker: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub kind: EntryKind,
    pub file_id: FileId,
    pub etag: ETag,
    pub attributes: FileAttributes,
    pub creation_time: FileTime,
    pub last_write_time: FileTime,
    pub change_time: FileTime,
    pub permission_key: PermissionKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    File { size: u64 },
    Directory,
}

impl Entry {
    pub fn is_directory(&self) -> bool {
        self.kind == EntryKind::Directory
    }
}

const ROOT: &str = "EnumerationResults";

pub(crate) fn parse(document: &[u8]) -> Result<ListPage, Malformed> {
    plain::read(document).map_or_else(|| parse_xml(document), Ok)
}

/// Reads a page by the rules of XML, however it is written.
fn parse_xml(document: &[u8]) -> Result<ListPage, Malformed> {
    let mut page = ListPage { directory_id: None, entries: Vec::new(), next_marker: None };
    let mut next_marker = None;
    let mut draft = Draft::default();
    xml::walk(document, |step| {
        let (path, text) = match step {
            Step::Open(path) => (path, None),
            Step::Close(path, text) => (path, Some(text)),
        };
        let Some(path) = below(path, ROOT) else { return Ok(()) };
        match (path, text) {
            ("Entries/File" | "Entries/Directory", None) => draft = Draft::default(),
            ("Entries/File", Some(_)) => page.entries.push(std::mem::take(&mut draft).file()?),
            ("Entries/Directory", Some(_)) => page.entries.push(std::mem::take(&mut draft).directory()?),
            ("NextMarker", Some(text)) => next_marker = Some(text.to_owned()),
            ("DirectoryId", Some(text)) => page.directory_id = Some(xml::parse(path, text)?),
            (path, Some(text)) => {
                let entry = below(path, "Entries");
                if let Some(property) =
                    entry.and_then(|path| below(path, "File").or_else(|| below(path, "Directory")))
                {
                    draft.take(property, text)?;
                }
            }
            (_, None) => {}
        }
        Ok(())
    })?;
    // Without it nobody can tell the last page from any other.
    page.next_marker =
        Some(next_marker.ok_or_else(|| missing("NextMarker"))?).filter(|marker| !marker.is_empty());
    Ok(page)
}

fn below<'a>(path: &'a str, parent: &str) -> Option<&'a str> {
    path.strip_prefix(parent)?.strip_prefix('/')
}

/// An entry as far as it has been read.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    size: Option<u64>,
    file_id: Option<FileId>,
    etag: Option<ETag>,
    attributes: Option<FileAttributes>,
    creation_time: Option<FileTime>,
    last_write_time: Option<FileTime>,
    change_time: Option<FileTime>,
    permission_key: PermissionKey,
}

impl Draft {
    fn take(&mut self, property: &str, text: &str) -> Result<(), Malformed> {
        match property {
            "Name" => self.name = Some(text.to_owned()),
            "FileId" => self.file_id = Some(xml::parse(property, text)?),
            "Attributes" => self.attributes = Some(xml::parse(property, text)?),
            "PermissionKey" => self.permission_key = text.into(),
            "Properties/Content-Length" => self.size = Some(xml::parse(property, text)?),
            "Properties/CreationTime" => self.creation_time = Some(xml::parse(property, text)?),
            "Properties/LastWriteTime" => self.last_write_time = Some(xml::parse(property, text)?),
            "Properties/ChangeTime" => self.change_time = Some(xml::parse(property, text)?),
            "Properties/Etag" => self.etag = Some(text.into()),
            _ => {}
        }
        Ok(())
    }

    fn file(self) -> Result<Entry, Malformed> {
        let size = self.size.ok_or_else(|| missing("Content-Length"))?;
        self.entry(EntryKind::File { size })
    }

    fn directory(self) -> Result<Entry, Malformed> {
        self.entry(EntryKind::Directory)
    }

    fn entry(self, kind: EntryKind) -> Result<Entry, Malformed> {
        Ok(Entry {
            name: self.name.filter(|name| !name.is_empty()).ok_or_else(|| missing("Name"))?,
            kind,
            file_id: self.file_id.ok_or_else(|| missing("FileId"))?,
            etag: self.etag.ok_or_else(|| missing("Etag"))?,
            attributes: self.attributes.ok_or_else(|| missing("Attributes"))?,
            creation_time: self.creation_time.ok_or_else(|| missing("CreationTime"))?,
            last_write_time: self.last_write_time.ok_or_else(|| missing("LastWriteTime"))?,
            change_time: self.change_time.ok_or_else(|| missing("ChangeTime"))?,
            permission_key: self.permission_key,
        })
    }
}

#[cfg(test)]
mod tests;
