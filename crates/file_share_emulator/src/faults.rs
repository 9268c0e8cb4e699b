//! What a plan makes of a request, done to the request and to its connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::request::Parts;
use axum::http::{Response, header};
use faults::{Fault, Plan, Seen};

use crate::arrival::Arrived;
use crate::error::ServiceError;
use crate::service::Service;
use crate::wire::Line;

/// The plan, and how many requests came since it was set.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Planned>);

#[derive(Debug)]
struct Planned {
    plan: Option<Arc<dyn Plan>>,
    seen: u64,
}

impl Faults {
    pub(crate) fn new(plan: Option<Arc<dyn Plan>>) -> Self {
        Self(Mutex::new(Planned { plan, seen: 0 }))
    }

    pub(crate) fn set(&self, plan: Option<Arc<dyn Plan>>) {
        *self.0.lock().expect("nobody panics while holding the plan") = Planned { plan, seen: 0 };
    }

    /// Asked without the lock, so that a plan may take its time and may set another one.
    pub(crate) fn decide(&self, account: &str, operation: &str, parts: &Parts) -> Fault {
        let (plan, number) = {
            let mut planned = self.0.lock().expect("nobody panics while holding the plan");
            planned.seen += 1;
            (planned.plan.clone(), planned.seen)
        };
        plan.map_or(Fault::None, |plan| {
            plan.fault(&Seen {
                number,
                account,
                operation,
                method: parts.method.as_str(),
                path: parts.uri.path(),
                query: parts.uri.query().unwrap_or_default(),
            })
        })
    }
}

/// Answers a request as the plan wants it. Where the line is closed, the answer given here never leaves.
pub(crate) fn answer(service: &Service, arrived: Arrived, line: &Line) -> Response<Body> {
    let head = &arrived.head;
    match service.state.faults.decide(&service.account.name, head.operation, &head.parts) {
        Fault::None => service.perform(arrived),
        Fault::Refuse { status, code, retry_after_seconds } => {
            let mut response = service.finish(&arrived.head, Err(ServiceError::planned(status, code)));
            if let Some(seconds) = retry_after_seconds {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Fault::RefuseSource { status, code } => {
            let error = match arrived.head.operation {
                "Put Range From URL" => ServiceError::planned_source(status, code),
                _ => ServiceError::planned(status, code),
            };
            service.finish(&arrived.head, Err(error))
        }
        Fault::DropBefore => {
            line.close();
            service.pass_over(&arrived.head)
        }
        Fault::DropAfter => {
            line.close();
            service.perform(arrived)
        }
        Fault::Cut => {
            let response = service.perform(arrived);
            line.cut(body_length(&response));
            response
        }
        Fault::Late { by } => {
            line.close();
            late(service, arrived, by)
        }
        Fault::After(then) => {
            line.close();
            let response = service.perform(arrived);
            then();
            response
        }
    }
}

/// The service gives up on a request when its `timeout` has passed.
fn late(service: &Service, arrived: Arrived, by: Duration) -> Response<Body> {
    if arrived.timeout().is_some_and(|timeout| by > timeout) {
        return service.pass_over(&arrived.head);
    }
    let service = service.clone();
    let time = tokio::time::sleep(by);
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
