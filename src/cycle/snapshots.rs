//! Our share snapshots: how they are marked, and how they are known again from the shares alone (P8).

use std::collections::BTreeSet;

use azure_storage_file_share::{Metadata, ShareClient, ShareItem, ShareSnapshotId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::pair::Pair;
use super::report::RecoveryPoint;
use super::run::iso;
use crate::retention::{Owner, Point};
use crate::state::{CycleRecord, FailedOver, Seeding, SeedingStatus, Side};

const PAIR: &str = "backup_pair";
const PAIR_ID: &str = "backup_pair_id";
const CYCLE: &str = "backup_cycle";
const ROLE: &str = "backup_role";
/// Which deployment of the app took it: two of them must not write to one target.
const DEPLOYMENT: &str = "backup_deployment";
/// On source share snapshots: the ETag of the target share that the cycle was going to write to, and that held nothing
/// of others.
const TARGET_SHARE: &str = "backup_target_share";
/// On target share snapshots: how many failures a person had acknowledged, where there are any.
const ACKNOWLEDGED: &str = "backup_acknowledged";
/// On target share snapshots: how many entries of the source were excluded, where there are any.
const EXCLUDED: &str = "backup_excluded";
/// On target share snapshots: the cycles of recovery points before that do not hold what they should, where there are any. A
/// share snapshot keeps the metadata that it was taken with, so a later one has to tell of it.
const VERIFY_FAILED: &str = "backup_verify_failed";
/// Cycles named there: a request has room for 8 KiB of metadata.
const NAMED: usize = 32;
/// On target share snapshots: the end of a failback took it.
const SWAPPED: &str = "backup_swapped";
/// While a pair is seeded, and ever after: how far it is, and from which share.
const SEEDING: &str = "backup_seeding";
const STAGING_SHARE: &str = "backup_staging_share";
/// The role of a share snapshot of a staging share.
pub const STAGING: &str = "staging";
/// The role of what a preflight makes for a moment: no cycle takes it for its own.
pub const DOCTOR: &str = "doctor";
/// The role of the scratch share of a drill.
pub const DRILL: &str = "drill";
/// The role of what is taken of a share before a restore overwrites or deletes something in it.
pub const SAFETY: &str = "safety";
/// The role of what a failback reads: it goes when the failback has ended.
pub const FAILBACK: &str = "failback";

/// The role of what is taken of a target before people write to it: while it is there, no cycle does.
pub const FAILOVER: &str = "failover";
/// On those: since when, and what else is remembered of it, as JSON.
const FAILED_OVER: &str = "backup_failed_over";

/// The role in which a share snapshot of this side is taken.
pub fn role(pair: &Pair, side: Side) -> &'static str {
    match side {
        _ if pair.backs_up() => side.role(),
        Side::Source if pair.failback.is_some() => FAILBACK,
        _ => SAFETY,
    }
}

