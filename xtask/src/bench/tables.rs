//! The table service of the benchmarks: Azurite, as slow as the file service beside it.

use std::sync::Arc;

use anyhow::{Context, Result};
use azure_data_tables::{ClientOptions, Filter, Query, TableServiceClient};
use azure_storage::{Credential, SharedKey};
use azurite::{Azurite, Proxy};
use faults::{Document, Planned};

use crate::tools::npm;

/// Each answer passes the proxy, which keeps it back as the emulator does its own.
pub(super) struct Tables {
    azurite: Azurite,
    proxy: Proxy,
}

impl Tables {
    pub(super) async fn start() -> Result<Self> {
        npm::install_tools().context("A cycle's wall time includes its tables, and Azurite cannot be had")?;
        let azurite = Azurite::start().await?;
        let proxy = Proxy::start(&azurite).await?;
        Ok(Self { azurite, proxy })
    }

    /// What the app is told of them.
    pub(super) fn settings(&self) -> [(String, String); 2] {
        let key = (format!("BACKUP_KEY__{}", self.azurite.account()), self.azurite.key().to_owned());
        [("BACKUP_STATE".to_owned(), self.proxy.endpoint().to_string()), key]
    }

    /// From now on; counting begins anew.
    pub(super) fn set_plan(&self, plan: Option<&Document>) -> Result<()> {
        let plan = plan.map(|plan| Planned::new(plan.clone())).transpose()?;
        self.proxy.set_faults(plan.map(|plan| Arc::new(plan) as _));
        Ok(())
    }

    /// What the plan of a cycle takes, as the service measures it, and in how many rows.
    pub(super) async fn plan_size(&self, pair: &str, cycle: &str) -> Result<(usize, usize)> {
        let key = Credential::SharedKey(SharedKey::new(self.azurite.account(), self.azurite.key())?);
        let endpoint = self.azurite.table_endpoint();
        let service =
            TableServiceClient::new(&endpoint, self.azurite.account(), key, ClientOptions::default())?;
        let table = service.table_client("backupcycles");
        let filter = Filter::partition(&format!("{pair}:{cycle}")).row_from("plan-").row_before("plan.");
        let mut query = Query { filter, ..Query::default() };
        let (mut rows, mut bytes) = (0, 0);
        loop {
            let page = table.query(&query).await?;
            rows += page.rows.len();
            bytes += page.rows.iter().map(|row| row.entity.stored_bytes()).sum::<usize>();
            query.continuation = page.continuation;
            if query.continuation.is_none() {
                return Ok((rows, bytes));
            }
        }
    }

    /// Requests since the plan was set.
    pub(super) fn count(&self) -> u64 {
        self.proxy.count()
    }
}
