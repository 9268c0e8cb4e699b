//! Our share snapshots: how they are marked, and how they are known again from the shares alone (P8).

use std::collections::{HashMap, HashSet};

use azure_storage_file_share::{ETag, Metadata, ShareClient, ShareSnapshotId};

use super::Result;
use super::report::RecoveryPoint;

const PAIR: &str = "backup_pair";
const PAIR_ID: &str = "backup_pair_id";
const CYCLE: &str = "backup_cycle";
const ROLE: &str = "backup_role";
/// On source share snapshots: the ETag of the target share that the cycle was going to write to.
const TARGET_SHARE: &str = "backup_target_share";

/// What a share snapshot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Source,
    Target,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// The metadata that marks a share snapshot as ours.
pub fn mark(pair: &str, pair_id: &str, cycle: &str, role: Role, target_share: Option<&ETag>) -> Metadata {
    let mut mark: Metadata = [(PAIR, pair), (PAIR_ID, pair_id), (CYCLE, cycle), (ROLE, role.as_str())]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    if let (Role::Source, Some(etag)) = (role, target_share) {
        mark.insert(TARGET_SHARE.to_owned(), etag.to_string());
    }
    mark
}

/// All share snapshots of a share: how many there are, and which of them are this pair's, by cycle.
#[derive(Debug, Default)]
pub struct Taken {
    /// Ours and everybody else's: they share one limit.
    pub count: usize,
    pub ours: HashMap<String, ShareSnapshotId>,
    /// The target shares that our cycles were going to write to.
    pub target_shares: HashSet<String>,
}

/// Lists the share snapshots of a share and picks out this pair's in this role. `inherited` is the share's own
/// metadata.
pub async fn taken(share: &ShareClient, inherited: &Metadata, pair_id: &str, role: Role) -> Result<Taken> {
    let snapshots = share.list_snapshots().await?;
    let count = snapshots.len();
    let mut taken = Taken { count, ..Default::default() };
    for item in snapshots {
        if let (Some(cycle), Some(id)) = (ours(&item.metadata, inherited, pair_id, role), item.snapshot) {
            taken.target_shares.extend(item.metadata.get(TARGET_SHARE).cloned());
            taken.ours.insert(cycle, id);
        }
    }
    Ok(taken)
}

/// The cycle that a share snapshot belongs to, if it is this pair's. Values that the snapshot merely took over from
/// the share itself prove nothing.
fn ours(metadata: &Metadata, inherited: &Metadata, pair_id: &str, role: Role) -> Option<String> {
    let cycle = metadata.get(CYCLE)?;
    let marked = metadata.get(PAIR_ID).is_some_and(|id| id == pair_id)
        && metadata.get(ROLE).is_some_and(|found| found == role.as_str());
    (marked && inherited.get(CYCLE) != Some(cycle)).then(|| cycle.clone())
}

/// Target share snapshots with their source partners, newest first.
pub fn recovery_points(source: &Taken, target: &Taken) -> Vec<RecoveryPoint> {
    let mut points: Vec<RecoveryPoint> = target
        .ours
        .iter()
        .map(|(cycle, target)| RecoveryPoint {
            cycle: cycle.clone(),
            source: source.ours.get(cycle).cloned(),
            target: target.clone(),
        })
        .collect();
    points.sort_by(|a, b| b.target.cmp(&a.target));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_snapshot_of_another_pair_role_or_owner_is_foreign() {
        let mine = mark("files", "id1", "c1", Role::Target, None);
        let none = Metadata::new();
        assert_eq!(ours(&mine, &none, "id1", Role::Target), Some("c1".to_owned()));
        assert_eq!(ours(&mine, &none, "id2", Role::Target), None);
        assert_eq!(ours(&mine, &none, "id1", Role::Source), None);
        assert_eq!(ours(&none, &none, "id1", Role::Target), None);
    }

    #[test]
    fn marks_inherited_from_the_share_itself_prove_nothing() {
        let mark = mark("files", "id1", "c1", Role::Source, None);
        assert_eq!(ours(&mark, &mark, "id1", Role::Source), None);
    }
}
