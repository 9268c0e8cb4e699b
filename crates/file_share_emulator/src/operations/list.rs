//! List Directories and Files: one page of one directory, in the order the emulator was started with.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::answer::{Answer, needs_encoding};
use crate::config::ListingOrder;
use crate::error::{self, ServiceError};
use crate::model::generated::Window;
use crate::model::name::{Name, fold};
use crate::model::node::{Child, Directory, Node};
use crate::operations::find;
use crate::request::Request;
use crate::service::Call;
use crate::xml::Xml;

/// What may stay as it is in a name that is answered percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The version from which every listing has the ids of the directory and its entries.
const WITH_IDS: &str = "2020-10-02";
const INCLUDES: &str = "2020-04-08";
const WITH_CHANGE_TIME: &str = "2020-06-12";
const ENCODES_NAMES: &str = "2021-12-02";

/// About what an entry with everything takes.
const BYTES_PER_ENTRY: usize = 640;

struct Page {
    directory_id: u64,
    entries: Vec<Child>,
    /// The name that the next page begins with.
    next: Option<Arc<str>>,
}

#[derive(Default)]
struct Include {
    timestamps: bool,
    etag: bool,
    attributes: bool,
    permission_key: bool,
    // What comes with the version, unasked.
    ids: bool,
    change_time: bool,
    encoding: bool,
}

pub(crate) fn list_directories_and_files(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let request = call.request;
    let include = Include::read(request)?;
    let page_size = request.page_size(call.state.config.page_size)?;
    let prefix = fold(request.query.get("prefix").unwrap_or_default());
    let start = request.query.get("marker").map(read_marker).transpose()?;
    let path = request.path()?;
    let order = call.state.config.listing_order;
    let first = start.as_deref().map_or_else(|| prefix.clone(), fold).max(prefix.clone());
    // Only names in order say which entries of a generated directory the page needs.
    let window = match order {
        ListingOrder::CaseFolded => Window::From(&first, page_size.saturating_add(1)),
        _ => Window::Everything,
    };
    let page = call.look_at(window, |root| {
        let (directory, _) = find::directory(root, &path)?;
        Ok(page(directory, order, &prefix, start.as_deref(), page_size))
    })?;
    Ok(Answer::ok().xml(render(call, &path, &page, &include)))
}

fn page(directory: &Directory, order: ListingOrder, prefix: &str, start: Option<&str>, size: usize) -> Page {
    let mut entries: Vec<Child> = match order {
        ListingOrder::CaseFolded => {
            let first = start.map_or_else(|| prefix.to_owned(), fold).max(prefix.to_owned());
            let children = directory.children.range::<str, _>((Bound::Included(&*first), Bound::Unbounded));
            let matching = children.take_while(|(folded, _)| folded.starts_with(prefix));
            matching.take(size + 1).map(|(_, child)| child.clone()).collect()
        }
        _ => {
            let children = directory.children.iter().filter(|(folded, _)| folded.starts_with(prefix));
            let mut children: Vec<&Child> = children.map(|(_, child)| child).collect();
            children.sort_by_key(|child| rank(order, &child.name));
            let from = start.map(|start| rank(order, start));
            let rest = children.into_iter().skip_while(|child| Some(rank(order, &child.name)) < from);
            rest.take(size + 1).cloned().collect()
        }
    };
    let next = (entries.len() > size).then(|| entries.pop()).flatten().map(|child| child.name);
    Page { directory_id: directory.properties.id, entries, next }
}

/// What an entry is sorted by in the orders that have no index.
fn rank(order: ListingOrder, name: &str) -> (u64, String) {
    match order {
        ListingOrder::Shuffled(seed) => {
            let mut hasher = DefaultHasher::new();
            (seed, name).hash(&mut hasher);
            (hasher.finish(), name.to_owned())
        }
        ListingOrder::Ordinal | ListingOrder::CaseFolded => (0, name.to_owned()),
    }
}

/// `1!8!ZmlsZTI-`, as recorded: the length and the base64 of the next name, with `-` for the padding.
pub(crate) fn write_marker(name: &str) -> String {
    let encoded = BASE64_STANDARD.encode(name).replace('=', "-");
    format!("1!{}!{encoded}", encoded.len())
}

pub(crate) fn read_marker(marker: &str) -> Result<String, ServiceError> {
    let encoded = marker.strip_prefix("1!").and_then(|rest| rest.split_once('!'));
    let encoded = encoded.filter(|(length, encoded)| *length == encoded.len().to_string());
    let name = encoded.and_then(|(_, encoded)| BASE64_STANDARD.decode(encoded.replace('-', "=")).ok());
    name.and_then(|name| String::from_utf8(name).ok()).ok_or(error::INVALID_CONTINUATION_TOKEN.into())
}

