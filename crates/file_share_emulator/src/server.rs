//! Starting and stopping: one listener per account, all on one state.

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
use crate::log::RequestLog;
use crate::model;
use crate::service::{Service, State};
use crate::wire::{Line, Listener};

/// A running emulator. It stops when it is dropped; [`Emulator::stop`] also waits for it.
#[derive(Debug)]
pub struct Emulator {
    accounts: Vec<Account>,
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
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("endpoint", &self.endpoint.as_str())
            .finish()
    }
}

impl Emulator {
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        check(&config)?;
        let mut accounts = Vec::new();
        let mut bound = Vec::new();
        for account in &config.accounts {
            let key = BASE64_STANDARD
                .decode(&account.key)
                .with_context(|| format!("The key of account {} is not base64", account.name))?;
            let listener = TcpListener::bind(("127.0.0.1", account.port)).await.with_context(|| {
                format!("Cannot listen on port {} for account {}", account.port, account.name)
            })?;
            let port = listener.local_addr()?.port();
            let endpoint = Url::parse(&format!("http://127.0.0.1:{port}/{}", account.name))?;
            accounts.push(Account { name: account.name.clone(), key: account.key.clone(), endpoint });
            bound.push((Arc::new(model::account::Account::new(&account.name, key, port)), listener));
        }
        let state = Arc::new(State::new(config, bound.iter().map(|(account, _)| account.clone()).collect()));
        let (stop, stopped) = watch::channel(false);
        let connections = Arc::<AtomicU64>::default();
        let listeners = bound.into_iter().map(|(account, listener)| {
            let listener = Listener { listener, connections: connections.clone() };
            let service = Service { state: state.clone(), account };
            tokio::spawn(listen(listener, service, stopped.clone()))
        });
        let listeners = listeners.collect();
        Ok(Self { accounts, state, stop, listeners })
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

fn check(config: &Config) -> anyhow::Result<()> {
    ensure!(config.page_size > 0, "The page size must be at least 1");
    let mut names = BTreeSet::new();
    for account in &config.accounts {
        let is_name = !account.name.is_empty()
            && account.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        ensure!(is_name, "{:?} is not an account name: lower-case letters and digits", account.name);
        ensure!(names.insert(&account.name), "Account {} is named twice", account.name);
    }
    Ok(())
}

async fn listen(
    listener: Listener,
    service: Service,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let app = Router::new()
        .fallback(move |ConnectInfo(line): ConnectInfo<Line>, request| service.clone().answer(line, request))
        .into_make_service_with_connect_info::<Line>();
    // The sender never sends: its end is the signal.
    let stopped = async move { while stop.changed().await.is_ok() {} };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}
