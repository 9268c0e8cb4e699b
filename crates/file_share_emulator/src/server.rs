//! Starting and stopping: two listeners per account, http and https, all on one state.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::ConnectInfo;
use base64::prelude::{BASE64_STANDARD, Engine};
use faults::Plan;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::config::Config;
use crate::control;
use crate::identity::{self, IdentityEndpoint};
use crate::log::RequestLog;
use crate::model;
use crate::service::{Service, State};
use crate::tls::{Authority, Certificate};
use crate::wire::{Line, Listener};

/// A running emulator. It stops when it is dropped; [`Emulator::stop`] also waits for it.
#[derive(Debug)]
pub struct Emulator {
    accounts: Vec<Account>,
    control: Option<Url>,
    authority: Authority,
    identity_endpoint: Option<IdentityEndpoint>,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<std::io::Result<()>>>,
}

/// What a client needs to talk to one account.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    /// Base64.
    pub key: String,
    /// `http://127.0.0.1:port/name`
    pub endpoint: Url,
    /// `https://127.0.0.1:port/name`; its certificate is of [`Emulator::authority`].
    pub https_endpoint: Url,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("endpoint", &self.endpoint.as_str())
            .field("https_endpoint", &self.https_endpoint.as_str())
            .finish()
    }
}

impl Emulator {
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        check(&config)?;
        let authority = Authority::new()?;
        let acceptor = authority.acceptor()?;
        let mut accounts = Vec::new();
        let mut bound = Vec::new();
        for account in &config.accounts {
            let key = BASE64_STANDARD
                .decode(&account.key)
                .with_context(|| format!("The key of account {} is not base64", account.name))?;
            let owner = format!("account {}", account.name);
            let (listener, port) = bind(account.port, &owner).await?;
            let (https_listener, https_port) = bind(account.https_port, &owner).await?;
            accounts.push(Account {
                name: account.name.clone(),
                key: account.key.clone(),
                endpoint: endpoint("http", port, &account.name)?,
                https_endpoint: endpoint("https", https_port, &account.name)?,
            });
            let account = Arc::new(model::account::Account::new(account, key, port, https_port));
            bound.push((account.clone(), listener, None));
            bound.push((account, https_listener, Some(acceptor.clone())));
        }
        let control_port = config.control_port;
        // Every account was bound twice.
        let own = bound.iter().step_by(2).map(|(account, ..)| account.clone()).collect();
        let identity_listener = match config.identities.is_empty() {
            true => None,
            false => Some(bind(config.identity_port, "the identity endpoint").await?),
        };
        let state = Arc::new(State::open(config, own)?);
        let (stop, stopped) = watch::channel(false);
        let connections = Arc::<AtomicU64>::default();
        let mut listeners: Vec<_> = bound
            .into_iter()
            .map(|(account, listener, acceptor)| {
                let listener = Listener { listener, acceptor, connections: connections.clone() };
                let service = Service { state: state.clone(), account };
                tokio::spawn(listen(listener, service, stopped.clone()))
            })
            .collect();
        let mut identity_endpoint = None;
        if let Some((listener, port)) = identity_listener {
            let endpoint = IdentityEndpoint::new(port)?;
            let listener = Listener { listener, acceptor: None, connections };
            let serving = identity::serve(listener, state.clone(), endpoint.clone(), ended(stopped.clone()));
            listeners.push(tokio::spawn(serving));
            identity_endpoint = Some(endpoint);
        }
        let control = match control_port {
            None => None,
            Some(port) => {
                let (listener, url) = control::bind(port).await?;
                listeners.push(tokio::spawn(control::serve(listener, state.clone(), stopped.clone())));
                Some(url)
            }
        };
        Ok(Self { accounts, control, authority, identity_endpoint, state, stop, listeners })
    }

    /// An account of the configuration.
    ///
    /// # Panics
    ///
    /// When the configuration names no such account.
    pub fn account(&self, name: &str) -> &Account {
        let found = self.accounts.iter().find(|account| account.name == name);
        found.unwrap_or_else(|| panic!("The emulator has no account {name}"))
    }

    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Where the control API is, if one was asked for.
    pub fn control(&self) -> Option<&Url> {
        self.control.as_ref()
    }

    /// The certificate of the authority that vouches for every https endpoint, in PEM: what a client must trust.
    pub fn authority(&self) -> &str {
        self.authority.pem()
    }

    /// A certificate of the same authority, for another server on this machine.
    pub fn issue_certificate(&self) -> anyhow::Result<Certificate> {
        self.authority.issue()
    }

    /// Absent where the configuration names no identity.
    pub fn identity_endpoint(&self) -> Option<&IdentityEndpoint> {
        self.identity_endpoint.as_ref()
    }

    pub fn log(&self) -> &RequestLog {
        &self.state.log
    }

    /// Sets the clock of all accounts forward: that of times, ETags, share snapshot ids and leases. The dates of
    /// requests and signatures are still judged by the wall clock, which is the caller's too.
    pub fn advance_clock(&self, by: Duration) {
        self.state.clock.advance(by);
    }

    /// What goes wrong with the requests from here on, counted from 1 again.
    pub fn set_faults(&self, plan: Option<Arc<dyn Plan>>) {
        self.state.faults.set(plan);
    }

    /// Answers what is in progress and closes. What a fault has delayed beyond that is seen by nobody.
    pub async fn stop(self) {
        drop(self.stop);
        for listener in self.listeners {
            if let Err(error) = listener.await {
                tracing::warn!(%error, "A listener of the emulator ended badly");
            }
        }
    }
}

async fn bind(port: u16, owner: &str) -> anyhow::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("Cannot listen on port {port} for {owner}"))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn endpoint(scheme: &str, port: u16, account: &str) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("{scheme}://127.0.0.1:{port}/{account}"))?)
}

fn check(config: &Config) -> anyhow::Result<()> {
    ensure!(config.page_size > 0, "The page size must be at least 1");
    if let Some(days) = config.share_retention_days {
        ensure!((1..=365).contains(&days), "Shares are retained for 1 to 365 days, not {days}");
    }
    let system_assigned = config.identities.iter().filter(|identity| identity.system_assigned).count();
    ensure!(system_assigned <= 1, "At most one identity is system-assigned");
    let mut names = BTreeSet::new();
    for account in &config.accounts {
        let is_name = !account.name.is_empty()
            && account.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        ensure!(is_name, "{:?} is not an account name: lower-case letters and digits", account.name);
        ensure!(names.insert(&account.name), "Account {} is named twice", account.name);
    }
    Ok(())
}

async fn listen(listener: Listener, service: Service, stop: watch::Receiver<bool>) -> std::io::Result<()> {
    let app = Router::new()
        .fallback(move |ConnectInfo(line): ConnectInfo<Line>, request| service.clone().answer(line, request))
        .into_make_service_with_connect_info::<Line>();
    axum::serve(listener, app).with_graceful_shutdown(ended(stop)).await
}

/// The sender never sends: its end is the signal.
async fn ended(mut stop: watch::Receiver<bool>) {
    while stop.changed().await.is_ok() {}
}
