//! Microsoft's AzCopy between folders and shares, between shares, with signatures and with an identity over TLS.

mod callers;
mod copies;
mod jobs;
mod run;
mod syncs;
mod transfers;

use anyhow::Result;

use super::court::Court;
use super::{Report, checks};
use crate::tools::{AzCopy, Unavailable};
use run::Work;
pub(crate) use run::{PRESERVE, url};

pub(super) async fn hear(court: &Court) -> Result<Report> {
    let azcopy = AzCopy::install()?.map_err(Unavailable)?;
    let work = Work::new(&azcopy, court);
    let mut report = Report::new("azcopy", work.version().await?);
    let mut all = transfers::checks(&work);
    all.extend(copies::checks(&work));
    all.extend(syncs::checks(&work));
    all.extend(callers::checks(&work));
    all.extend(jobs::checks(&work));
    checks::record(&mut report, all).await;
    Ok(report)
}
