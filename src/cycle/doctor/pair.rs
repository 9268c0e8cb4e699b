//! One pair: what its two shares are to each other, and each of them.

use std::time::Duration;

use futures::future::join;
use tokio::time::timeout;

use super::Doctor;
use super::carry::carry;
use super::check::{Check, CheckName, Remedy};
use super::notes::Notes;
use super::share::ShareExam;
use crate::config::ShareSettings;
use crate::cycle::pair::Pair;
use crate::state::Side;

/// For both shares together.
const PATIENCE: Duration = Duration::from_secs(40);

impl Doctor {
    pub(super) async fn pair(&self, pair: &Pair) -> anyhow::Result<Vec<Check>> {
        let (source, target) = (&pair.settings.source, &pair.settings.target);
        let mut notes = Notes::new(Some(pair.name()), None, None);
        accounts(source, target, &mut notes);
        let turn = self.turn(source);
        let exam = |side: Side, settings: &ShareSettings| {
            let is_a_target_too = self.targets.contains(&settings.account);
            let service = self.service(settings)?;
            anyhow::Ok(ShareExam::new(pair, side, service, &self.credential, is_a_target_too))
        };
        let (mut source, mut target) = (exam(Side::Source, source)?, exam(Side::Target, target)?);
        let looked = join(source.look(pair, &self.clock), target.look(pair, &self.clock));
        if timeout(PATIENCE, looked).await.is_err() {
            let detail = format!("The shares were not looked at in {} seconds", PATIENCE.as_secs());
            notes.failed(CheckName::Network, detail, Remedy::text("Ask again: the service may be busy"));
        } else {
            let points = target.listed.as_ref().map(|listed| listed.points.clone()).unwrap_or_default();
            for exam in [&mut source, &mut target] {
                exam.tell_room(&pair.settings.retention, &points);
            }
            space(&source, &target, &mut notes).await;
            carry(pair, turn, &mut source, &mut target, &mut notes).await;
        }
        let mut checks = notes.finish(&[CheckName::Space, CheckName::ServerSideCopy]);
        checks.extend(source.finish());
        checks.extend(target.finish());
        Ok(checks)
    }
}

/// One account is one region, one lock and one set of keys: what takes it takes both copies.
fn accounts(source: &ShareSettings, target: &ShareSettings, notes: &mut Notes) {
    let region = |account: &str| format!("az storage account show -n {account} --query primaryLocation");
    if source.account == target.account {
        let detail = format!(
            "Source and target lie in one account, {}, and so in one region: what takes it takes both",
            source.account
        );
        let remedy = "Name a target in another account and another region";
        notes.failed(CheckName::Accounts, detail, Remedy::text(remedy));
        return;
    }
    notes.ok(CheckName::Accounts, "Two accounts");
    let command = format!("{}; {}", region(&source.account), region(&target.account));
    notes.tell(
        CheckName::Regions,
        "The file service does not tell in which region an account is",
        Remedy::text("Compare the two regions that the command prints: they should differ")
            .with_command(command),
    );
}

/// Whether what the source holds fits into the target.
async fn space(source: &ShareExam<'_>, target: &ShareExam<'_>, notes: &mut Notes) {
    const GIB: u64 = 1 << 30;
    if source.found.is_none() {
        return;
    }
    let Some(quota) = target.found.as_ref().map(|found| found.quota_gib) else {
        if target.notes.is_good(CheckName::Share) {
            notes.ok(CheckName::Space, "The target share is made with the source's quota");
        }
        return;
    };
    let used = match source.share.get_statistics().await {
        Ok(statistics) => statistics.usage_bytes,
        Err(error) => {
            notes.not_tried(CheckName::Space, format!("What the source holds is not known: {error}"));
            return;
        }
    };
    match quota.map(u64::from) {
        Some(quota) if used > quota * GIB => {
            let (account, share) = (target.asked.account, target.share.name());
            let needed = used.div_ceil(GIB);
            let detail = format!("The source holds {needed} GiB, and the target's quota is {quota} GiB");
            let remedy = Remedy::text("Raise the quota of the target share").with_command(format!(
                "az storage share-rm update --storage-account {account} -n {share} --quota {needed}"
            ));
            notes.failed(CheckName::Space, detail, remedy);
        }
        Some(quota) => {
            let held = used.div_ceil(GIB);
            notes.ok(
                CheckName::Space,
                format!("The source holds {held} GiB, the target's quota is {quota} GiB"),
            );
        }
        None => notes.not_tried(CheckName::Space, "The service tells no quota of the target share"),
    }
}
