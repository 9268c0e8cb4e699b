//! Copy File and Abort Copy File. Inside an account a copy is done when it is answered, unless the settings say
//! otherwise; from another account it is answered `pending` and done later, as recorded.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::answer::Answer;
use crate::config::PendingCopies;
use crate::error::{self, ServiceError};
use crate::headers::{self, Moment, SmbHeaders};
use crate::log::without_signature;
use crate::model::attributes::Attributes;
use crate::model::clock::Ticks;
use crate::model::copy::{Copy, CopyStatus, PendingCopy};
use crate::model::extents::Extents;
use crate::model::lease::{Lease, is_guid};
use crate::model::node::{File, Metadata, Node, Properties};
use crate::model::permission::{Format, PermissionKey};
use crate::model::share::ShareState;
use crate::operations::files::refuse_directory;
use crate::operations::source_file::SourceFile;
use crate::operations::{find, gate};
use crate::posix_headers;
use crate::request::Request;
use crate::service::Call;

/// The version that brought SMB properties to copies.
const BROUGHT_PROPERTIES: &str = "2019-07-07";
const MODE: &str = "x-ms-file-permission-copy-mode";

/// What the request says of the copy's properties.
struct Wanted {
    attributes: Property<Attributes>,
    creation: Property<Moment>,
    last_write: Property<Moment>,
    change: Property<Moment>,
    permission: Property<SmbHeaders>,
    metadata: Option<Metadata>,
    sets_archive: Option<bool>,
    ignores_read_only: bool,
}

/// As for a new file, as the source has it, or as the request says.
enum Property<T> {
    New,
    Source,
    Given(T),
}

pub(crate) fn copy(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let wanted = Wanted::read(call.request)?;
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let source = SourceFile::read(call)?;
    let mut share = share.lock();
    let replaced = replaced(call, &share, &path, &wanted)?;
    let permission = wanted.permission(&mut share, &path, &source)?;
    let now = call.now();
    let pending = match source.account.name == call.account.name {
        true => call.state.config.pending_copies_inside,
        false => Some(call.state.config.pending_copies),
    };
    let began = call.state.clock.reading();
    let due = match pending {
        Some(PendingCopies::DoneAfter(time)) => Some(began.plus(time)),
        Some(PendingCopies::Stay) | None => None,
    };
    let mut copy = new_copy(call, &source, pending.is_some(), now);
    copy.span = due.map(|due| (began, due));
    let answer = Answer::accepted()
        .modified(now)
        .header("x-ms-copy-id", &copy.id)
        .header("x-ms-copy-status", copy.status.name());
    let is_new = replaced.is_none();
    // A file that is replaced keeps its id; so a recording shows.
    let (id, lease) = replaced.unwrap_or_else(|| (share.next_file_id(), Lease::of_file()));
    if pending.is_some() {
        let (copy_id, content) = (copy.id.clone(), source.file.content.clone());
        share.pending_copies.push(PendingCopy { copy_id, file_id: id, due, content });
    }
    let file = File {
        properties: Properties {
            posix: posix_headers::copied(call.request, source.file.properties.posix.as_ref())?,
            ..wanted.properties(&source.file, id, permission, now)
        },
        size: source.file.size,
        content: if pending.is_some() { Extents::default() } else { source.file.content.clone() },
        headers: source.file.headers.clone(),
        lease,
        begun: now,
        copy: Some(Arc::new(copy)),
    };
    let (name, _) = path.split_last().ok_or(error::INVALID_URI)?;
    match is_new {
        true => {
            share.parent_mut(&path)?.insert(name, Node::File(Arc::new(file)));
            call.children_changed(&mut share, &path)?;
        }
        false => share.child_mut(&path)?.node = Node::File(Arc::new(file)),
    }
    call.state.log.add_fetched(&source.account.name, source.file.size);
    Ok(answer)
}

/// Leaves an empty file with its metadata.
pub(crate) fn abort(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let name = "x-ms-copy-action";
    let action = call.request.required_header(name)?;
    if !action.eq_ignore_ascii_case("abort") {
        return Err(ServiceError::header(name, action));
    }
    let id = call.request.query.get("copyid").unwrap_or_default();
    if !is_guid(id) {
        return Err(ServiceError::query("copyid", id));
    }
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (file, _) = find::file_to_change(&share, &path)?;
    gate::allow_abort(call, file)?;
    match file.pending_copy() {
        None => return Err(error::NO_PENDING_COPY_OPERATION.into()),
        Some(copy) if copy.id != id => return Err(error::COPY_ID_MISMATCH.into()),
        Some(_) => {}
    }
    share.pending_copies.retain(|copy| copy.copy_id != id);
    let now = call.now();
    let file = find::file_mut(&mut share, &path)?;
    file.size = 0;
    file.properties.modified = now;
    file.properties.change = now;
    file.end_copy(CopyStatus::Aborted, now);
    Ok(Answer::new(StatusCode::NO_CONTENT))
}

fn new_copy(call: &Call<'_>, source: &SourceFile, is_pending: bool, now: Ticks) -> Copy {
    Copy {
        id: call.state.next_guid(),
        source: without_signature(&source.url),
        status: if is_pending { CopyStatus::Pending } else { CopyStatus::Success },
        size: source.file.size,
        span: None,
        completed: (!is_pending).then_some(now),
    }
}