impl Side {
    pub fn role(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// The metadata that marks a share snapshot as ours.
pub fn mark(pair: &Pair, cycle: &CycleRecord, side: Side, seeding: &Seeding) -> Metadata {
    // with the recovery point that this one makes, everything was backed up once
    let ends = side == Side::Target && seeding.status == SeedingStatus::InProgress;
    let status = if ends { SeedingStatus::Complete } else { seeding.status };
    let mut mark = marked_as(pair, &cycle.id, role(pair, side), &Seeding { status, ..seeding.clone() });
    match side {
        _ if !pair.backs_up() => {}
        Side::Source => {
            // a failback writes to the source
            let target = if cycle.failback.is_some() { &cycle.source_share } else { &cycle.target_share };
            let target = target.iter().filter(|_| !cycle.adopts);
            mark.extend(target.map(|etag| (TARGET_SHARE.to_owned(), etag.to_string())));
        }
        Side::Target => {
            let counts = [(ACKNOWLEDGED, cycle.acknowledged), (EXCLUDED, cycle.excluded)];
            let counts = counts.into_iter().filter(|(_, count)| *count > 0);
            mark.extend(counts.map(|(name, count)| (name.to_owned(), count.to_string())));
            mark.extend(cycle.failback.iter().map(|_| (SWAPPED.to_owned(), "true".to_owned())));
        }
    }
    mark
}

/// Adds to the mark of a target share snapshot which recovery points are known not to hold what they should: `known` are those
/// that the tables name, and the share snapshots of the target tell of others. One that is gone is forgotten.
pub fn mark_failed(mark: &mut Metadata, target: &Listed, known: &[String]) {
    let mut failed = target.verify_failed();
    failed.extend(known.iter().cloned());
    failed.retain(|cycle| target.of_cycle(cycle).is_some());
    let newest: Vec<String> = failed.into_iter().rev().take(NAMED).collect();
    if !newest.is_empty() {
        mark.insert(VERIFY_FAILED.to_owned(), newest.join(","));
    }
}

/// The same for our share snapshot of the staging share, which the first cycle of a pair begins with.
pub fn mark_staging(pair: &Pair, cycle: &str, seeding: &Seeding) -> Metadata {
    marked_as(pair, cycle, STAGING, seeding)
}

/// The same for what a preflight makes; `id` is its own.
pub fn mark_doctor(pair: &Pair, id: &str) -> Metadata {
    marked_as(pair, id, DOCTOR, &Seeding::default())
}

/// The same for what a drill makes.
pub fn mark_drill(pair: &Pair, id: &str) -> Metadata {
    marked_as(pair, id, DRILL, &Seeding::default())
}

/// The same for what tells that people write to the target from now on.
pub fn mark_failover(pair: &Pair, failed_over: &FailedOver) -> Metadata {
    let cycle = failed_over.recovery_point.as_ref().map_or("", |point| &point.cycle);
    let mut mark = marked_as(pair, cycle, FAILOVER, &Seeding::default());
    let told = serde_json::to_string(failed_over).expect("it has a JSON form");
    mark.insert(FAILED_OVER.to_owned(), told);
    mark
}

/// Whether this deployment of the app made it.
pub fn is_of_deployment(pair: &Pair, metadata: &Metadata) -> bool {
    metadata.get(DEPLOYMENT) == Some(&pair.deployment)
}

/// Recovery points of a pair that somebody keeps from being pruned, in the share that they are brought back from.
pub async fn leased_points(
    pair: &Pair,
    share: &ShareClient,
) -> azure_storage::Result<Vec<(String, ShareSnapshotId)>> {
    let inherited = share.get_properties().await?.metadata;
    let listed = sort(share.list_snapshots().await?, &inherited, pair, Side::Target.role());
    let is_leased =
        |taken: &Taken| listed.points.iter().any(|point| point.leased && point.id == taken.id.as_str());
    let leased = listed.ours.iter().filter(|taken| is_leased(taken));
    Ok(leased.map(|taken| (taken.cycle.clone(), taken.id.clone())).collect())
}

/// Whether a drill of this pair made it.
pub fn is_of_drill(pair: &Pair, metadata: &Metadata) -> bool {
    marked(metadata, &Metadata::new(), DRILL).is_some() && metadata.get(PAIR_ID) == Some(&pair.id)
}

pub fn is_of_doctor(pair: &Pair, metadata: &Metadata) -> bool {
    marked(metadata, &Metadata::new(), DOCTOR).is_some() && metadata.get(PAIR_ID) == Some(&pair.id)
}

/// All share snapshots of a share, those that preflights took as ours.
pub async fn of_doctor(
    pair: &Pair,
    share: &ShareClient,
    inherited: &Metadata,
) -> azure_storage::Result<Listed> {
    Ok(sort(share.list_snapshots().await?, inherited, pair, DOCTOR))
}

fn marked_as(pair: &Pair, cycle: &str, role: &str, seeding: &Seeding) -> Metadata {
    let known = [
        (PAIR, pair.name()),
        (PAIR_ID, &pair.id),
        (CYCLE, cycle),
        (ROLE, role),
        (DEPLOYMENT, &pair.deployment),
    ];
    let mut mark: Metadata = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    if let Some(share) = &seeding.staging_share {
        mark.insert(SEEDING.to_owned(), format!("{:?}", seeding.status));
        mark.insert(STAGING_SHARE.to_owned(), share.clone());
    }
    mark
}

/// A share snapshot of ours, on one side.
#[derive(Clone, Debug)]
pub struct Taken {
    pub cycle: String,
    pub id: ShareSnapshotId,
    metadata: Metadata,
}

impl Taken {
    /// Whether the recovery point is the end of a failback.
    pub fn is_swap(&self) -> bool {
        self.metadata.contains_key(SWAPPED)
    }
}

/// All share snapshots of one side.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Everybody's: they share one limit.
    pub points: Vec<Point>,
    pub ours: Vec<Taken>,
    /// Those of them that tell of a failover of this pair.
    pub failovers: Vec<Taken>,
    /// Another pair that is failed over to this share.
    pub other_failover: Option<String>,
    /// The newest share snapshot that anybody's cycle took in this role.
    pub newest: Option<Claim>,
    /// On the source: what anybody's cycles were going to write to.
    claims: Vec<(String, Claim)>,
}

/// A share snapshot that says who was writing to a target.
#[derive(Clone, Debug)]
pub struct Claim {
    taken: OffsetDateTime,
    /// The pair, or the deployment, that took it, if it was not this deployment for this pair.
    pub stranger: Option<String>,
}

impl Claim {
    pub fn is_later_than(&self, id: &ShareSnapshotId) -> bool {
        moment(id).is_some_and(|moment| self.taken > moment)
    }
}

/// Lists the share snapshots of a share. `inherited` is the share's own metadata: values that a share snapshot
/// merely took over from it prove nothing.
pub async fn list(
    pair: &Pair,
    share: &ShareClient,
    inherited: &Metadata,
    side: Side,
) -> azure_storage::Result<Listed> {
    Ok(sort(share.list_snapshots().await?, inherited, pair, role(pair, side)))
}

/// The share snapshots of a staging share.
pub async fn of_staging(pair: &Pair, share: &ShareClient) -> azure_storage::Result<Listed> {
    let inherited = share.get_properties().await?.metadata;
    Ok(sort(share.list_snapshots().await?, &inherited, pair, STAGING))
}

/// The share snapshots of one side, looked up from nothing.
pub async fn of_share(pair: &Pair, side: Side) -> azure_storage::Result<Listed> {
    let share = pair.share(side);
    let inherited = share.get_properties().await?.metadata;
    list(pair, share, &inherited, side).await
}

fn sort(items: Vec<ShareItem>, inherited: &Metadata, pair: &Pair, role: &str) -> Listed {
    let mut listed = Listed::default();
    for item in items {
        let ShareItem { metadata, snapshot: Some(id), last_modified, .. } = item else { continue };
        let taken = moment(&id).unwrap_or(last_modified);
        let cycle = marked(&metadata, inherited, role);
        let is_of_pair = metadata.get(PAIR_ID) == Some(&pair.id);
        let mine = cycle.filter(|_| is_of_pair);
        match marked(&metadata, inherited, FAILOVER) {
            Some(cycle) if is_of_pair => {
                let (cycle, id, metadata) = (cycle.clone(), id.clone(), metadata.clone());
                listed.failovers.push(Taken { cycle, id, metadata });
            }
            Some(_) => listed.other_failover = stranger(&metadata, pair),
            None => {}
        }
        if cycle.is_some() {
            let claim = Claim { taken, stranger: stranger(&metadata, pair) };
            listed.claims.extend(metadata.get(TARGET_SHARE).map(|etag| (etag.clone(), claim.clone())));
            if listed.newest.as_ref().is_none_or(|newest| newest.taken <= taken) {
                listed.newest = Some(claim);
            }
        }
        let owner = match mine {
            Some(cycle) => Owner::Ours { cycle: cycle.clone() },
            None => Owner::Foreign,
        };
        // one that expired or was broken keeps nobody from deleting
        let leased = item.lease_state.as_deref().is_some_and(|state| ["leased", "breaking"].contains(&state));
        listed.points.push(Point { id: id.to_string(), taken, owner, leased });
        if let Some(cycle) = mine.cloned() {
            listed.ours.push(Taken { cycle, id, metadata });
        }
    }
    listed
}

/// The cycle that a share snapshot was taken for in this role, by this app for whatever pair.
fn marked<'a>(metadata: &'a Metadata, inherited: &Metadata, role: &str) -> Option<&'a String> {
    let cycle = metadata.get(CYCLE)?;
    let is_ours = metadata.get(ROLE).is_some_and(|found| found == role);
    (is_ours && inherited.get(CYCLE) != Some(cycle)).then_some(cycle)
}

