//! The rules of a pair: how full a share may get, and which recovery points are wanted whatever happens.

/// Share snapshots that Azure allows a share, everybody's together.
pub const AZURE_LIMIT: usize = 200;

/// How many share snapshots stay, from field `retention`. Only numbers matter; nothing is deleted for its age alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Field `limit`: the share snapshots that a share may have, everybody's together.
    pub limit: usize,
    /// Field `headroomSource`: the places that stay free for others on the source, as Azure Backup.
    pub headroom_source: usize,
    /// Field `headroomTarget`: the same on the target.
    pub headroom_target: usize,
    /// Field `maxDeletesPerCycle`: the deletions on each side in one cycle; as many as it takes where missing.
    pub max_deletes_per_cycle: Option<usize>,
    /// Field `allowPolicyOverride`: whether what `keep` wants may go after all, before a share gets full.
    pub allow_policy_override: bool,
    /// Field `keep`: which recovery points are wanted. Where it is missing all are, until room is needed.
    pub keep: Option<Keep>,
}

/// How many recovery points of each kind are wanted; one that is wanted for any reason stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub last: usize,
    /// The last of a day, for so many days that have one; so on below. Days are UTC's, weeks begin on Monday.
    pub daily: usize,
    pub weekly: usize,
    pub monthly: usize,
    pub yearly: usize,
}

impl Keep {
    /// The most recovery points that can be wanted at once.
    pub fn most(&self) -> usize {
        self.last + self.daily + self.weekly + self.monthly + self.yearly
    }
}

impl Retention {
    /// The same rules for what is left of a cycle that has deleted so many share snapshots on this side already.
    pub fn after(&self, deleted: usize) -> Self {
        let left = self.max_deletes_per_cycle.map(|most| most.saturating_sub(deleted));
        Self { max_deletes_per_cycle: left, ..self.clone() }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            limit: AZURE_LIMIT,
            headroom_source: 20,
            headroom_target: 10,
            max_deletes_per_cycle: None,
            allow_policy_override: false,
            keep: None,
        }
    }
}
