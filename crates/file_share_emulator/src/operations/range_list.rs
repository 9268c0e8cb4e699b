//! List Ranges: the allocated pages of a file, or with `prevsharesnapshot` what became of them since an earlier share
//! snapshot.

use std::ops::Range;
use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::ByteRange;
use crate::model::clock::Ticks;
use crate::model::generated::Window;
use crate::model::node::{Directory, File, Node};
use crate::model::range_diff::{self, Change};
use crate::model::share::ShareState;
use crate::operations::list::{read_marker, write_marker};
use crate::operations::{find, gate};
use crate::service::Call;
use crate::xml::Xml;

const PREVIOUS: &str = "prevsharesnapshot";
const BROUGHT_DIFFS: &str = "2020-02-10";
const BROUGHT_RENAMES: &str = "2024-05-04";
const BROUGHT_PAGES: &str = "2026-10-06";

pub(crate) fn list(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let window = ByteRange::of(call.request)?;
    let mut window = window.map_or(0..u64::MAX, |window| window.start..window.end.unwrap_or(u64::MAX));
    let page = Page::read(call)?;
    window.start = window.start.max(page.start);
    let (file, changes) = changes(call)?;
    let mut inside = changes.iter().filter_map(|change| change.within(&window)).peekable();
    let listed: Vec<Change> = inside.by_ref().take(page.size).collect();
    let next = inside.peek().map(|change| change.range().start);
    Ok(Answer::ok()
        .modified(file.properties.modified)
        .header("x-ms-content-length", file.size.to_string())
        .xml(render(&listed, page.is_told.then_some(next))))
}

/// Which part of the list is asked for. Older versions know no parts.
struct Page {
    start: u64,
    size: usize,
    is_told: bool,
}

impl Page {
    fn read(call: &Call<'_>) -> Result<Self, ServiceError> {
        if !call.request.is_at_least(BROUGHT_PAGES) {
            return Ok(Self { start: 0, size: usize::MAX, is_told: false });
        }
        let start = call.request.query.get("marker").map(read_marker).transpose()?.unwrap_or("0".to_owned());
        let start = start.parse().map_err(|_| ServiceError::from(error::INVALID_CONTINUATION_TOKEN))?;
        Ok(Self { start, size: call.request.page_size(call.state.config.page_size)?, is_told: true })
    }
}

/// The file and its pages; without an earlier share snapshot, all that are allocated.
fn changes(call: &Call<'_>) -> Result<(Arc<File>, Vec<Change>), ServiceError> {
    let path = call.request.path()?;
    let share = call.read_share()?;
    let share = share.lock();
    let tree = find::tree(&share, &call.request.query, call.request, &path, Window::Nothing)?;
    let (file, _) = find::file(&tree, &path)?;
    gate::allow_reading(call, file)?;
    let changes = match call.request.query.get(PREVIOUS) {
        None => file.content.allocated(file.size).into_iter().map(Change::Written).collect(),
        Some(id) => {
            let earlier = share.view(previous_tree(call, &share, id)?, &path, Window::Nothing);
            let previous = previous_file(call, &earlier, &path, file)?;
            range_diff::between(&previous.content, &file.content, file.size)
        }
    };
    Ok((file.clone(), changes))
}

fn previous_tree<'a>(
    call: &Call<'_>,
    share: &'a ShareState,
    id: &str,
) -> Result<&'a Arc<Directory>, ServiceError> {
    let read_from = call.request.query.get("sharesnapshot");
    let is_earlier = Ticks::parse_iso(id).is_some() && read_from.is_none_or(|read_from| id < read_from);
    if !is_earlier || !call.request.is_at_least(BROUGHT_DIFFS) {
        return Err(ServiceError::query(PREVIOUS, id));
    }
    let snapshot = share.snapshots.get(id).ok_or(error::PREVIOUS_SNAPSHOT_NOT_FOUND)?;
    Ok(&snapshot.root)
}

/// What the file was in the previous share snapshot, if its ranges can be compared at all.
fn previous_file<'a>(
    call: &Call<'_>,
    tree: &'a Arc<Directory>,
    path: &find::Path,
    file: &File,
) -> Result<&'a Arc<File>, ServiceError> {
    let id = file.properties.id;
    let in_its_place = match find::child(tree, path) {
        Ok((Node::File(file), _)) => Some(file),
        _ => None,
    };
    let moved = || tree.file_by_id(id);
    let previous = match in_its_place {
        Some(previous) if previous.properties.id == id => previous,
        other => match (moved(), other) {
            (Some(previous), _) if follows_renames(call)? => previous,
            (Some(_), _) => return Err(error::PREVIOUS_SNAPSHOT_NOT_FOUND.into()),
            (None, Some(_)) => return Err(error::FILE_GENERATION_MISMATCH.into()),
            (None, None) => return Err(error::RESOURCE_NOT_FOUND.into()),
        },
    };
    match previous.begun == file.begun {
        true => Ok(previous),
        false => Err(error::FILE_GENERATION_MISMATCH.into()),
    }
}

fn follows_renames(call: &Call<'_>) -> Result<bool, ServiceError> {
    Ok(call.request.flag("x-ms-file-support-rename")? && call.request.is_at_least(BROUGHT_RENAMES))
}

/// `next` is given where the version knows pages, and holds the start of the next one.
fn render(changes: &[Change], next: Option<Option<u64>>) -> Xml {
    let mut xml = Xml::new();
    if changes.is_empty() && next.is_none() {
        xml.empty("Ranges");
        return xml;
    }
    xml.open("Ranges");
    for change in changes {
        let name = match change {
            Change::Written(_) => "Range",
            Change::Cleared(_) => "ClearRange",
        };
        let Range { start, end } = change.range();
        xml.open(name).number("Start", start).number("End", end - 1).close(name);
    }
    if let Some(next) = next {
        let marker = next.map(|start| write_marker(&start.to_string()));
        xml.element("NextMarker", &marker.unwrap_or_default());
    }
    xml.close("Ranges");
    xml
}
