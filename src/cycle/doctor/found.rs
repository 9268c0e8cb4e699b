//! What a share that was found is: its clock, its protocol, its share snapshots.

use azure_storage::ServiceClock;
use azure_storage_file_share::ShareProperties;
use time::Duration;

use super::check::{CheckName, Remedy};
use super::right::Right;
use super::share::ShareExam;
use crate::cycle::clearing::protected;
use crate::cycle::pair::Pair;
use crate::cycle::snapshots;
use crate::retention::{Point, Retention, make_room};
use crate::state::Side;

/// The service refuses Shared Key with a date that is 15 minutes off, and what is signed is wrong before.
const CLOCK_MAY_BE_OFF: Duration = Duration::minutes(5);

impl ShareExam<'_> {
    pub(super) fn tell_clock(&mut self, clock: &ServiceClock) {
        let Some(ahead) = clock.ahead(self.asked.endpoint) else { return };
        self.ahead = ahead;
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

    /// Lists the share snapshots.
    pub(super) async fn list(&mut self, pair: &Pair) {
        let inherited = self.found.as_ref().map(|found| found.metadata.clone()).unwrap_or_default();
        match snapshots::list(pair, &self.share, &inherited, self.side).await {
            Ok(listed) => self.listed = Some(listed),
            Err(error) => {
                self.fail(CheckName::SnapshotCount, Right::ReadShares, &error).await;
            }
        }
    }

    /// Whether the next share snapshot finds room, by the rules of the pair. `target` are all those of the target.
    pub(super) fn tell_room(&mut self, rules: &Retention, target: &[Point]) {
        let Some(listed) = &self.listed else { return };
        let room = make_room(self.side, &listed.points, &protected(target, ""), rules);
        let (all, ours) = (listed.points.len(), listed.ours.len());
        let detail = format!("{all} share snapshots of {}, {ours} of them this pair's", rules.limit);
        if !room.blocked && !room.full {
            self.notes.ok(CheckName::SnapshotCount, detail);
            return;
        }
        let next = if room.full {
            "there is no place for the next one"
        } else {
            "too few places stay free for others"
        };
        let detail = format!("{detail}, and none of them may go: {next}");
        let remedy = "Let others keep fewer, keep fewer yourself (retention.keep, holds), or delete share snapshots that nobody needs: the app never deletes what is not this pair's, held or wanted. Cycles raise PruneBlocked now, and fail with SnapshotLimit at the limit";
        let (account, share) = (self.asked.account, self.share.name());
        let command = format!(
            "az storage share list --account-name {account} --auth-mode login --enable-file-backup-request-intent --prefix {share} --include-snapshots --query \"[?name=='{share}'].snapshot\""
        );
        self.notes.failed(CheckName::SnapshotCount, detail, Remedy::text(remedy).with_command(command));
    }

    /// Whether one more, for a moment, costs nobody anything: a cycle that comes meanwhile finds its place and those that
    /// stay free without deleting for it.
    pub(super) fn has_a_place_to_spare(&self, rules: &Retention, used: usize) -> bool {
        let headroom = match self.side {
            Side::Source => rules.headroom_source,
            Side::Target => rules.headroom_target,
        };
        used + headroom + 2 <= rules.limit
    }
}
