//! What a plan makes of a request, done to the request and to its connection.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::http::{HeaderValue, Method, Response, Uri, header};
use bytes::Bytes;
use faults::{Fault, Plan, Seen};
use futures::{StreamExt, stream};
use tokio::time::sleep;

use crate::arrival::{Arrived, Head};
use crate::error::ServiceError;
use crate::service::{Service, data_bytes};
use crate::wire::Line;

/// The plan, and how many requests came since it was set.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Planned>);

#[derive(Debug)]
struct Planned {
    plan: Option<Arc<dyn Plan>>,
    seen: u64,
}

/// What a plan is asked about, kept while the request itself is used up.
struct Question {
    number: u64,
    account: Arc<str>,
    operation: &'static str,
    method: Method,
    uri: Uri,
    data_bytes: u64,
}

impl Faults {
    pub(crate) fn new(plan: Option<Arc<dyn Plan>>) -> Self {
        Self(Mutex::new(Planned { plan, seen: 0 }))
    }

    pub(crate) fn set(&self, plan: Option<Arc<dyn Plan>>) {
        *self.lock() = Planned { plan, seen: 0 };
    }

    pub(crate) fn plan(&self) -> Option<Arc<dyn Plan>> {
        self.lock().plan.clone()
    }

    /// The plan and the number of the request. It is asked without the lock, so that it may take its time and may
    /// set another one.
    pub(crate) fn next(&self) -> Option<(Arc<dyn Plan>, u64)> {
        let mut planned = self.lock();
        planned.seen += 1;
        planned.plan.clone().map(|plan| (plan, planned.seen))
    }

    fn lock(&self) -> MutexGuard<'_, Planned> {
        self.0.lock().expect("nobody panics while holding the plan")
    }
}

impl Question {
    fn new(number: u64, account: &Arc<str>, head: &Head) -> Self {
        Self {
            number,
            account: account.clone(),
            operation: head.operation,
            method: head.parts.method.clone(),
            uri: head.parts.uri.clone(),
            data_bytes: data_bytes(head),
        }
    }

    fn seen(&self) -> Seen<'_> {
        Seen {
            number: self.number,
            account: &self.account,
            operation: self.operation,
            method: self.method.as_str(),
            path: self.uri.path(),
            query: self.uri.query().unwrap_or_default(),
            data_bytes: self.data_bytes,
        }
    }
}

/// Answers a request as the plan wants it. Where the line is closed, the answer given here never leaves.
pub(crate) async fn answer(service: &Service, arrived: Arrived, line: &Line) -> Response<Body> {
    let Some((plan, number)) = service.state.faults.next() else { return service.perform(arrived) };
    let question = Question::new(number, &service.account.name, &arrived.head);
    let response = match plan.fault(&question.seen()) {
        Fault::None => service.perform(arrived),
        Fault::Refuse { status, code, retry_after_seconds } => {
            let mut response = service.finish(&arrived.head, Err(ServiceError::planned(status, code)));
            if let Some(seconds) = retry_after_seconds {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return response;
        }
        Fault::RefuseSource { status, code } => {
            let error = match arrived.head.operation {
                "Put Range From URL" | "Copy File" => ServiceError::planned_source(status, code),
                _ => ServiceError::planned(status, code),
            };
            return service.finish(&arrived.head, Err(error));
        }
        Fault::DropBefore => {
            line.close();
            return service.pass_over(&arrived.head);
        }
        Fault::DropAfter => {
            line.close();
            return service.perform(arrived);
        }
        Fault::Cut => {
            let response = service.perform(arrived);
            line.cut(body_length(&response));
            response
        }
        Fault::Late { by } => {
            line.close();
            return late(service, arrived, by);
        }
        Fault::Twice { by } => {
            line.close();
            service.perform(arrived.clone());
            return late(service, arrived, by);
        }
        Fault::Delay { by } => {
            let response = service.perform(arrived);
            sleep(by).await;
            response
        }
        Fault::Stall { by } => stall(service.perform(arrived), by).await,
        Fault::After(then) => {
            line.close();
            let response = service.perform(arrived);
            then();
            return response;
        }
    };
    let by = plan.answered(&question.seen(), body_length(&response));
    if !by.is_zero() {
        sleep(by).await;
    }
    response
}

/// The service gives up on a request when its `timeout` has passed.
fn late(service: &Service, arrived: Arrived, by: Duration) -> Response<Body> {
    if arrived.timeout().is_some_and(|timeout| by > timeout) {
        return service.pass_over(&arrived.head);
    }
    let service = service.clone();
    let time = sleep(by);
    tokio::spawn(async move {
        time.await;
        service.perform(arrived);
    });
    Response::default()
}

/// Only a body that is sent in pieces does not know its length itself.
fn body_length(response: &Response<Body>) -> u64 {
    let header = response.headers().get(header::CONTENT_LENGTH);
    let named = header.and_then(|length| length.to_str().ok()?.parse().ok());
    response.body().size_hint().exact().or(named).unwrap_or(0)
}

/// Half of the body, a pause, the rest.
async fn stall(mut response: Response<Body>, by: Duration) -> Response<Body> {
    let length = body_length(&response);
    if length < 2 {
        sleep(by).await;
        return response;
    }
    // A body that stands still is a stream, which does not say its length.
    response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    response.map(|body| {
        let stalling = Stalling { pieces: body.into_data_stream(), before: length / 2, rest: None, by };
        Body::from_stream(stream::unfold(stalling, Stalling::next))
    })
}

struct Stalling {
    pieces: BodyDataStream,
    /// Bytes that leave before the pause.
    before: u64,
    /// What comes right after it.
    rest: Option<Bytes>,
    by: Duration,
}

impl Stalling {
    async fn next(mut self) -> Option<(Result<Bytes, axum::Error>, Self)> {
        if let Some(rest) = self.rest.take() {
            sleep(self.by).await;
            return Some((Ok(rest), self));
        }
        let mut piece = match self.pieces.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(error), self)),
        };
        let length = piece.len() as u64;
        if self.before > 0 && length >= self.before {
            self.rest = Some(piece.split_off(self.before as usize));
        }
        self.before = self.before.saturating_sub(length);
        Some((Ok(piece), self))
    }
}
