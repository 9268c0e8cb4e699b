//! An account: its key, its shares by name, and the properties of its file service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::deleted_share::DeletedShares;
use super::service_properties::ServiceProperties;
use super::share::Share;
use crate::billing::Billing;
use crate::config::AccountConfig;
use crate::error::{self, ServiceError};

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: Arc<str>,
    pub(crate) key: Vec<u8>,
    /// Whether the key and what it signs open the account.
    pub(crate) allow_shared_key: bool,
    /// Unless it pays as all the others do.
    pub(crate) billing: Option<Billing>,
    pub(crate) port: u16,
    pub(crate) https_port: u16,
    pub(crate) deleted: DeletedShares,
    shares: Mutex<BTreeMap<String, Arc<Share>>>,
    service_properties: Mutex<ServiceProperties>,
}

impl Account {
    pub(crate) fn new(config: &AccountConfig, key: Vec<u8>, port: u16, https_port: u16) -> Self {
        Self {
            name: config.name.as_str().into(),
            key,
            allow_shared_key: config.allow_shared_key,
            billing: config.billing,
            port,
            https_port,
            deleted: DeletedShares::default(),
            shares: Mutex::default(),
            service_properties: Mutex::default(),
        }
    }

    pub(crate) fn shares(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Share>>> {
        self.shares.lock().expect("no handler panics while it holds the list of shares")
    }

    pub(crate) fn service_properties(&self) -> MutexGuard<'_, ServiceProperties> {
        self.service_properties.lock().expect("no handler panics while it holds the properties")
    }

    pub(crate) fn share(&self, name: &str) -> Result<Arc<Share>, ServiceError> {
        self.shares().get(name).cloned().ok_or(error::SHARE_NOT_FOUND.into())
    }
}
