//! What a share that was found is: its clock, its protocol, its share snapshots.

use azure_storage::ServiceClock;
use azure_storage_file_share::ShareProperties;
use time::Duration;

use super::check::{CheckName, Remedy};
use super::right::Right;
use super::share::ShareExam;
use crate::cycle::pair::Pair;
use crate::cycle::snapshots;
use crate::state::Side;

/// The service refuses Shared Key with a date that is 15 minutes off, and what is signed is wrong before.
const CLOCK_MAY_BE_OFF: Duration = Duration::minutes(5);

impl ShareExam<'_> {
    pub(super) fn tell_clock(&mut self, clock: &ServiceClock) {
        let Some(ahead) = clock.ahead(self.asked.endpoint) else { return };
        let seconds = ahead.whole_seconds();
        if ahead.abs() <= CLOCK_MAY_BE_OFF {
            self.notes.ok(CheckName::Clock, format!("{} seconds apart", seconds.abs()));
            return;
        }
        let way = if seconds > 0 { "behind" } else { "ahead of" };
        let detail = format!("The clock here is {} seconds {way} that of the service", seconds.abs());
        let remedy = "Set the clock by NTP. On Azure the platform does that: try again, and restart the app if it stays so";
        self.notes.failed(CheckName::Clock, detail, Remedy::text(remedy));
    }

    pub(super) fn tell_protocol(&mut self, found: &ShareProperties) {
        match found.enabled_protocols.as_deref() {
            None | Some("SMB") => self.notes.ok(CheckName::Protocol, "SMB"),
            Some(other) => self.notes.failed(
                CheckName::Protocol,
                format!("Share {} is a share for {other}; only SMB shares are backed up", self.share.name()),
                Remedy::text("Name an SMB share; NFS shares need another way of backup"),
            ),
        }
    }

    /// How many share snapshots there are, and whether the pair finds room among those of others.
    pub(super) async fn count(&mut self, pair: &Pair) {
        let inherited = self.found.as_ref().map(|found| found.metadata.clone()).unwrap_or_default();
        let listed = match snapshots::list(pair, &self.share, &inherited, self.side).await {
            Ok(listed) => listed,
            Err(error) => {
                self.fail(CheckName::SnapshotCount, Right::ReadShares, &error).await;
                return;
            }
        };
        let rules = &pair.settings.retention;
        let (limit, headroom) = match self.side {
            Side::Source => (rules.limit, rules.headroom_source),
            Side::Target => (rules.limit, rules.headroom_target),
        };
        let (all, ours) = (listed.points.len(), listed.ours.len());
        let others = all - ours;
        let detail = format!("{all} share snapshots of {limit}, {ours} of them this pair's");
        if others + headroom < limit {
            self.notes.ok(CheckName::SnapshotCount, detail);
        } else {
            let detail =
                format!("{detail}. The {others} of others leave no room: {headroom} places stay free");
            let remedy = format!(
                "Let others keep fewer, or delete share snapshots that nobody needs. The app never deletes what is not this pair's. At {others}, cycles raise PruneBlocked, and at Azure's limit of 200 they fail with SnapshotLimit"
            );
            let (account, share) = (self.asked.account, self.share.name());
            let command = format!(
                "az storage share list --account-name {account} --auth-mode login --enable-file-backup-request-intent --prefix {share} --include-snapshots --query \"[?name=='{share}'].snapshot\""
            );
            self.notes.failed(CheckName::SnapshotCount, detail, Remedy::text(remedy).with_command(command));
        }
        self.listed = Some(listed);
    }
}
