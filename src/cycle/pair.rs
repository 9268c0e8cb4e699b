//! One pair, ready to run: its two shares, what is remembered of their permissions, and the requests it sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_storage::{Pace, Unsettled};
use azure_storage_file_share::{
    ClientOptions, ETag, Operation, RequestObserver, ShareClient, ShareServiceClient,
};
use sha2::{Digest, Sha256};

use super::credentials::Credentials;
use super::gate::{PairGate, request_limit};
use super::limits::PairLimits;
use super::live::Live;
use super::report::{Requests, ShareName};
use super::seen::Seen;
use crate::config::{PairSettings, Seed, ShareSettings, Verify};
use crate::state::{BasePoint, CycleRecord, Failback, Restore, Side};
use crate::sync::{Base, Exclude, PermissionMap};

/// Which shares these are: one that was made anew has another ETag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    pub source: Option<ETag>,
    pub target: Option<ETag>,
}

impl Identity {
    pub fn of(record: &CycleRecord) -> Self {
        Self { source: record.source_share.clone(), target: record.target_share.clone() }
    }
}

/// A pair and everything of it that outlives a cycle.
#[derive(Debug)]
pub struct Pair {
    pub settings: PairSettings,
    /// Hash of the pair's name and both share URLs: marks its share snapshots.
    pub id: String,
    /// Which deployment this is: the one that keeps its state here.
    pub deployment: String,
    pub source: ShareClient,
    pub target: ShareClient,
    /// The target's account, where staging shares are.
    staging: ShareServiceClient,
    /// What every write of both clients passes.
    pub gate: Arc<PairGate>,
    /// Held by the owner in this process: the gate is one, so there is never a second owner behind it.
    pub owned: Arc<tokio::sync::Mutex<()>>,
    /// What both clients keep.
    pub limits: PairLimits,
    /// Writes of both clients whose outcome is unknown.
    pub unsettled: Unsettled,
    permissions: Mutex<(Identity, Arc<PermissionMap>)>,
    pub sent: Arc<Sent>,
    pub seen: Seen,
    /// The cycle that runs in this process.
    running: Running,
    /// What is brought back, where this is no pair of the settings but one that a restore works on.
    pub restore: Option<Box<Restore>>,
    /// The pair's source, where this is a drill: what came back is held against it.
    pub origin: Option<ShareClient>,
    /// Of the pair's restores: one at a time.
    restores: Beside,
    /// The same of its drills.
    drills: Beside,
    /// Where this is a pair that comes back after a failover.
    pub failback: Option<WayBack>,
    /// Of its failbacks.
    failbacks: Beside,
}

/// A pair the other way round.
#[derive(Debug)]
pub struct WayBack {
    /// As the settings say, with the same clients behind the same gate.
    pub home: Box<Pair>,
    pub order: Failback,
}

/// What the restores or failbacks of a pair share, whichever shares they are of.
#[derive(Clone, Debug, Default)]
struct Beside {
    owned: Arc<tokio::sync::Mutex<()>>,
    running: Running,
}

/// What runs in this process, for whoever asks how far it is.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<Option<Shown>>>);

/// A cycle, with the requests of the pair that it is counted by.
type Shown = (Arc<Live>, Arc<Sent>);

impl Running {
    /// Its row as it stands now.
    pub fn record(&self) -> Option<CycleRecord> {
        let shown = self.0.lock().expect("no panic while a pair is held");
        shown.as_ref().map(|(live, sent)| live.to_store(sent.requests()))
    }
}

/// Cycles that are stored under a name: those of a pair, its restores, or its failbacks.
#[derive(Clone, Debug)]
pub struct Book<'a> {
    pub name: String,
    pub running: &'a Running,
}

impl Pair {
    pub fn new(
        settings: &PairSettings,
        credentials: &Credentials,
        deployment: &str,
        lease: Duration,
        options: &ClientOptions,
    ) -> anyhow::Result<Self> {
        let limits = PairLimits::new(settings.limits);
        let names = [&settings.source.share, &settings.target.share, "staging"];
        let paces = names.map(|name| Pace::new(name, limits.kept().clone()));
        let sent = Arc::new(Sent { paces: paces.to_vec(), ..Default::default() });
        let (gate, unsettled) = (Arc::new(PairGate::new(lease)), Unsettled::default());
        let options = ClientOptions {
            observer: Some(sent.clone()),
            gate: Some(gate.clone()),
            unsettled: unsettled.clone(),
            request_limit: Some(request_limit(lease)),
            ..options.clone()
        };
        let [source, target, staging] = paces;
        let source = service(&settings.source, credentials, source, &options)?;
        let source = source.share_client(&settings.source.share);
        let target = service(&settings.target, credentials, target, &options)?;
        let target = target.share_client(&settings.target.share);
        let staging = service(&settings.target, credentials, staging, &options)?;
        Ok(Self {
            settings: settings.clone(),
            id: short_hash(&format!("{}\n{}\n{}", settings.name, source.url(), target.url())),
            deployment: deployment.to_owned(),
            source,
            target,
            staging,
            gate,
            owned: Arc::default(),
            limits,
            unsettled,
            permissions: Mutex::default(),
            sent,
            seen: Seen::default(),
            running: Running::default(),
            restore: None,
            origin: None,
            restores: Beside::default(),
            drills: Beside::default(),
            failback: None,
            failbacks: Beside::default(),
        })
    }

