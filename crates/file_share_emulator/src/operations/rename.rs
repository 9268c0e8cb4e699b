//! Rename File and Rename Directory, inside one share. The file id survives, and with it everything below a
//! directory.

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::{self, SmbHeaders};
use crate::model::name::{Name, parse_path};
use crate::model::node::{Child, Node};
use crate::model::share::ShareState;
use crate::operations::directories::{apply, directory_attributes};
use crate::operations::files::file_attributes;
use crate::operations::{find, gate};
use crate::request::{Query, below_account, split_share};
use crate::service::Call;

const SOURCE: &str = "x-ms-file-rename-source";

pub(crate) fn rename_file(call: &Call<'_>) -> Result<Answer, ServiceError> {
    rename(call, |node| matches!(node, Node::File(_)))
}

pub(crate) fn rename_directory(call: &Call<'_>) -> Result<Answer, ServiceError> {
    rename(call, |node| matches!(node, Node::Directory(_)))
}

fn rename(call: &Call<'_>, is_expected: fn(&Node) -> bool) -> Result<Answer, ServiceError> {
    let smb = SmbHeaders::read(call.request)?;
    let metadata = headers::metadata(call.request)?;
    let source = source_path(call)?;
    let target = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (node, _) = find::child(&share.root, &source)?;
    if !is_expected(node) {
        return Err(error::RESOURCE_TYPE_MISMATCH.into());
    }
    let attributes = match node {
        Node::File(file) => {
            gate::allow_change_as(call, file, "x-ms-source-lease-id")?;
            file_attributes(&smb)?
        }
        Node::Directory(_) => directory_attributes(&smb)?,
    };
    check_target(call, &share, &source, &target)?;
    let parent_id = share.parent(&target)?.0.properties.id;
    let permission = smb.permission_key(&mut share)?;

    let mut moved = take(&mut share, &source)?;
    call.children_changed(&mut share, &source)?;
    let properties = moved.node.properties_mut();
    apply(properties, &smb, call.now());
    properties.attributes = attributes.unwrap_or(properties.attributes);
    properties.permission = permission.or(properties.permission.take());
    properties.metadata = metadata.unwrap_or(std::mem::take(&mut properties.metadata));
    if let (Node::File(file), Some(content_type)) =
        (&mut moved.node, call.request.header("x-ms-content-type"))
    {
        let file = std::sync::Arc::make_mut(file);
        std::sync::Arc::make_mut(&mut file.headers).content_type = Some(content_type.to_owned());
    }
    let answer = Answer::ok().request_encrypted().properties(moved.node.properties(), parent_id);
    let (name, _) = target.split_last().ok_or(error::INVALID_URI)?;
    share.parent_mut(&target)?.insert(name, moved.node);
    call.children_changed(&mut share, &target)?;
    Ok(answer)
}

/// A file may be replaced by a file where that is asked for; anything else in the way is a conflict. A name may
/// change its case, and no directory may move into itself.
fn check_target(
    call: &Call<'_>,
    share: &ShareState,
    source: &[Name],
    target: &[Name],
) -> Result<(), ServiceError> {
    let replaces = call.request.flag("x-ms-file-rename-replace-if-exists")?;
    let ignores_read_only = call.request.flag("x-ms-file-rename-ignore-readonly")?;
    let folded = |path: &[Name]| path.iter().map(|name| name.folded.clone()).collect::<Vec<_>>();
    let (source, folded_target) = (folded(source), folded(target));
    if folded_target.starts_with(&source) {
        return match folded_target.len() == source.len() {
            true => Ok(()),
            false => Err(ServiceError::header(SOURCE, call.request.header(SOURCE).unwrap_or_default())),
        };
    }
    let (parent, name) = share.parent(target)?;
    match parent.child(name).map(|child| &child.node) {
        None => Ok(()),
        Some(_) if !replaces => Err(error::RESOURCE_ALREADY_EXISTS.into()),
        Some(Node::Directory(_)) => Err(error::RESOURCE_TYPE_MISMATCH.into()),
        Some(Node::File(file)) => {
            gate::allow_change_as(call, file, "x-ms-destination-lease-id")?;
            if ignores_read_only { Ok(()) } else { gate::refuse_read_only(file) }
        }
    }
}

fn take(share: &mut ShareState, path: &[Name]) -> Result<Child, ServiceError> {
    let (name, _) = path.split_last().ok_or(error::INVALID_URI)?;
    share.parent_mut(path)?.children.remove(&*name.folded).ok_or(error::RESOURCE_NOT_FOUND.into())
}

/// The path in the source URL, which must lie in the share of the request.
fn source_path(call: &Call<'_>) -> Result<Vec<Name>, ServiceError> {
    let value = call.request.required_header(SOURCE)?;
    let wrong = || ServiceError::header(SOURCE, value);
    let (_, rest) = value.split_once("://").ok_or_else(wrong)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    if let Some(id) = Query::parse(query)?.get("sharesnapshot") {
        return Err(ServiceError::query("sharesnapshot", id));
    }
    let (host, path) = rest.split_once('/').ok_or_else(wrong)?;
    let (share, item) = split_share(below_account(path, &call.account.name, Some(host)))?;
    if share != call.request.share || item.is_empty() {
        return Err(wrong());
    }
    parse_path(&item, call.request.keeps_trailing_dots("x-ms-source-allow-trailing-dot")?)
}