/// Id and lease of the file that the copy replaces.
fn replaced(
    call: &Call<'_>,
    share: &ShareState,
    path: &find::Path,
    wanted: &Wanted,
) -> Result<Option<(u64, Lease)>, ServiceError> {
    let (parent, name) = share.parent(path)?;
    match parent.child(name).map(|child| &child.node) {
        None => gate::allow_creation(call).map(|()| None),
        Some(Node::Directory(_)) => Err(error::RESOURCE_TYPE_MISMATCH.into()),
        Some(Node::File(file)) => {
            gate::allow_change(call, file)?;
            if !wanted.ignores_read_only {
                gate::refuse_read_only(file)?;
            }
            Ok(Some((file.properties.id, file.lease.clone())))
        }
    }
}

impl Wanted {
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let metadata = headers::metadata(request)?;
        if !request.is_at_least(BROUGHT_PROPERTIES) {
            return Ok(Self {
                attributes: Property::New,
                creation: Property::New,
                last_write: Property::New,
                change: Property::New,
                permission: Property::New,
                metadata,
                sets_archive: None,
                ignores_read_only: false,
            });
        }
        let moment = |name| Property::read(request, name, |request| headers::moment(request, name));
        Ok(Self {
            attributes: Property::read(request, "x-ms-file-attributes", |request| {
                refuse_directory(headers::attributes(request)?)
            })?,
            creation: moment("x-ms-file-creation-time")?,
            last_write: moment("x-ms-file-last-write-time")?,
            change: moment("x-ms-file-change-time")?,
            permission: permission(request)?,
            metadata,
            sets_archive: match request.header("x-ms-file-copy-set-archive") {
                None => None,
                Some(_) => Some(request.flag("x-ms-file-copy-set-archive")?),
            },
            ignores_read_only: request.flag("x-ms-file-copy-ignore-readonly")?,
        })
    }

    fn properties(&self, source: &File, id: u64, permission: PermissionKey, now: Ticks) -> Properties {
        let theirs = &source.properties;
        let time = |wanted: &Property<Moment>, source| match wanted {
            Property::New => now,
            Property::Source => source,
            Property::Given(moment) => Moment::or_now(Some(*moment), now),
        };
        // Unless that is refused, given attributes get `Archive` as those of a new file do; so a recording shows.
        let attributes = match (&self.attributes, self.sets_archive) {
            (Property::New, _) => Attributes::ARCHIVE,
            (Property::Source, Some(true)) => theirs.attributes | Attributes::ARCHIVE,
            (Property::Source, _) => theirs.attributes,
            (Property::Given(attributes), Some(false)) => *attributes,
            (Property::Given(attributes), _) => *attributes | Attributes::ARCHIVE,
        };
        Properties {
            id,
            attributes,
            creation: time(&self.creation, theirs.creation),
            last_write: time(&self.last_write, theirs.last_write),
            change: time(&self.change, theirs.change),
            made: now,
            modified: now,
            permission: Some(permission),
            posix: None,
            metadata: self.metadata.clone().unwrap_or_else(|| theirs.metadata.clone()),
        }
    }

    /// A descriptor travels between shares whole, since keys are of one share.
    fn permission(
        &self,
        share: &mut ShareState,
        path: &find::Path,
        source: &SourceFile,
    ) -> Result<PermissionKey, ServiceError> {
        let inherited = share.parent(path)?.0.properties.permission.clone();
        let key = match &self.permission {
            Property::New => None,
            Property::Source => {
                let descriptor = source.descriptor.as_deref();
                descriptor.map(|binary| share.permissions.create(binary, Format::Binary)).transpose()?
            }
            Property::Given(headers) => headers.permission_key(share)?,
        };
        key.map_or_else(|| share.inherited_permission(inherited), Ok)
    }
}

impl<T> Property<T> {
    fn read(
        request: &Request,
        name: &str,
        read: impl FnOnce(&Request) -> Result<Option<T>, ServiceError>,
    ) -> Result<Self, ServiceError> {
        match request.header(name) {
            Some(value) if value.eq_ignore_ascii_case("source") => Ok(Self::Source),
            _ => Ok(read(request)?.map_or(Self::New, Self::Given)),
        }
    }
}

/// `override` needs a permission, and a permission needs `override`.
fn permission(request: &Request) -> Result<Property<SmbHeaders>, ServiceError> {
    let given = SmbHeaders::permission_only(request)?;
    match (request.header(MODE), given.has_permission()) {
        (None, false) => Ok(Property::New),
        (Some(mode), false) if mode.eq_ignore_ascii_case("source") => Ok(Property::Source),
        (Some(mode), true) if mode.eq_ignore_ascii_case("override") => Ok(Property::Given(given)),
        (Some(mode), false) if mode.eq_ignore_ascii_case("override") => {
            Err(ServiceError::missing_header("x-ms-file-permission"))
        }
        (mode, _) => Err(ServiceError::header(MODE, mode.unwrap_or_default())),
    }
}
