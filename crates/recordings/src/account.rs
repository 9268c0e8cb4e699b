//! What kind of account a script was recorded on, as its answers show: such things are settings, and not made by any
//! request that was recorded.

use file_share_emulator::{AccountConfig, Billing, Config};

use crate::exchange::Exchange;
use crate::script::Script;

/// The published key of Microsoft's storage emulators.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// The quota of a share in an account without large file shares.
const SMALL_QUOTA_GIB: u64 = 5120;
/// Unless a listing tells how many days are left.
const RETENTION_DAYS: u32 = 7;

pub(crate) const NAME: &str = "account";

pub(crate) fn config(script: &Script) -> Config {
    let mut config = Config { accounts: vec![AccountConfig::new(NAME, KEY)], ..Config::default() };
    let exchanges: Vec<&Exchange> = script.steps.iter().map(|step| &step.exchange).collect();
    let shows = |header: &str, element: &str| {
        exchanges.iter().any(|exchange| {
            exchange.response.header(header).is_some() || exchange.response.text().contains(element)
        })
    };
    if has_small_shares(&exchanges) {
        config.largest_quota_gib = SMALL_QUOTA_GIB;
    }
    let has_v2 = shows("x-ms-share-provisioned-bandwidth-mibps", "<ProvisionedBandwidthMiBps>")
        && exchanges.iter().any(|exchange| exchange.header("x-ms-share-provisioned-iops").is_some());
    config.billing = match shows("x-ms-share-provisioned-iops", "<ProvisionedIops>") {
        _ if has_v2 => Billing::ProvisionedV2,
        true => Billing::ProvisionedV1,
        false => Billing::PayAsYouGo,
    };
    let restores = exchanges.iter().any(|exchange| exchange.request.target.is("comp", "undelete"));
    if restores || shows("x-ms-share-deleted-time", "<Deleted>true</Deleted>") {
        config.share_retention_days = Some(days_left(&exchanges).unwrap_or(RETENTION_DAYS));
    }
    config
}

fn days_left(exchanges: &[&Exchange]) -> Option<u32> {
    let days = |exchange: &&Exchange| {
        let (_, rest) = exchange.response.text().split_once("<RemainingRetentionDays>")?;
        rest.split('<').next()?.parse().ok()
    };
    exchanges.iter().filter_map(days).max()
}

/// Its shares have the smaller quota, and nobody asked for that.
fn has_small_shares(exchanges: &[&Exchange]) -> bool {
    let quota = SMALL_QUOTA_GIB.to_string();
    let is_shown = exchanges.iter().any(|exchange| {
        exchange.response.header("x-ms-share-quota") == Some(&quota)
            || exchange.response.text().contains(&format!("<Quota>{quota}</Quota>"))
    });
    is_shown && !exchanges.iter().any(|exchange| exchange.header("x-ms-share-quota") == Some(&quota))
}
