//! Permissions of one share and the keys that stand for them. Equal descriptors have equal keys in a share,
//! whatever format they came in; different shares have different keys, so that a client which forgets to map
//! them is found out.

use std::collections::HashMap;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{self, ServiceError};
use descriptor::Descriptor;

mod binary;
mod descriptor;
mod rights;
mod sddl;
mod sid;

/// `{u64}*{u64}` in decimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct PermissionKey(Arc<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Sddl,
    /// A self-relative security descriptor in base64.
    Binary,
}

#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    salt: String,
    /// Keys of texts that were seen, so that the usual few descriptors are not parsed for every file.
    seen: HashMap<String, (Format, PermissionKey)>,
    descriptors: HashMap<PermissionKey, Descriptor>,
}

impl PermissionKey {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (left, right) = text.split_once('*')?;
        let is_number =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_ok();
        (is_number(left) && is_number(right)).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
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

impl Permissions {
    /// The salt is what makes the keys of this share its own.
    pub(crate) fn new(salt: String) -> Self {
        Self { salt, seen: HashMap::new(), descriptors: HashMap::new() }
    }

    /// The key of a descriptor.
    pub(crate) fn create(&mut self, value: &str, format: Format) -> Result<PermissionKey, ServiceError> {
        if let Some((_, key)) = self.seen.get(value).filter(|(seen, _)| *seen == format) {
            return Ok(key.clone());
        }
        let descriptor = match format {
            Format::Sddl => sddl::parse(value),
            Format::Binary => BASE64_STANDARD.decode(value).ok().and_then(|bytes| binary::parse(&bytes)),
        };
        let descriptor = descriptor.ok_or(error::FILE_INVALID_PERMISSION)?;
        let key = self.key_of(&binary::render(&descriptor));
        self.seen.insert(value.to_owned(), (format, key.clone()));
        self.descriptors.insert(key.clone(), descriptor);
        Ok(key)
    }

    pub(crate) fn get(&self, key: &PermissionKey, format: Format) -> Result<String, ServiceError> {
        let descriptor = self.descriptors.get(key).ok_or(error::FILE_INVALID_PERMISSION_KEY)?;
        match format {
            Format::Sddl => sddl::render(descriptor).ok_or(error::CANNOT_CONVERT_TO_SDDL.into()),
            Format::Binary => Ok(BASE64_STANDARD.encode(binary::render(descriptor))),
        }
    }

    pub(crate) fn salt(&self) -> &str {
        &self.salt
    }

    pub(crate) fn count(&self) -> usize {
        self.descriptors.len()
    }

    /// In binary, as base64.
    pub(crate) fn all(&self) -> Vec<String> {
        let encoded = |descriptor| BASE64_STANDARD.encode(binary::render(descriptor));
        self.descriptors.values().map(encoded).collect()
    }

    /// From what [`Permissions::all`] gave; the same salt makes the same keys.
    pub(crate) fn restore(salt: String, descriptors: &[String]) -> Option<Self> {
        let mut permissions = Self::new(salt);
        for descriptor in descriptors {
            permissions.create(descriptor, Format::Binary).ok()?;
        }
        Some(permissions)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The descriptor of a recorded Create Permission, and what Get Permission answered for it.
    const SENT: &str = "O:S-1-5-21-2127521184-1604012920-1887927527-21560751G:S-1-5-21-2127521184-1604012920-\
        1887927527-513D:AI(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;S-1-5-21-397955417-626881126-188441444-3053964)";

    fn permissions(salt: &str) -> Permissions {
        Permissions::new(salt.to_owned())
    }

    #[test]
    fn a_permission_is_answered_as_the_service_answered_it() {
        let mut permissions = permissions("share");
        let key = permissions.create(SENT, Format::Sddl).expect("valid");
        let answered = permissions.get(&key, Format::Sddl).expect("known");
        assert_eq!(answered, format!("{SENT}S:NO_ACCESS_CONTROL"));
        assert_eq!(permissions.create(&answered, Format::Sddl).expect("valid"), key);
    }

    #[test]
    fn equal_descriptors_share_a_key_whatever_their_format() {
        let mut permissions = permissions("share");
        let key = permissions.create(SENT, Format::Sddl).expect("valid");
        let binary = permissions.get(&key, Format::Binary).expect("known");
        assert_eq!(permissions.create(&binary, Format::Binary).expect("valid"), key);
    }

    #[test]
    fn equal_descriptors_have_different_keys_in_different_shares() {
        let key = |salt| permissions(salt).create(SENT, Format::Sddl).expect("valid");
        assert_ne!(key("one"), key("two"));
    }

    #[test]
    fn a_custom_entry_is_kept_in_binary_and_has_no_sddl() {
        let mut permissions = permissions("share");
        let mut descriptor = sddl::parse(SENT).expect("valid");
        descriptor.add_callback_entry();
        let binary = BASE64_STANDARD.encode(binary::render(&descriptor));
        let key = permissions.create(&binary, Format::Binary).expect("valid");
        assert_eq!(permissions.get(&key, Format::Binary).expect("known"), binary);
        let refused = permissions.get(&key, Format::Sddl).expect_err("no SDDL");
        assert_eq!(refused.code(), "CannotConvertToSddlDueToCustomAce");
    }

    #[test]
    fn an_unknown_key_and_a_malformed_descriptor_are_refused() {
        let mut permissions = permissions("share");
        let unknown = PermissionKey::parse("1*2").expect("well formed");
        assert_eq!(
            permissions.get(&unknown, Format::Sddl).expect_err("unknown").code(),
            "FileInvalidPermissionKey"
        );
        for bad in ["abcde", "O:SYG:SY", "O:DAG:SYD:", "O:SYG:SYD:(A;;FA;;;XX)", "O:SYG:SYD:(A;;FA;;SY)"] {
            assert_eq!(permissions.create(bad, Format::Sddl).expect_err(bad).code(), "FileInvalidPermission");
        }
        assert!(PermissionKey::parse("12").is_none());
    }
}