/// Who took a marked share snapshot, if it was not this deployment for this pair.
fn stranger(metadata: &Metadata, pair: &Pair) -> Option<String> {
    if metadata.get(PAIR_ID) != Some(&pair.id) {
        return Some(format!("pair {:?}", metadata.get(PAIR).map_or("", String::as_str)));
    }
    let deployment = metadata.get(DEPLOYMENT)?;
    (*deployment != pair.deployment).then(|| format!("another deployment ({deployment}) of this pair"))
}

/// The id of a share snapshot is the time when it was taken, cut to the second or finer.
pub fn moment(id: &ShareSnapshotId) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(id.as_str(), &Rfc3339).ok()
}

impl Listed {
    /// Adds one that was taken just now.
    pub fn add(&mut self, cycle: &str, id: ShareSnapshotId, metadata: Metadata) {
        let taken = moment(&id).unwrap_or_else(OffsetDateTime::now_utc);
        let owner = Owner::Ours { cycle: cycle.to_owned() };
        self.points.push(Point { id: id.to_string(), taken, owner, leased: false });
        self.ours.push(Taken { cycle: cycle.to_owned(), id, metadata });
    }

    /// Of the share snapshots that a cycle took in this role the first; more than one would be a mistake of ours.
    pub fn of_cycle(&self, cycle: &str) -> Option<&Taken> {
        self.ours.iter().filter(|taken| taken.cycle == cycle).min_by(|a, b| a.id.cmp(&b.id))
    }

