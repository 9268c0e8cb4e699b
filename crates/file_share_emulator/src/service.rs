//! One request from its arrival to its answer: ask what goes wrong with it, check the caller, do it, write it
//! down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Response};

use crate::answer::Answer;
use crate::arrival::{Arrived, Head, NEWEST_VERSION, version_of};
use crate::auth;
use crate::config::{Config, GeneratedShare};
use crate::error::{self, ServiceError};
use crate::faults::{self, Faults};
use crate::headers::ByteRange;
use crate::identity::Identity;
use crate::identity::Issuer;
use crate::log::{RequestLog, RequestRecord, without_signature};
use crate::model::account::Account;
use crate::model::clock::{Clock, Ticks};
use crate::model::name::is_share_name;
use crate::model::share::Share;
use crate::model::share_properties::ShareProperties;
use crate::operation::Operation;
use crate::operations;
use crate::persist::Journal;
use crate::request::Request;
use crate::spelling::Spelled;
use crate::wire::Line;

/// What all accounts share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) log: RequestLog,
    pub(crate) faults: Faults,
    pub(crate) journal: Option<Journal>,
    pub(crate) issuer: Issuer,
    started: Ticks,
    requests: AtomicU64,
}

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: Arc<State>,
    pub(crate) account: Arc<Account>,
}

/// An authorized request in the hands of its operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a Request,
    /// Nothing where a key or a signature opens the account.
    pub(crate) caller: Option<&'a Identity>,
}

impl State {
    /// With what the data directory of the configuration holds, if it names one.
    pub(crate) fn open(config: Config, accounts: Vec<Arc<Account>>) -> anyhow::Result<Self> {
        let clock = Arc::new(Clock::behind(config.clock_behind));
        let directory = config.data.as_deref();
        let journal = directory.map(|directory| Journal::open(directory, &accounts, &clock)).transpose()?;
        config.generated.iter().try_for_each(|generated| generate(generated, &accounts, &clock))?;
        Ok(Self {
            journal,
            faults: Faults::new(config.faults.clone()),
            issuer: Issuer::new(config.token_life),
            config,
            accounts,
            clock,
            log: RequestLog::default(),
            started: Ticks::wall_clock(),
            requests: AtomicU64::new(0),
        })
    }

    pub(crate) fn account(&self, name: &str) -> anyhow::Result<&Arc<Account>> {
        let found = self.accounts.iter().find(|account| *account.name == *name);
        found.with_context(|| format!("There is no account {name}"))
    }

    /// The start of the emulator and a count.
    pub(crate) fn next_guid(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let started = self.started.0;
        format!("{:08x}-{:04x}-4000-8000-{count:012x}", started >> 16 & 0xFFFF_FFFF, started & 0xFFFF)
    }
}

/// A share of this name that the data directory has kept gets its tree again.
fn generate(generated: &GeneratedShare, accounts: &[Arc<Account>], clock: &Clock) -> anyhow::Result<()> {
    let GeneratedShare { account, share: name, tree } = generated;
    tree.check()?;
    let found = accounts.iter().find(|known| *known.name == **account);
    let account = found.with_context(|| format!("There is no account {account} for a generated share"))?;
    let share = share_or_new(account, name, clock)?;
    let generated = share.lock().generate(tree.clone());
    generated.map_err(|error| anyhow::anyhow!("{}", error.message()))
}

/// For what brings its share along.
pub(crate) fn share_or_new(account: &Account, name: &str, clock: &Clock) -> anyhow::Result<Arc<Share>> {
    anyhow::ensure!(is_share_name(name), "{name:?} is not the name of a share");
    let new = || {
        let properties = ShareProperties::new(clock.now(), 102_400);
        Arc::new(Share::new(&account.name, name, properties))
    };
    Ok(account.shares().entry(name.to_owned()).or_insert_with(new).clone())
}

impl Call<'_> {
    pub(crate) fn share(&self) -> Result<Arc<Share>, ServiceError> {
        self.account.share(self.request.share.as_deref().ok_or(error::INVALID_URI)?)
    }

    /// As listings name it.
    pub(crate) fn service_endpoint(&self) -> String {
        let Account { name, port, https_port, .. } = self.account;
        match self.request.secure {
            true => format!("https://127.0.0.1:{https_port}/{name}/"),
            false => format!("http://127.0.0.1:{port}/{name}/"),
        }
    }

    pub(crate) fn now(&self) -> Ticks {
        self.state.clock.now()
    }
}

impl Service {
    pub(crate) async fn answer(self, line: Line, request: axum::extract::Request) -> Response<Body> {
        let Some(arrived) = Arrived::receive(request, &self.account.name, &line).await else {
            line.close();
            return Response::default();
        };
        let mut response = faults::answer(&self, arrived, &line).await;
        if let Some(spelled) = response.extensions_mut().remove::<Spelled>() {
            line.spell(spelled);
        }
        response
    }

