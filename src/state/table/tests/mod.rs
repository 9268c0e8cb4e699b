//! What only a service can do: lose answers, drop tables, hold rows of other versions.

mod limits;
mod lost_answers;
mod other_rows;
mod overtaken;
mod plan_size;

use std::sync::Arc;

use azurite::Proxy;
use faults::{Plan, Seen};

use crate::state::contract::{World, store};

/// A pair in Azurite, reached directly and through a proxy that spoils requests.
struct Shaky {
    proxy: Proxy,
    shaky: World,
    direct: World,
}

impl Shaky {
    async fn start() -> Self {
        let azurite = azurite::shared().await;
        let proxy = Proxy::start(azurite).await.expect("a proxy");
        let direct = World::new(store(azurite, &azurite.table_endpoint()));
        direct.store.open().await.expect("tables");
        let shaky = World { store: store(azurite, &proxy.endpoint()), pair: direct.pair.clone() };
        Self { proxy, shaky, direct }
    }

    fn spoil(&self, plan: impl Plan + 'static) {
        self.proxy.set_faults(Some(Arc::new(plan)));
    }
}

fn writes(seen: &Seen<'_>) -> bool {
    !matches!(seen.operation, "Get Entity" | "Query Entities")
}
