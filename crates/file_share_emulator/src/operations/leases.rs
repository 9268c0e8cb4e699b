//! Lease Share, of a share or of a share snapshot, and Lease File. The times and the ETag of what is leased stay as
//! they are.

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::model::clock::Ticks;
use crate::model::lease::{Duration, Lease, LeaseId};
use crate::operations::find::{self, snapshot_not_found};
use crate::request::Request;
use crate::service::Call;

pub(crate) const LEASE_ID: &str = "x-ms-lease-id";

enum Action {
    Acquire { proposed: Option<LeaseId>, duration: Duration },
    Renew(LeaseId),
    Change { id: LeaseId, proposed: LeaseId },
    Release(LeaseId),
    Break { period: Option<u64> },
}

pub(crate) fn lease_share(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let action = Action::read(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    let modified = share.properties.modified;
    let lease = match call.request.query.get("sharesnapshot") {
        None => &mut share.lease,
        Some(id) => match share.snapshots.get_mut(id) {
            Some(snapshot) => &mut snapshot.lease,
            None => return Err(snapshot_not_found(call.request)),
        },
    };
    Ok(act(call, action, lease, call.now())?.modified(modified))
}

/// Only the answer to a break names a time; so recordings show.
pub(crate) fn lease_file(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let action = Action::read_for_file(call.request)?;
    let answers_time = matches!(action, Action::Break { .. });
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    find::file_to_change(&share, &path)?;
    let file = find::file_mut(&mut share, &path)?;
    let modified = file.properties.modified;
    let answer = act(call, action, &mut file.lease, call.now())?.modified(modified);
    Ok(if answers_time { answer } else { answer.without("x-ms-lease-time") })
}

fn act(call: &Call<'_>, action: Action, lease: &mut Lease, now: Ticks) -> Result<Answer, ServiceError> {
    let named = |answer: Answer, id: &LeaseId| answer.header("x-ms-lease-id", id.as_str());
    match action {
        Action::Acquire { proposed, duration } => {
            let id = match proposed {
                Some(id) => id,
                None => LeaseId::parse(&call.state.next_guid()).expect("a GUID"),
            };
            lease.acquire(id.clone(), duration, now)?;
            Ok(named(Answer::created(), &id))
        }
        Action::Renew(id) => {
            lease.renew(&id, now)?;
            Ok(named(Answer::ok(), &id))
        }
        Action::Change { id, proposed } => {
            lease.change(&id, proposed.clone(), now)?;
            Ok(named(Answer::ok(), &proposed))
        }
        Action::Release(id) => {
            lease.release(&id)?;
            Ok(Answer::ok().header("x-ms-lease-time", "0"))
        }
        Action::Break { period } => {
            let seconds = lease.end_early(period, now)?;
            Ok(Answer::accepted().header("x-ms-lease-time", seconds.to_string()))
        }
    }
}

impl Action {
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let required = |name| id_in(request, name)?.ok_or_else(|| ServiceError::missing_header(name));
        let (id, proposed) = (LEASE_ID, "x-ms-proposed-lease-id");
        let action = request.required_header("x-ms-lease-action")?;
        Ok(match action.to_lowercase().as_str() {
            "acquire" => Self::Acquire { proposed: id_in(request, proposed)?, duration: duration(request)? },
            "renew" => Self::Renew(required(id)?),
            "change" => Self::Change { id: required(id)?, proposed: required(proposed)? },
            "release" => Self::Release(required(id)?),
            "break" => Self::Break { period: break_period(request)? },
            _ => return Err(ServiceError::header("x-ms-lease-action", action)),
        })
    }

    /// A file's lease is infinite, so there is nothing to renew, and breaking it takes no time.
    fn read_for_file(request: &Request) -> Result<Self, ServiceError> {
        let refused = |name| Err(ServiceError::header(name, request.header(name).unwrap_or_default()));
        match Self::read(request)? {
            Self::Acquire { duration: Duration::Seconds(_), .. } => refused("x-ms-lease-duration"),
            Self::Renew(_) => refused("x-ms-lease-action"),
            Self::Break { .. } => Ok(Self::Break { period: None }),
            action => Ok(action),
        }
    }
}

/// The lease that a request names as its own.
pub(crate) fn named(request: &Request) -> Result<Option<LeaseId>, ServiceError> {
    id_in(request, LEASE_ID)
}

pub(crate) fn id_in(request: &Request, name: &str) -> Result<Option<LeaseId>, ServiceError> {
    let parse = |text| LeaseId::parse(text).ok_or_else(|| ServiceError::header(name, text));
    request.header(name).map(parse).transpose()
}

fn duration(request: &Request) -> Result<Duration, ServiceError> {
    let name = "x-ms-lease-duration";
    let text = request.required_header(name)?;
    match text.parse() {
        Ok(-1) => Ok(Duration::Infinite),
        Ok(seconds @ 15..=60) => Ok(Duration::Seconds(seconds as u64)),
        _ => Err(ServiceError::header(name, text)),
    }
}

fn break_period(request: &Request) -> Result<Option<u64>, ServiceError> {
    let name = "x-ms-lease-break-period";
    match request.number(name)? {
        Some(seconds) if seconds > 60 => Err(ServiceError::header(name, &seconds.to_string())),
        period => Ok(period),
    }
}
