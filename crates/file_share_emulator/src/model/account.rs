//! An account: its key, its shares by name, and the properties of its file service.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use super::clock::Ticks;
use super::service_properties::ServiceProperties;
use super::share::Share;
use crate::error::{self, ServiceError};

/// For so long the service is still removing a share that was deleted.
const REMOVAL_SECONDS: u64 = 30;

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: Arc<str>,
    pub(crate) key: Vec<u8>,
    pub(crate) port: u16,
    pub(crate) https_port: u16,
    shares: Mutex<BTreeMap<String, Arc<Share>>>,
    service_properties: Mutex<ServiceProperties>,
    deletions: Mutex<HashMap<String, Ticks>>,
}

impl Account {
    pub(crate) fn new(name: &str, key: Vec<u8>, port: u16, https_port: u16) -> Self {
        let (shares, service_properties, deletions) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { name: name.into(), key, port, https_port, shares, service_properties, deletions }
    }

    pub(crate) fn shares(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Share>>> {
        self.shares.lock().expect("no handler panics while it holds the list of shares")
    }

    pub(crate) fn service_properties(&self) -> MutexGuard<'_, ServiceProperties> {
        self.service_properties.lock().expect("no handler panics while it holds the properties")
    }

    pub(crate) fn deleted(&self, name: &str, now: Ticks) {
        let mut deletions = self.deletions.lock().expect("no handler panics while it holds the deletions");
        deletions.retain(|_, deleted| now.seconds_after(*deleted) <= REMOVAL_SECONDS);
        deletions.insert(name.to_owned(), now);
    }

    /// Whether a share of this name was there a moment ago.
    pub(crate) fn is_removing(&self, name: &str, now: Ticks) -> bool {
        let deletions = self.deletions.lock().expect("no handler panics while it holds the deletions");
        deletions.get(name).is_some_and(|deleted| now.seconds_after(*deleted) <= REMOVAL_SECONDS)
    }

    pub(crate) fn share(&self, name: &str) -> Result<Arc<Share>, ServiceError> {
        self.shares().get(name).cloned().ok_or(error::SHARE_NOT_FOUND.into())
    }
}