    /// Whether a cycle of this pair was going to write to the target share with this ETag.
    pub fn meant_for(&self, target_share: &str) -> bool {
        self.ours
            .iter()
            .any(|taken| taken.metadata.get(TARGET_SHARE).is_some_and(|etag| etag == target_share))
    }

    /// The cycles of recovery points that the target's share snapshots tell not to hold what they should.
    pub fn verify_failed(&self) -> BTreeSet<String> {
        let told = self.ours.iter().filter_map(|taken| taken.metadata.get(VERIFY_FAILED));
        told.flat_map(|cycles| cycles.split(',')).map(str::to_owned).collect()
    }

    /// Since when people write to this share. One that a newer version of the app took is known by its time alone: whoever fails
    /// over again finds out the rest.
    pub fn failed_over(&self) -> Option<FailedOver> {
        let first = self.failovers.iter().min_by(|a, b| a.id.cmp(&b.id))?;
        let told = first.metadata.get(FAILED_OVER).and_then(|told| serde_json::from_str(told).ok());
        Some(told.unwrap_or_else(|| {
            let since = moment(&first.id).map_or_else(|| first.id.to_string(), iso);
            FailedOver { since, stopping: true, ..FailedOver::default() }
        }))
    }

    /// Whether the end of a failback took it that nobody knows to have come to its end: the two sides may not have been compared,
    /// and where they were found equal, what tells of the failover went at once.
    pub fn is_unproven(&self, taken: &Taken) -> bool {
        taken.is_swap() && self.failovers.iter().any(|failover| failover.id < taken.id)
    }

    /// What they tell of seeding.
    pub fn seeding(&self) -> impl Iterator<Item = SeedingStatus> {
        let told = self.ours.iter().filter_map(|taken| taken.metadata.get(SEEDING));
        told.filter_map(|told| SeedingStatus::ALL.into_iter().find(|status| format!("{status:?}") == *told))
    }

    /// The staging share that one of them names.
    pub fn staging_share(&self) -> Option<&String> {
        self.ours.iter().find_map(|taken| taken.metadata.get(STAGING_SHARE))
    }