impl Include {
    /// In any case: SDKs write `Etag`, the reference writes `ETag`.
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let mut include = Self {
            ids: request.is_at_least(WITH_IDS),
            change_time: request.is_at_least(WITH_CHANGE_TIME),
            encoding: request.is_at_least(ENCODES_NAMES),
            ..Self::default()
        };
        if !request.is_at_least(INCLUDES) {
            return Ok(include);
        }
        for part in request.query.get("include").unwrap_or_default().split(',').map(str::trim) {
            match part.to_lowercase().as_str() {
                "" => {}
                "timestamps" => include.timestamps = true,
                "etag" => include.etag = true,
                "attributes" => include.attributes = true,
                "permissionkey" => include.permission_key = true,
                _ => return Err(ServiceError::query("include", part)),
            }
        }
        Ok(include)
    }
}

fn render(call: &Call<'_>, path: &[Name], page: &Page, include: &Include) -> Xml {
    let query = &call.request.query;
    let mut xml = Xml::with_capacity(1024 + page.entries.len() * BYTES_PER_ENTRY);
    xml.raw("<EnumerationResults ServiceEndpoint=\"").text(&call.service_endpoint());
    xml.raw("\" ShareName=\"").text(call.request.share.as_deref().unwrap_or_default());
    if let Some(id) = query.get("sharesnapshot") {
        xml.raw("\" ShareSnapshot=\"").text(id);
    }
    let path = path.iter().map(|name| &*name.text).collect::<Vec<_>>().join("/");
    match include.encoding && needs_encoding(&path) {
        true => xml.raw("\" Encoded=\"true\" DirectoryPath=\"").raw(&encode(&path)),
        false => xml.raw("\" DirectoryPath=\"").text(&path),
    };
    xml.raw("\">");
    if let Some(prefix) = query.get("prefix") {
        write_name(&mut xml, "Prefix", prefix, include.encoding);
    }
    for (name, parameter) in [("Marker", "marker"), ("MaxResults", "maxresults")] {
        if let Some(value) = query.get(parameter) {
            xml.element(name, value);
        }
    }
    if include.ids {
        xml.number("DirectoryId", page.directory_id);
    }
    if page.entries.is_empty() {
        xml.empty("Entries");
    } else {
        xml.open("Entries");
        for entry in &page.entries {
            write_entry(&mut xml, entry, include);
        }
        xml.close("Entries");
    }
    let next = page.next.as_deref().map(write_marker).unwrap_or_default();
    xml.element("NextMarker", &next).close("EnumerationResults");
    xml
}

fn write_entry(xml: &mut Xml, entry: &Child, include: &Include) {
    let properties = entry.node.properties();
    let (kind, size) = match &entry.node {
        Node::File(file) => ("File", Some(file.size)),
        Node::Directory(_) => ("Directory", None),
    };
    xml.open(kind);
    write_name(xml, "Name", &entry.name, include.encoding);
    if include.ids {
        xml.number("FileId", properties.id);
    }
    if size.is_none() && !include.timestamps && !include.etag {
        xml.empty("Properties");
    } else {
        xml.open("Properties");
        if let Some(size) = size {
            xml.number("Content-Length", size);
        }
        if include.timestamps {
            xml.written("CreationTime", |text| properties.creation.write_iso(text))
                .written("LastAccessTime", |text| properties.made.write_iso(text))
                .written("LastWriteTime", |text| properties.last_write.write_iso(text));
        }
        if include.timestamps && include.change_time {
            xml.written("ChangeTime", |text| properties.change.write_iso(text))
                .written("Last-Modified", |text| properties.modified.write_rfc1123(text));
        }
        if include.etag {
            xml.written("Etag", |text| text.push_str(&properties.modified.etag()));
        }
        xml.close("Properties");
    }
    if include.attributes && properties.posix.is_none() {
        xml.number("Attributes", properties.attributes);
    }
    if let Some(key) =
        properties.permission.as_ref().filter(|_| include.permission_key && properties.posix.is_none())
    {
        xml.written("PermissionKey", |text| text.push_str(key.as_str()));
    }
    xml.close(kind);
}

/// Names that XML cannot carry are percent-encoded and say so.
fn write_name(xml: &mut Xml, element: &str, name: &str, encodes: bool) {
    if encodes && needs_encoding(name) {
        xml.raw("<").raw(element).raw(" Encoded=\"true\">").raw(&encode(name)).close(element);
    } else {
        xml.element(element, name);
    }
}

fn encode(name: &str) -> String {
    let encoded = name.split('/').map(|part| utf8_percent_encode(part, ENCODED).to_string());
    encoded.collect::<Vec<_>>().join("/")
}