    /// The recovery points of `pair` as a source, and what they are restored to as the target: a pair of its own, under a
    /// name that none in the settings can have.
    pub fn of_restore(
        pair: &Self,
        destination: ShareSettings,
        restore: Restore,
        credentials: &Credentials,
        lease: Duration,
        options: &ClientOptions,
    ) -> anyhow::Result<Self> {
        let settings = PairSettings {
            name: if restore.drill.is_some() { drills_of(pair.name()) } else { restores_of(pair.name()) },
            source: pair.settings.target.clone(),
            target: destination,
            seed: Seed::default(),
            verify: Verify::None,
            ..pair.settings.clone()
        };
        let made = Self::new(&settings, credentials, &pair.deployment, lease, options)?;
        let Beside { owned, running } =
            if restore.drill.is_some() { pair.drills.clone() } else { pair.restores.clone() };
        let origin = restore.drill.is_some().then(|| pair.source.clone());
        // what a drill makes is known again by the next one, whose scratch share is another
        let id = if restore.drill.is_some() { pair.id.clone() } else { made.id };
        let target = made.target.within(&restore.destination.folder);
        Ok(Self { id, target, owned, running, origin, restore: Some(Box::new(restore)), ..made })
    }

    /// The rows alone under which restores, or drills, of `pair` are stored: there is no share that may be written to.
    pub fn of_rows(
        pair: &Self,
        name: &str,
        credentials: &Credentials,
        lease: Duration,
        options: &ClientOptions,
    ) -> anyhow::Result<Self> {
        let settings = PairSettings {
            name: name.to_owned(),
            source: pair.settings.target.clone(),
            ..pair.settings.clone()
        };
        let made = Self::new(&settings, credentials, &pair.deployment, lease, options)?;
        let beside = if name == pair.drills().name { &pair.drills } else { &pair.restores };
        let Beside { owned, running } = beside.clone();
        Ok(Self { owned, running, ..made })
    }

    /// The target of `pair` as a source, and its source as the target. Its share snapshots bear the marks of `pair`, in roles of
    /// their own.
    pub fn of_failback(
        pair: &Self,
        order: Failback,
        credentials: &Credentials,
        lease: Duration,
        options: &ClientOptions,
    ) -> anyhow::Result<Self> {
        let settings = PairSettings {
            name: failbacks_of(pair.name()),
            source: pair.settings.target.clone(),
            target: pair.settings.source.clone(),
            seed: Seed::default(),
            ..pair.settings.clone()
        };
        let made = Self::new(&settings, credentials, &pair.deployment, lease, options)?;
        let made = Self { id: pair.id.clone(), ..made };
        let home = Box::new(Self {
            settings: pair.settings.clone(),
            id: pair.id.clone(),
            deployment: pair.deployment.clone(),
            source: made.target.clone(),
            target: made.source.clone(),
            staging: made.staging.clone(),
            gate: made.gate.clone(),
            owned: made.owned.clone(),
            limits: made.limits.clone(),
            unsettled: made.unsettled.clone(),
            permissions: Mutex::default(),
            sent: made.sent.clone(),
            seen: Seen::default(),
            running: Running::default(),
            restore: None,
            origin: None,
            drills: Beside::default(),
            failback: None,
            restores: Beside::default(),
            failbacks: Beside::default(),
        });
        let Beside { owned, running } = pair.failbacks.clone();
        Ok(Self { owned, running, failback: Some(WayBack { home, order }), ..made })
    }

    /// Whether this is neither a restore nor a failback.
    pub fn backs_up(&self) -> bool {
        self.restore.is_none() && self.failback.is_none()
    }

