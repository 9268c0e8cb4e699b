//! Whether a request may change or read a file: leases, copies that are not done, and the read-only attribute.

use crate::error::{self, ServiceError};
use crate::model::attributes::Attributes;
use crate::model::lease::Lease;
use crate::model::node::File;
use crate::operations::leases::{LEASE_ID, id_in};
use crate::service::Call;

/// Whether the caller may change a file: it holds the lease, or there is none, and nothing is being copied there.
pub(crate) fn allow_change(call: &Call<'_>, file: &File) -> Result<(), ServiceError> {
    allow_change_as(call, file, LEASE_ID)
}

/// The same where the lease id has a header of its own, as those of a rename have.
pub(crate) fn allow_change_as(call: &Call<'_>, file: &File, header: &str) -> Result<(), ServiceError> {
    hold_lease(call, file, header)?;
    match file.pending_copy() {
        Some(_) => Err(error::PENDING_COPY_OPERATION.into()),
        None => Ok(()),
    }
}

/// The same for a copy that is to be aborted.
pub(crate) fn allow_abort(call: &Call<'_>, file: &File) -> Result<(), ServiceError> {
    hold_lease(call, file, LEASE_ID)
}

fn hold_lease(call: &Call<'_>, file: &File, header: &str) -> Result<(), ServiceError> {
    file.lease.allows_changing(id_in(call.request, header)?.as_ref(), call.now())
}

/// What is not there is not leased.
pub(crate) fn allow_creation(call: &Call<'_>) -> Result<(), ServiceError> {
    Lease::of_file().allows_changing(id_in(call.request, LEASE_ID)?.as_ref(), call.now())
}

/// Reading needs no lease; but who names one must name the right one.
pub(crate) fn allow_reading(call: &Call<'_>, file: &File) -> Result<(), ServiceError> {
    lease_seen(call, file).allows_reading(id_in(call.request, LEASE_ID)?.as_ref(), call.now())
}

/// The lease of a file as the request sees it: in a share snapshot nothing is leased.
pub(crate) fn lease_seen(call: &Call<'_>, file: &File) -> Lease {
    match call.request.query.get("sharesnapshot") {
        None => file.lease.clone(),
        Some(_) => Lease::of_file(),
    }
}

pub(crate) fn refuse_read_only(file: &File) -> Result<(), ServiceError> {
    match file.properties.attributes.contains(Attributes::READ_ONLY) {
        true => Err(error::READ_ONLY_ATTRIBUTE.into()),
        false => Ok(()),
    }
}
