//! Permission keys belong to one share. This map takes a key of the source to its counterpart in the target.
//!
//! Two requests per descriptor not yet known, one after the other however many entries ask at once. The map is
//! kept between cycles, and is bounded.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use azure_storage_file_share::{Permission, PermissionFormat, PermissionKey, ShareClient};
use tokio::sync::OnceCell;

use super::failure::Result;

/// Distinct descriptors remembered for a pair; most shares have a few dozen.
const REMEMBERED: usize = 100_000;

const HELD: &str = "no panic while the map is held";

type Counterpart = Arc<OnceCell<PermissionKey>>;

/// The counterparts known so far.
#[derive(Debug, Default)]
pub struct PermissionMap {
    known: Mutex<HashMap<PermissionKey, Counterpart>>,
    /// Only for looking: the target's keys by their descriptor, as far as its listings showed them.
    seen: Option<Mutex<HashMap<Permission, PermissionKey>>>,
}

impl PermissionMap {
    /// A map that makes no permission in the target. A descriptor that the target showed has that key as its
    /// counterpart; any other gets one that equals none.
    pub fn for_looking() -> Self {
        Self { seen: Some(Mutex::default()), ..Self::default() }
    }

    /// Learns the descriptors behind keys of the target, where they will be looked for.
    pub async fn see(&self, target: &ShareClient, keys: impl Iterator<Item = &PermissionKey>) -> Result<()> {
        let Some(seen) = &self.seen else { return Ok(()) };
        let known: HashSet<PermissionKey> = seen.lock().expect(HELD).values().cloned().collect();
        let new: HashSet<&PermissionKey> =
            keys.filter(|key| !key.is_empty() && !known.contains(*key)).collect();
        for key in new {
            let permission = target.get_permission(key, PermissionFormat::Binary).await?;
            seen.lock().expect(HELD).insert(permission, key.clone());
        }
        Ok(())
    }

    /// The target's key for the descriptor behind a key of the source. An empty key has none.
    ///
    /// The descriptor travels in binary form, which holds what SDDL cannot say. Neither request takes a share
    /// snapshot: keys are resolved at the share itself.
    pub async fn counterpart(
        &self,
        source: &ShareClient,
        target: &ShareClient,
        key: &PermissionKey,
    ) -> Result<PermissionKey> {
        if key.is_empty() {
            return Ok(key.clone());
        }
        let cell = self.cell(key);
        let found = cell
            .get_or_try_init(|| async {
                let permission = source.get_permission(key, PermissionFormat::Binary).await?;
                match &self.seen {
                    None => target.create_permission(&permission).await,
                    Some(seen) => {
                        let seen = seen.lock().expect(HELD).get(&permission).cloned();
                        Ok(seen.unwrap_or_else(|| PermissionKey::from(format!("not in the target: {key}"))))
                    }
                }
            })
            .await?;
        Ok(found.clone())
    }

    /// Forgets everything: a key turned out to be unknown to its share.
    pub fn clear(&self) {
        self.known.lock().expect(HELD).clear();
    }

    /// Remembers the key that the target answered after it was sent `sent`: that one is what listings show.
    pub fn learn(&self, sent: &PermissionKey, answered: &PermissionKey) {
        if sent == answered || answered.is_empty() || sent.is_empty() {
            return;
        }
        let mut known = self.known.lock().expect(HELD);
        for counterpart in known.values_mut() {
            if counterpart.get() == Some(sent) {
                *counterpart = Arc::new(OnceCell::new_with(Some(answered.clone())));
            }
        }
    }

    fn cell(&self, key: &PermissionKey) -> Counterpart {
        let mut known = self.known.lock().expect(HELD);
        if known.len() >= REMEMBERED && !known.contains_key(key) {
            known.clear();
        }
        known.entry(key.clone()).or_default().clone()
    }
}