    /// Does what was asked. Nothing in here waits, so a caller who goes away leaves nothing half done.
    pub(crate) fn perform(&self, arrived: Arrived) -> Response<Body> {
        let Arrived { head, request } = arrived;
        let result = request.and_then(|(operation, request)| self.run(operation, &request));
        let result = self.keep().and(result);
        self.finish(&head, result)
    }

    /// Nothing is answered that a restart would not know.
    fn keep(&self) -> Result<(), ServiceError> {
        let kept = self.state.journal.as_ref().map_or(Ok(()), |journal| journal.keep(&self.account));
        kept.map_err(|failure| {
            tracing::error!(error = format!("{failure:#}"), "The data directory cannot be written");
            error::INTERNAL_ERROR.into()
        })
    }

    fn run(&self, operation: Operation, request: &Request) -> Result<Answer, ServiceError> {
        let caller = auth::authorize(&self.state, request, operation, &self.account)?;
        if let Some(id) = request.query.get("sharesnapshot")
            && !operation.takes_share_snapshot()
        {
            return Err(ServiceError::query("sharesnapshot", id));
        }
        if request.header("x-ms-structured-body").is_some() {
            return Err(ServiceError::not_implemented("bodies in frames with CRC-64"));
        }
        let answer = operations::run(
            operation,
            &Call { state: &self.state, account: &self.account, request, caller },
        )?;
        Ok(match operation {
            Operation::GetFile | Operation::GetFileProperties => {
                let headers = auth::sas::response_headers(&request.query);
                headers.fold(answer, |answer, (name, value)| answer.header(name, value))
            }
            _ => answer,
        })
    }

    /// The headers that every answer has, and the line in the log.
    pub(crate) fn finish(&self, head: &Head, result: Result<Answer, ServiceError>) -> Response<Body> {
        let parts = &head.parts;
        let request_id = self.state.next_guid();
        let time = self.state.clock.reading();
        let version = version_of(&head.headers, parts.uri.query().unwrap_or_default());
        let version = version.as_deref().unwrap_or(NEWEST_VERSION);
        let names_copy_source = version >= "2025-11-05";
        let error_code = result.as_ref().err().map(ServiceError::code);
        let answer = result.unwrap_or_else(|error| {
            Answer::error(&error, &request_id, time, parts.method == Method::HEAD, names_copy_source)
        });
        let read_bytes = match head.operation {
            "Get File" if error_code.is_none() => answer.length(),
            _ => 0,
        };
        self.log(head, answer.status().as_u16(), error_code, read_bytes);
        let answer = answer
            .held_back(version, head.operation)
            .header("date", time.rfc1123())
            .header("x-ms-request-id", request_id)
            .header("x-ms-version", version);
        match client_request_id(&head.headers) {
            Some(id) => answer.header("x-ms-client-request-id", id).into_response(),
            None => answer.into_response(),
        }
    }

    /// For a request that came and has no effect.
    pub(crate) fn pass_over(&self, head: &Head) -> Response<Body> {
        self.log(head, 0, None, 0);
        Response::default()
    }

    fn log(&self, head: &Head, status: u16, error_code: Option<&'static str>, read_bytes: u64) {
        let Head { parts, headers, operation, connection } = head;
        self.state.log.add(RequestRecord {
            account: self.account.name.to_string(),
            method: parts.method.to_string(),
            path_and_query: without_signature(parts.uri.path_and_query().map_or("", |path| path.as_str())),
            operation: if operation.is_empty() { "Unknown" } else { operation },
            status,
            error_code,
            written_bytes: if (200..300).contains(&status) { data_bytes(head) } else { 0 },
            read_bytes,
            connection: *connection,
            client_request_id: client_request_id(headers).map(str::to_owned),
        });
    }
}

/// File data that a request puts into a file or copies there.
pub(crate) fn data_bytes(head: &Head) -> u64 {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    match head.operation {
        "Create File" => header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0),
        "Put Range" if header("x-ms-write").is_some_and(|write| write.eq_ignore_ascii_case("clear")) => 0,
        "Put Range" | "Put Range From URL" => {
            let range = header("x-ms-range").or(header("range"));
            let range = range.and_then(ByteRange::parse).and_then(ByteRange::closed);
            range.map_or(0, |range| range.end - range.start)
        }
        _ => 0,
    }
}

/// Echoed when it is short and visible ASCII.
fn client_request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-ms-client-request-id")?.to_str().ok()?;
    (id.len() <= 1024 && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
}
