//! List Handles and Force Close Handles. Nobody speaks SMB with the emulator, so no handle is ever open; but what
//! is asked for must be there and asked for rightly.

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::operations::find;
use crate::service::Call;
use crate::xml::Xml;

/// Since when a Force Close says how many handles could not be closed.
const COUNTS_FAILURES: &str = "2019-07-07";

pub(crate) fn list(call: &Call<'_>) -> Result<Answer, ServiceError> {
    call.request.flag("x-ms-recursive")?;
    call.request.page_size(call.state.config.page_size)?;
    find_any(call)?;
    let mut xml = Xml::new();
    xml.open("EnumerationResults");
    for (name, parameter) in [("Marker", "marker"), ("MaxResults", "maxresults")] {
        if let Some(value) = call.request.query.get(parameter) {
            xml.element(name, value);
        }
    }
    xml.empty("Entries").empty("NextMarker").close("EnumerationResults");
    Ok(Answer::ok().xml(xml))
}

pub(crate) fn force_close(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let name = "x-ms-handle-id";
    let handle = call.request.required_header(name)?;
    if handle != "*" && handle.parse::<u64>().is_err() {
        return Err(ServiceError::header(name, handle));
    }
    call.request.flag("x-ms-recursive")?;
    find_any(call)?;
    let answer = Answer::ok().header("x-ms-number-of-handles-closed", "0");
    match call.request.is_at_least(COUNTS_FAILURES) {
        true => Ok(answer.header("x-ms-number-of-handles-failed", "0")),
        false => Ok(answer),
    }
}

/// A file, a directory or the root: the URL does not say which.
fn find_any(call: &Call<'_>) -> Result<(), ServiceError> {
    let path = call.request.path()?;
    call.look(|root| match path.is_empty() {
        true => Ok(()),
        false => find::child(root, &path).map(|_| ()),
    })
}
