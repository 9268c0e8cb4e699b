//! Get and Set Metadata of files and directories. Setting replaces all of it.

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::headers;
use crate::model::node::Properties;
use crate::operations::{find, gate};
use crate::service::Call;

pub(crate) fn get_of_directory(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    call.look(|root| find::directory(root, &path).map(|(directory, _)| answer(&directory.properties)))
}

pub(crate) fn get_of_file(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    call.look(|root| {
        let (file, _) = find::file(root, &path)?;
        gate::allow_reading(call, file)?;
        Ok(answer(&file.properties))
    })
}

pub(crate) fn set_of_directory(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    find::directory_to_change(&share, &path)?;
    set(call, find::directory_mut(&mut share, &path)?)
}

pub(crate) fn set_of_file(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (file, _) = find::file_to_change(&share, &path)?;
    gate::allow_change(call, file)?;
    gate::refuse_read_only(file)?;
    set(call, &mut find::file_mut(&mut share, &path)?.properties)
}

fn answer(properties: &Properties) -> Answer {
    Answer::ok().modified(properties.modified).metadata(&properties.metadata)
}

fn set(call: &Call<'_>, properties: &mut Properties) -> Result<Answer, ServiceError> {
    properties.metadata = headers::metadata(call.request)?.unwrap_or_default();
    properties.modified = call.now();
    properties.change = properties.modified;
    Ok(Answer::ok().request_encrypted().modified(properties.modified))
}
