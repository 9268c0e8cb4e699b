//! Permission keys belong to one share. This map takes a key of the source to its counterpart in the target.
//!
//! Two requests per descriptor not yet known, one after the other however many entries ask at once. The map is
//! kept between cycles and handed to whoever keeps it between processes, and is bounded.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use azure_storage_file_share::{PermissionFormat, PermissionKey, ShareClient};
use tokio::sync::OnceCell;

use super::failure::Result;

/// Distinct descriptors remembered for a pair; most shares have a few dozen.
const REMEMBERED: usize = 100_000;

const HELD: &str = "no panic while the map is held";

type Counterpart = Arc<OnceCell<PermissionKey>>;

type Known = Mutex<HashMap<PermissionKey, Counterpart>>;

/// The counterparts known so far.
#[derive(Debug, Default)]
pub struct PermissionMap {
    known: Known,
    is_recalled: AtomicBool,
    has_news: AtomicBool,
    /// Only for looking: what the target's keys stand for.
    looked_up: Option<Known>,
    /// Descriptors are not compared at all.
    is_blind: bool,
}

impl PermissionMap {
    /// A map that makes no permission in the target: keys of either side become names of their descriptors, equal
    /// where those are.
    pub fn for_looking() -> Self {
        Self { looked_up: Some(Known::default()), ..Self::default() }
    }

    /// A map that knows no key, so that nothing is asked for, and nothing is found to differ by its descriptor.
    pub fn blind() -> Self {
        Self { is_blind: true, ..Self::default() }
    }

    /// A key of the target as it is to be compared.
    pub async fn shown(&self, target: &ShareClient, key: &PermissionKey) -> Result<PermissionKey> {
        let Some(looked_up) = self.looked_up.as_ref().filter(|_| !key.is_empty()) else {
            return Ok(key.clone());
        };
        Ok(cell(looked_up, key).get_or_try_init(|| named(target, key)).await?.clone())
    }

    /// Whether the target's keys have to be looked up before they can be compared.
    pub fn is_for_looking(&self) -> bool {
        self.looked_up.is_some()
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
        if key.is_empty() || self.is_blind {
            return Ok(PermissionKey::default());
        }
        let cell = cell(&self.known, key);
        let found = cell
            .get_or_try_init(|| async {
                if self.is_for_looking() {
                    return named(source, key).await;
                }
                let permission = source.get_permission(key, PermissionFormat::Binary).await?;
                let counterpart = target.create_permission(&permission).await?;
                self.has_news.store(true, Ordering::Relaxed);
                Ok(counterpart)
            })
            .await?;
        Ok(found.clone())
    }

    /// Whether nobody asked yet what an earlier process knew: whoever asks first does.
    pub fn is_to_be_recalled(&self) -> bool {
        !self.is_recalled.swap(true, Ordering::Relaxed)
    }

    /// Takes up what an earlier process knew. What this one has found out stands.
    pub fn recall(&self, keys: Vec<(PermissionKey, PermissionKey)>) {
        let mut known = self.known.lock().expect(HELD);
        for (key, counterpart) in keys {
            known.entry(key).or_insert_with(|| Arc::new(OnceCell::new_with(Some(counterpart))));
        }
    }

    /// Some of what is known, for the next process, if anything of it is new since the last call.
    pub fn news(&self, limit: usize) -> Option<Vec<(PermissionKey, PermissionKey)>> {
        if !self.has_news.swap(false, Ordering::Relaxed) {
            return None;
        }
        let known = self.known.lock().expect(HELD);
        let keys = known.iter().filter_map(|(key, cell)| Some((key.clone(), cell.get()?.clone())));
        Some(keys.take(limit).collect())
    }

    /// Forgets everything: a key turned out to be unknown to its share.
    pub fn clear(&self) {
        self.known.lock().expect(HELD).clear();
        self.has_news.store(true, Ordering::Relaxed);
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
                self.has_news.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn cell(known: &Known, key: &PermissionKey) -> Counterpart {
    let mut known = known.lock().expect(HELD);
    if known.len() >= REMEMBERED && !known.contains_key(key) {
        known.clear();
    }
    known.entry(key.clone()).or_default().clone()
}

/// The same for the same descriptor, on whichever share.
async fn named(share: &ShareClient, key: &PermissionKey) -> azure_storage::Result<PermissionKey> {
    let permission = share.get_permission(key, PermissionFormat::Binary).await?;
    Ok(PermissionKey::from(permission.value))
}
