//! A restore beside what stands there, of a part into a new share, or over what stands there without its ACLs: the process is killed. In
//! the end there is what the same restore without a kill made of a share that was the same.

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_files_backup::cycle::{Backup, Trigger};
use azure_storage_file_share::{ShareClient, SmbProperties};
use azurite::Azurite;
use serde_json::{Value, json};

use super::kills::{LEASE, Moment, aim};
use super::restored::{finish, send};
use super::runs::Ran;
use super::tree::Size;
use super::way::Way;
use super::world::World;
use crate::support::*;

/// What is asked for, and whether there is something in the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rescue {
    Beside,
    PartIntoNew,
    OverWithoutAcls,
}

pub const KINDS: [(&str, (Rescue, Moment)); 6] = [
    ("beside, before the effect", (Rescue::Beside, Moment::Before)),
    ("beside, after the effect", (Rescue::Beside, Moment::After)),
    ("a part into a new share, before the effect", (Rescue::PartIntoNew, Moment::Before)),
    ("a part into a new share, after the effect", (Rescue::PartIntoNew, Moment::After)),
    ("over, without ACLs, before the effect", (Rescue::OverWithoutAcls, Moment::Before)),
    ("over, without ACLs, after the effect", (Rescue::OverWithoutAcls, Moment::After)),
];

impl Rescue {
    fn asked(self, share: &str) -> Value {
        let (at, more) = match self {
            Self::Beside => (json!({}), json!({"conflict": "rename"})),
            Self::PartIntoNew => {
                (json!({"create": true, "folder": "back/here"}), json!({"include": ["gone tree", "**/*e*"]}))
            }
            Self::OverWithoutAcls => {
                (json!({}), json!({"conflict": "overwrite", "acl": "skip", "deleteExtra": true}))
            }
        };
        let mut asked = whole(share);
        merge(&mut asked, more);
        merge(&mut asked["destination"], at);
        asked
    }
}

fn merge(into: &mut Value, more: Value) {
    for (field, value) in more.as_object().expect("an object") {
        into[field] = value.clone();
    }
}

fn whole(share: &str) -> Value {
    json!({"recoveryPoint": "latest", "destination": {"at": "share", "share": share}, "approve": true})
}

pub async fn killed_at(azurite: &Azurite, number: u64, (rescue, moment): (Rescue, Moment)) -> Ran {
    let name = format!("rescued-{rescue:?}-{number}-{moment:?}").to_lowercase();
    let mut world = World::new(azurite, &name, Size::Smaller.tree(), LEASE, Way::USUAL).await;
    world.back_up().await;
    let twin = with_twin(&world, rescue).await;
    let port = free_port();
    let handler = Handler::start(port, &world.variables).await;
    aim(&world, &handler, number, moment);
    let asked = rescue.asked("rescue");
    let answered = send(&world, &handler, &asked).await;
    let Some(struck) = world.counter.disarm().struck else {
        assert!(answered, "nothing was done to it");
        return Ran::NotReached;
    };
    handler.dead().await;
    let handler = Handler::start(port, &world.variables).await;
    let report = finish(&world, &handler, &asked, &twin.id).await;
    assert_eq!(report.status, Some(Status::Succeeded), "after a kill at {struck}: {report:#?}");
    let (expected, found) = (brought(&world, "twin", &twin).await, brought(&world, "rescue", &report).await);
    let paths = expected.keys().chain(found.keys());
    let differing: Vec<_> = paths
        .filter(|path| expected.get(*path) != found.get(*path))
        .map(|path| (path, expected.get(path), found.get(path)))
        .collect();
    assert!(differing.is_empty(), "after a kill at {struck}: {differing:#?}");
    assert_eq!(leased(&world.target).await, 0, "after {struck} the recovery point stays pinned");
    Ran::Struck("Succeeded".to_owned())
}

/// Two shares with the same in the way; of the one, the report of the restore to it.
async fn with_twin(world: &World, rescue: Rescue) -> CycleReport {
    let backup = app(&world.variables);
    for name in ["rescue", "twin"].into_iter().filter(|_| rescue != Rescue::PartIntoNew) {
        let share = world.stage.share(TARGET, name);
        share.create(&Default::default()).await.expect("new");
        restored(world, &backup, whole(name)).await;
        spoil(&share).await;
    }
    restored(world, &backup, rescue.asked("twin")).await
}

async fn restored(world: &World, backup: &Backup, asked: Value) -> CycleReport {
    let asked = serde_json::from_value(asked).expect("what the interface says");
    let report = Box::pin(backup.restore(&world.name, asked, backup.deadline(Trigger::Timer))).await;
    let report = report.expect("restored");
    assert_succeeded(&report);
    report
}

/// The same at every time.
async fn spoil(share: &ShareClient) {
    let at = Some("2026-01-02T03:04:05.0000000Z".parse().expect("a time"));
    let smb = || SmbProperties {
        creation_time: at,
        last_write_time: at,
        change_time: at,
        ..SmbProperties::default()
    };
    for path in ["case.txt", "gone tree/one", "ranges"] {
        put_with(share, path, "spoilt", smb()).await;
    }
    remove(share, "gone tree/two").await;
    share.directory_client("to file").delete().await.expect("empty");
    put_with(share, "to file", "a file now", smb()).await;
    remove(share, "to directory").await;
    put_with(share, "came since", "since", smb()).await;
}

/// What is in a share after a restore, without what no two restores have in common.
async fn brought(world: &World, share: &str, report: &CycleReport) -> BTreeMap<String, String> {
    let all = shown(&world.stage.share(TARGET, share)).await;
    let told = |(path, entry): (String, Shown)| {
        let times = entry.data.is_some().then_some((entry.last_write_time, entry.change_time));
        let of_directory = entry.properties.split_once(' ').map_or("", |(attributes, _)| attributes);
        let properties = if times.is_some() { &entry.properties } else { of_directory };
        let told = format!("{times:?} {properties} {} {:?}", entry.permission, entry.data);
        (path.replace(&report.id, "ID"), told)
    };
    all.into_iter().map(told).collect()
}