    /// Who else was the last one, before `until`, to take a source share snapshot in order to write to this target share.
    pub fn rival(&self, target_share: &str, until: Option<&ShareSnapshotId>) -> Option<&str> {
        let until = until.and_then(moment);
        let claims = self.claims.iter().filter(|(etag, _)| etag == target_share).map(|(_, claim)| claim);
        let before = claims.filter(|claim| until.is_none_or(|until| claim.taken < until));
        before.max_by_key(|claim| claim.taken)?.stranger.as_deref()
    }
}

/// Target share snapshots with their source partners, newest first.
pub fn recovery_points(source: &Listed, target: &Listed) -> Vec<RecoveryPoint> {
    let count = |taken: &Taken, name: &str| taken.metadata.get(name).and_then(|count| count.parse().ok());
    let failed = target.verify_failed();
    let mut points: Vec<RecoveryPoint> = target
        .ours
        .iter()
        .filter(|taken| !target.is_unproven(taken))
        .map(|taken| RecoveryPoint {
            cycle: taken.cycle.clone(),
            source: source.of_cycle(&taken.cycle).map(|source| source.id.clone()),
            target: taken.id.clone(),
            acknowledged: count(taken, ACKNOWLEDGED).unwrap_or(0),
            excluded: count(taken, EXCLUDED).unwrap_or(0),
            verify_failed: failed.contains(&taken.cycle),
        })
        .collect();
    points.sort_by(|a, b| b.target.cmp(&a.target));
    points
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Settings;
    use crate::cycle::credentials::Credentials;

    fn pair() -> Pair {
        let variables = [
            (
                "BACKUP_PAIRS",
                r#"[{"name": "docs", "source": {"account": "accta", "share": "docs"}, "target": {"account": "acctb", "share": "docs"}}]"#,
            ),
            ("BACKUP_SCHEDULE", "0 0 3 * * *"),
            ("RESUME_SCHEDULE", "0 */5 * * * *"),
            ("DRILL_SCHEDULE", "0 0 12 * * 0"),
            ("BACKUP_STATE", "memory"),
            ("BACKUP_CREDENTIAL", "sharedKey"),
            ("BACKUP_KEY__accta", "a2V5"),
            ("BACKUP_KEY__acctb", "a2V5"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = Settings::from_env(&variables).expect("settings");
        let options = azure_storage_file_share::ClientOptions::default();
        let http = azure_storage::http_client().expect("an HTTP client");
        let credentials = Credentials::new(&settings.credential, &http).expect("keys");
        Pair::new(&settings.pairs[0], &credentials, "here", settings.lease, &options).expect("a pair")
    }

    /// What is known of one share snapshot at the source, marked as ours but for `change`.
    fn item(metadata: Metadata) -> ShareItem {
        ShareItem {
            name: "docs".to_owned(),
            snapshot: Some(ShareSnapshotId::from("2026-11-21T10:15:00.0000000Z".to_owned())),
            etag: "\"0x1\"".into(),
            last_modified: OffsetDateTime::UNIX_EPOCH,
            quota_gib: None,
            enabled_protocols: None,
            lease_state: None,
            lease_status: None,
            lease_duration: None,
            metadata,
        }
    }

    fn check(change: impl FnOnce(&mut Metadata), inherited: &Metadata, is_ours: bool) -> Listed {
        let pair = pair();
        let cycle = CycleRecord::new("docs", "c".to_owned(), String::new());
        let mut metadata = mark(&pair, &cycle, Side::Source, &Seeding::default());
        change(&mut metadata);
        let listed = sort(vec![item(metadata.clone())], inherited, &pair, "source");
        let owner = if is_ours { Owner::Ours { cycle: "c".to_owned() } } else { Owner::Foreign };
        assert_eq!(listed.points[0].owner, owner, "{metadata:?}");
        assert_eq!(listed.of_cycle("c").is_some(), is_ours, "{metadata:?}");
        listed
    }

    fn set(name: &str, value: &str) -> impl FnOnce(&mut Metadata) {
        move |metadata| _ = metadata.insert(name.to_owned(), value.to_owned())
    }

    #[test]
    fn only_what_bears_every_mark_of_this_pair_is_ours_to_delete() {
        let nothing = BTreeMap::new();
        check(|_| {}, &nothing, true);
        check(set(PAIR, "renamed"), &nothing, true);
        check(set(PAIR_ID, "0123"), &nothing, false);
        check(|metadata| _ = metadata.remove(PAIR_ID), &nothing, false);
        check(set(ROLE, "target"), &nothing, false);
        check(|metadata| _ = metadata.remove(ROLE), &nothing, false);
        check(|metadata| _ = metadata.remove(CYCLE), &nothing, false);
        check(|metadata| metadata.clear(), &nothing, false);
    }

    #[test]
    fn what_was_merely_inherited_from_the_share_is_foreign() {
        let inherited = [(CYCLE.to_owned(), "c".to_owned())].into();
        check(|_| {}, &inherited, false);
        let inherited = [(CYCLE.to_owned(), "another".to_owned())].into();
        check(|_| {}, &inherited, true);
    }

    #[test]
    fn later_share_snapshots_tell_of_recovery_points_that_failed_while_those_are_there() {
        let mut target = Listed::default();
        let told = |target: &Listed, known: &[&str]| {
            let mut mark = Metadata::new();
            let known: Vec<String> = known.iter().map(|cycle| (*cycle).to_owned()).collect();
            mark_failed(&mut mark, target, &known);
            mark
        };
        let id = |second: usize| format!("2026-11-21T10:15:{second:02}.0000000Z").into();
        assert_eq!(told(&target, &["a"]), Metadata::new());
        target.add("a", id(0), Metadata::new());
        let mark = told(&target, &["a", "gone"]);
        assert_eq!(mark, [(VERIFY_FAILED.to_owned(), "a".to_owned())].into());
        // the tables were lost
        target.add("b", id(1), mark);
        assert_eq!(told(&target, &["b"])[VERIFY_FAILED], "b,a");
        let points = recovery_points(&Listed::default(), &target);
        assert_eq!(points.iter().map(|point| point.verify_failed).collect::<Vec<_>>(), [false, true]);
        for second in 2..50 {
            target.add(&format!("c{second}"), id(second), Metadata::new());
        }
        let many: Vec<String> = (2..50).map(|second| format!("c{second}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(told(&target, &many)[VERIFY_FAILED].split(',').count(), NAMED);
    }

    #[test]
    fn a_failover_is_known_by_its_share_snapshot_as_it_was_stored_or_else_by_its_time() {
        let taken = |told: &str| {
            let mut mark = mark_failover(&pair(), &FailedOver::default());
            mark.insert(FAILED_OVER.to_owned(), told.to_owned());
            mark.insert(CYCLE.to_owned(), "c".to_owned());
            let listed = sort(vec![item(mark)], &Metadata::new(), &pair(), "target");
            assert!(listed.ours.is_empty() && listed.points.len() == 1);
            listed.failed_over().expect("it is one")
        };
        let told = r#"{"since":"2026-11-21T09:00:00Z","recoveryPoint":{"cycle":"c","target":"2026-11-20T10:40:11.0000000Z","dataFrom":"2026-11-20T10:15:00Z"},"between":"d","wasHeld":true}"#;
        let known = taken(told);
        assert_eq!(serde_json::to_string(&known).expect("JSON"), told);
        assert!(!known.stopping && known.was_held);
        let unknown = taken("what a newer version writes");
        assert_eq!((unknown.since.as_str(), unknown.stopping), ("2026-11-21T10:15:00Z", true));
    }

    #[test]
    fn a_share_snapshot_of_another_pair_names_it() {
        let newest = check(set(PAIR_ID, "0123"), &BTreeMap::new(), false).newest;
        assert_eq!(newest.expect("it counts").stranger.as_deref(), Some("pair \"docs\""));
        let newest = check(set(DEPLOYMENT, "there"), &BTreeMap::new(), true).newest;
        assert!(newest.expect("it counts").stranger.is_some_and(|stranger| stranger.contains("there")));
    }
}
