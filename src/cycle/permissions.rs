//! What is known of a pair's permissions outlives the process. A convenience: where it cannot be read or written, every
//! distinct descriptor costs its two requests again, and the cycle goes on.

use super::pair::Identity;
use super::run::Cycle;
use crate::state::{KnownPermissions, State, StateError};

impl Cycle<'_> {
    /// Takes up what an earlier process knew, before the first state that asks for it.
    pub(super) async fn recall_permissions(&mut self, state: &State) {
        let asks = matches!(
            state,
            State::Planning { .. } | State::Applying { .. } | State::Verifying { .. } | State::Proving
        );
        if !asks || self.permissions.is_some() {
            return;
        }
        let identity = self.live.update(|record| Identity::of(record));
        let permissions = self.pair.permissions(&identity);
        if permissions.is_to_be_recalled() {
            match self.store.permissions(self.pair.name()).await {
                Ok(Some(known))
                    if known.source_share == identity.source && known.target_share == identity.target =>
                {
                    permissions.recall(known.keys);
                }
                Ok(_) => {}
                Err(error) => self.warn(&error),
            }
        }
        self.permissions = Some(permissions);
    }

    /// Keeps what this invocation has found out.
    pub(super) async fn keep_permissions(&self) {
        let Some(permissions) = &self.permissions else { return };
        let Some(keys) = permissions.news(KnownPermissions::KEPT) else { return };
        let Identity { source, target } = self.live.update(|record| Identity::of(record));
        let known = KnownPermissions { source_share: source, target_share: target, keys };
        if let Err(error) = self.store.keep_permissions(self.pair.name(), &known).await {
            self.warn(&error);
        }
    }

    fn warn(&self, error: &StateError) {
        tracing::warn!(
            pair.name = self.pair.name(),
            cycle.id = self.id,
            "What is known of permissions is not kept between invocations: {error}"
        );
    }
}
