//! Create Permission and Get Permission.

use std::sync::Arc;

use axum::body::Body;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers;
use crate::model::permission::{Format, PermissionKey};
use crate::model::share::Share;
use crate::model::share_properties::Protocol;
use crate::service::Call;

/// The version that brought the binary format; answers to older ones do not name any.
const NAMES_FORMAT: &str = "2024-11-04";

#[derive(Deserialize, Serialize)]
struct PermissionBody {
    permission: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
}

pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let body: PermissionBody = serde_json::from_slice(&call.request.body)
        .map_err(|error| ServiceError::from(error::INVALID_INPUT).saying(error.to_string()))?;
    let format = body.format.as_deref().unwrap_or("sddl");
    let format = Format::parse(format)
        .ok_or_else(|| ServiceError::from(error::INVALID_INPUT).saying("The format is Sddl or Binary"))?;
    let share = smb_share(call)?;
    let key = share.lock().permissions.create(&body.permission, format)?;
    Ok(Answer::created().header("x-ms-file-permission-key", key.as_str()))
}

/// Recorded answers have no `Content-Type`.
pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let name = "x-ms-file-permission-key";
    let value = call.request.required_header(name)?;
    let key = PermissionKey::parse(value).ok_or_else(|| ServiceError::header(name, value))?;
    let format = headers::permission_format(call.request)?;
    let share = smb_share(call)?;
    let permission = share.lock().permissions.get(&key, format)?;
    let format = call.request.is_at_least(NAMES_FORMAT).then(|| format.name().to_owned());
    let body = PermissionBody { permission, format };
    let body = serde_json::to_vec(&body).expect("two strings are valid JSON");
    Ok(Answer::ok().body(Body::from(body)))
}

fn smb_share(call: &Call<'_>) -> Result<Arc<Share>, ServiceError> {
    let share = call.share()?;
    match share.lock().properties.protocol {
        Protocol::Smb => Ok(share.clone()),
        Protocol::Nfs => Err(ServiceError::not_implemented("permissions of NFS shares, which have none")),
    }
}