    pub fn cycles(&self) -> Book<'_> {
        Book { name: self.name().to_owned(), running: &self.running }
    }

    pub fn restores(&self) -> Book<'_> {
        Book { name: restores_of(self.name()), running: &self.restores.running }
    }

    pub fn drills(&self) -> Book<'_> {
        Book { name: drills_of(self.name()), running: &self.drills.running }
    }

    pub fn failbacks(&self) -> Book<'_> {
        Book { name: failbacks_of(self.name()), running: &self.failbacks.running }
    }

    pub fn name(&self) -> &str {
        &self.settings.name
    }

    pub fn share(&self, side: Side) -> &ShareClient {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    pub fn target_account(&self) -> &ShareServiceClient {
        &self.staging
    }

    /// A share of the target's account.
    pub fn staging(&self, share: &str) -> ShareClient {
        self.staging.share_client(share)
    }

    /// What is known of the permissions of these two shares; of shares made anew nothing is known.
    pub fn permissions(&self, identity: &Identity) -> Arc<PermissionMap> {
        let mut known = self.permissions.lock().expect("no panic while a pair is held");
        if known.0 != *identity {
            *known = (identity.clone(), Arc::default());
        }
        known.1.clone()
    }

    /// The two share snapshots of a recovery point.
    pub fn base(&self, point: &BasePoint) -> Base {
        let (source, target) =
            (self.source.with_snapshot(&point.source), self.target.with_snapshot(&point.target));
        Base { source, target, is_exact: point.is_exact }
    }

    /// What the settings leave out, by path.
    pub fn exclude(&self) -> Exclude {
        let exclude = self.settings.exclude.clone();
        if exclude.is_empty() { Exclude::default() } else { Exclude::new(move |path| exclude.matches(path)) }
    }

    /// Shows the cycle that runs in this process, or none any more.
    pub fn show(&self, live: Option<Arc<Live>>) {
        let shown = live.map(|live| (live, self.sent.clone()));
        *self.running.0.lock().expect("no panic while a pair is held") = shown;
    }
}

/// The name under which restores of a pair are stored: no pair can be called so.
pub fn restores_of(pair: &str) -> String {
    format!("{pair}{RESTORES}")
}

/// The same of its drills.
pub fn drills_of(pair: &str) -> String {
    format!("{pair}{DRILLS}")
}

/// The pair whose drills are stored under a name.
pub fn drilled_by(name: &str) -> Option<&str> {
    name.strip_suffix(DRILLS)
}

/// The pair whose restores, or drills, are stored under a name.
pub fn restored_by(name: &str) -> Option<&str> {
    name.strip_suffix(RESTORES).or_else(|| drilled_by(name))
}

fn failbacks_of(pair: &str) -> String {
    format!("{pair}{FAILBACKS}")
}

/// The pair whose failbacks are stored under a name.
pub fn failed_back_by(name: &str) -> Option<&str> {
    name.strip_suffix(FAILBACKS)
}

/// The pair under whose name, or beside it, something is stored.
pub fn owner_of(name: &str) -> &str {
    restored_by(name).or_else(|| failed_back_by(name)).unwrap_or(name)
}

const RESTORES: &str = ":restore";
const DRILLS: &str = ":drill";
const FAILBACKS: &str = ":failback";

/// 128 bits of a hash, as text.
pub fn short_hash(text: &str) -> String {
    Sha256::digest(text)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn service(
    share: &ShareSettings,
    credentials: &Credentials,
    pace: Pace,
    options: &ClientOptions,
) -> anyhow::Result<ShareServiceClient> {
    let credential = credentials.of(&share.account)?;
    let options = ClientOptions { pace: Some(pace), ..options.clone() };
    Ok(ShareServiceClient::new(&share.endpoint, &share.account, credential, options)?)
}

impl From<&ShareSettings> for ShareName {
    fn from(share: &ShareSettings) -> Self {
        Self { account: share.account.clone(), share: share.share.clone() }
    }
}

/// Counts every attempt that goes to the file services.
#[derive(Debug, Default)]
pub struct Sent {
    list: AtomicU64,
    other: AtomicU64,
    /// Those of the two shares.
    paces: Vec<Pace>,
}

impl Sent {
    pub fn requests(&self) -> Requests {
        Requests {
            list: self.list.load(Ordering::Relaxed),
            other: self.other.load(Ordering::Relaxed),
            throttled: self.paces.iter().map(Pace::throttled).sum(),
        }
    }
}

impl RequestObserver for Sent {
    fn sent(&self, operation: Operation) {
        let counter = if operation == Operation::ListDirectoriesAndFiles { &self.list } else { &self.other };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
