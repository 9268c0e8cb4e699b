//! Permissions of one share and the keys that stand for them. Equal descriptors have equal keys in a share,
//! whatever format they came in; different shares have different keys, so that a client which forgets to map
//! them is found out.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::{self, ServiceError};

/// `{u64}*{u64}` in decimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PermissionKey(Arc<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Sddl,
    Binary,
}

impl Format {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Sddl, Self::Binary].into_iter().find(|format| text.eq_ignore_ascii_case(format.name()))
    }

    /// As the service answers it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sddl => "sddl",
            Self::Binary => "binary",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Permissions {
    salt: String,
    descriptors: HashMap<PermissionKey, String>,
}

impl PermissionKey {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (left, right) = text.split_once('*')?;
        let number =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_ok();
        (number(left) && number(right)).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PermissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Permissions {
    /// The salt is what makes the keys of this share its own.
    pub(crate) fn new(salt: String) -> Self {
        Self { salt, descriptors: HashMap::new() }
    }

    pub(crate) fn create(&mut self, value: &str, _format: Format) -> Result<PermissionKey, ServiceError> {
        let key = self.key_of(value.as_bytes());
        self.descriptors.entry(key.clone()).or_insert_with(|| value.to_owned());
        Ok(key)
    }

    pub(crate) fn get(&self, key: &PermissionKey, _format: Format) -> Result<String, ServiceError> {
        self.descriptors.get(key).cloned().ok_or(error::FILE_INVALID_PERMISSION_KEY.into())
    }

    pub(crate) fn knows(&self, key: &PermissionKey) -> bool {
        self.descriptors.contains_key(key)
    }

    fn key_of(&self, descriptor: &[u8]) -> PermissionKey {
        let digest = Sha256::new().chain_update(&self.salt).chain_update(descriptor).finalize();
        let half = |at: usize| digest[at..at + 8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        PermissionKey(format!("{}*{}", half(0), half(8)).into())
    }
}
