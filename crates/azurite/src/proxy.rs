//! An HTTP proxy between a client and Azurite, which does to requests what a plan of faults says.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context;
use faults::{Fault, Plan, Seen};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use url::Url;

use crate::message::Message;
use crate::operation;
use crate::process::Azurite;
use crate::refusal::refusal;

/// Runs in the test's own process, so that its plan sees what the test sees. Connections are kept alive
/// towards the client; towards Azurite each request has its own.
#[derive(Debug)]
pub struct Proxy {
    endpoint: Url,
    shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    azurite: SocketAddr,
    planned: Mutex<Planned>,
    /// Requests on their way to a late effect.
    late: Mutex<JoinSet<()>>,
}

#[derive(Debug, Default)]
struct Planned {
    plan: Option<Arc<dyn Plan>>,
    count: u64,
}

/// What of an answer reaches the client.
enum Fate {
    Whole(Message),
    Half(Message),
    /// Half, a pause, the rest.
    Stalled(Message, Duration),
    Nothing,
}

impl Proxy {
    pub async fn start(azurite: &Azurite) -> anyhow::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("Listening as a proxy")?;
        let mut endpoint = azurite.table_endpoint();
        let port = endpoint.port().context("Azurite has no port")?;
        let own = listener.local_addr().context("Listening as a proxy")?.port();
        endpoint.set_port(Some(own)).expect("the endpoint has a host");
        let azurite = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let shared = Arc::new(Shared { azurite, planned: Mutex::default(), late: Mutex::default() });
        let acceptor = tokio::spawn(accept(listener, shared.clone()));
        Ok(Proxy { endpoint, shared, acceptor })
    }

    /// Where the account's tables are, seen through the proxy.
    pub fn endpoint(&self) -> Url {
        self.endpoint.clone()
    }

    /// From now on; counting begins anew.
    pub fn set_faults(&self, plan: Option<Arc<dyn Plan>>) {
        *self.shared.planned() = Planned { plan, count: 0 };
    }

    /// Requests that have arrived whole since the faults were set.
    pub fn count(&self) -> u64 {
        self.shared.planned().count
    }

    /// Waits until every [`Fault::Late`] has had its effect.
    pub async fn settled(&self) {
        let mut late = std::mem::take(&mut *self.shared.late());
        while late.join_next().await.is_some() {}
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.acceptor.abort();
        self.shared.late().abort_all();
    }
}

impl Shared {
    fn planned(&self) -> MutexGuard<'_, Planned> {
        self.planned.lock().expect("nobody panics while holding the plan")
    }

    fn late(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.late.lock().expect("nobody panics while holding the late ones")
    }

    /// The plan is asked without the lock: it may take its time, and may set another one.
    async fn answer(&self, request: Message) -> Fate {
        let (plan, number) = {
            let mut planned = self.planned();
            planned.count += 1;
            (planned.plan.clone(), planned.count)
        };
        let Some(plan) = plan else { return Fate::Whole(self.perform(&request).await) };
        let [method, target, _] = request.first_line();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let account = path.split('/').nth(1).unwrap_or_default();
        let operation = operation::name(&request);
        let data_bytes = request.body.len() as u64;
        let seen = Seen { number, account, operation, method, path, query, data_bytes };
        let fault = plan.fault(&seen);
        let fate = self.carry_out(fault, &request).await;
        if let Fate::Whole(answer) | Fate::Half(answer) | Fate::Stalled(answer, _) = &fate {
            sleep(plan.answered(&seen, answer.body.len() as u64)).await;
        }
        fate
    }

    async fn carry_out(&self, fault: Fault, request: &Message) -> Fate {
        match fault {
            Fault::None => Fate::Whole(self.perform(request).await),
            Fault::Refuse { status, code, retry_after_seconds } => {
                Fate::Whole(refusal(status, code, "Refused by the test", retry_after_seconds))
            }
            Fault::RefuseSource { status, code } => {
                Fate::Whole(refusal(status, code, "Refused by the test", None))
            }
            Fault::DropBefore => Fate::Nothing,
            Fault::DropAfter => {
                self.perform(request).await;
                Fate::Nothing
            }
            Fault::Cut => Fate::Half(self.perform(request).await),
            Fault::Late { by } => {
                self.perform_late(request.clone(), by);
                Fate::Nothing
            }
            Fault::Twice { by } => {
                self.perform(request).await;
                self.perform_late(request.clone(), by);
                Fate::Nothing
            }
            Fault::Delay { by } => {
                let answer = self.perform(request).await;
                sleep(by).await;
                Fate::Whole(answer)
            }
            Fault::Stall { by } => Fate::Stalled(self.perform(request).await, by),
            Fault::After(then) => {
                self.perform(request).await;
                then();
                Fate::Nothing
            }
        }
    }

    async fn perform(&self, request: &Message) -> Message {
        forward(self.azurite, request).await.unwrap_or_else(|error| {
            refusal(502, "AzuriteUnreachable", &format!("Azurite did not answer: {error}"), None)
        })
    }

    /// The service gives up on a request when its `timeout` has passed.
    fn perform_late(&self, request: Message, by: Duration) {
        if timeout(&request).is_some_and(|limit| by > limit) {
            return;
        }
        let azurite = self.azurite;
        self.late().spawn(async move {
            sleep(by).await;
            // Nobody waits for the answer any more.
            let _unheard = forward(azurite, &request).await;
        });
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = shared.clone();
        connections.spawn(async move {
            // A connection that broke has told its client so.
            let _broken = serve(client, &shared).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(client: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    while let Some(request) = Message::read(&mut client).await? {
        let is_last = request.is_last();
        match shared.answer(request).await {
            Fate::Whole(answer) => {
                client.write_all(&[&answer.head[..], &answer.body].concat()).await?;
                if is_last || answer.is_last() {
                    break;
                }
            }
            Fate::Stalled(answer, by) => {
                let (first, rest) = match answer.body.len() / 2 {
                    0 => (Vec::new(), [&answer.head[..], &answer.body].concat()),
                    half => ([&answer.head[..], &answer.body[..half]].concat(), answer.body[half..].to_vec()),
                };
                client.write_all(&first).await?;
                client.flush().await?;
                sleep(by).await;
                client.write_all(&rest).await?;
                if is_last || answer.is_last() {
                    break;
                }
            }
            Fate::Half(answer) if answer.body.is_empty() => {
                return client.write_all(&answer.head[..answer.head.len() / 2]).await;
            }
            Fate::Half(answer) => {
                let half = &answer.body[..answer.body.len() / 2];
                return client.write_all(&[&answer.head[..], half].concat()).await;
            }
            Fate::Nothing => break,
        }
    }
    Ok(())
}

async fn forward(azurite: SocketAddr, request: &Message) -> io::Result<Message> {
    let mut service = BufReader::new(TcpStream::connect(azurite).await?);
    service.write_all(&[&request.head[..], &request.body].concat()).await?;
    let answer = Message::read(&mut service).await?;
    answer.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
}

fn timeout(request: &Message) -> Option<Duration> {
    let [_, target, _] = request.first_line();
    let (_, query) = target.split_once('?')?;
    let seconds = query.split('&').find_map(|pair| pair.strip_prefix("timeout="))?;
    seconds.parse().ok().map(Duration::from_secs)
}
