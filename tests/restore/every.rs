//! Everything to everywhere, with every choice: what is there in the end is what one table says, by path.

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::{FileAttributes, ShareClient, SmbProperties};
use serde_json::{Value, json};

use super::conflicts::{OURS, THEIRS, beside, permit};
use crate::support::*;

/// A share that has what a recovery point has, or what became of that, and the way to say where.
struct There {
    at: Value,
    share: ShareClient,
    folder: &'static str,
}

impl There {
    /// Below the folder, by the paths that the recovery point has.
    async fn shown(&self) -> BTreeMap<String, Shown> {
        let all = shown(&self.share).await;
        if self.folder.is_empty() {
            return all;
        }
        let below = format!("{}/", self.folder);
        let of_folder = |(path, entry): (String, Shown)| Some((path.strip_prefix(&below)?.to_owned(), entry));
        all.into_iter().filter_map(of_folder).collect()
    }

    fn path(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    async fn spoil(&self) {
        let share = &self.share;
        let at = |path: &str| self.path(path);
        put(share, &at("docs/changed.txt"), "encrypted").await;
        put(share, &at("docs/large.bin"), &"other ".repeat(200_000)).await;
        permit(share, &at("docs/permitted"), THEIRS).await;
        let smb = SmbProperties { attributes: Some(FileAttributes::ARCHIVE), ..Default::default() };
        set(share, &at("docs/locked"), smb).await;
        let hidden = FileAttributes::DIRECTORY.with(FileAttributes::HIDDEN);
        let smb = SmbProperties { attributes: Some(hidden), ..Default::default() };
        share.directory_client(&at("docs")).set_properties(&smb).await.expect("set");
        remove(share, &at("gone")).await;
        remove(share, &at("lost/below")).await;
        share.directory_client(&at("lost")).delete().await.expect("empty");
        share.file_client(&at("renamed")).rename(&at("anew"), &Default::default()).await.expect("renamed");
        put(share, &at("docs/later"), "later").await;
    }
}

async fn with_point() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for directory in ["docs", "lost", "empty"] {
        put_directory(&source, directory).await;
    }
    for path in ["docs/changed.txt", "docs/same", "docs/permitted", "gone", "lost/below", "renamed"] {
        put(&source, path, path).await;
        permit(&source, path, OURS).await;
    }
    put(&source, "docs/large.bin", &"large ".repeat(200_000)).await;
    put_read_only(&source, "docs/locked", "locked").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, target, handler)
}

/// What the table says of an entry that stood in the way.
fn of_standing(there: &Shown, back: &Shown, conflict: &str, acl: &str) -> Shown {
    match (conflict, acl) {
        ("overwrite", "keep") => back.clone(),
        ("overwrite", _) => Shown { permission: there.permission.clone(), ..back.clone() },
        _ => there.clone(),
    }
}

/// Times of a directory move with what is written in it; those of one that was made equal are looked at.
fn is_as_wanted(found: &Shown, wanted: &Shown, conflict: &str) -> bool {
    if wanted.data.is_some() || conflict == "overwrite" {
        return found == wanted;
    }
    (&found.permission, &found.properties) == (&wanted.permission, &wanted.properties)
}

/// With `skip` what is new inherits, which is not what the files of the recovery point have.
fn of_new(back: &Shown, found: &Shown, acl: &str, point: &BTreeMap<String, Shown>) -> Shown {
    if acl == "keep" {
        return back.clone();
    }
    assert_ne!(found.permission, point["gone"].permission, "it inherits");
    Shown { permission: found.permission.clone(), ..back.clone() }
}

/// Restores with these choices, and compares what is there with what the table says.
async fn compare(
    handler: &Handler,
    there: &There,
    conflict: &str,
    acl: &str,
    point: &BTreeMap<String, Shown>,
) {
    let case = format!("{} {conflict} {acl}", there.at);
    let is_new = there.at.get("create").is_some();
    let before = if is_new { BTreeMap::new() } else { there.shown().await };
    let asked = json!({"destination": there.at, "conflict": conflict, "acl": acl});
    let report: CycleReport = handler.restored(asked).await;
    let after = there.shown().await;
    let mut allowed: Vec<String> = before.keys().cloned().collect();
    for (path, back) in point {
        // the root of a new share was made with it, and a folder keeps its own properties
        if path.is_empty() && (is_new || !there.folder.is_empty()) {
            continue;
        }
        let found = after.get(path).unwrap_or_else(|| panic!("{case}: {path} is missing"));
        let was = before.get(path);
        let wanted = match was {
            Some(was) => of_standing(was, back, conflict, acl),
            None => of_new(back, found, acl, point),
        };
        assert!(
            is_as_wanted(found, &wanted, conflict),
            "{case}: {path} is {found:#?} instead of {wanted:#?}"
        );
        allowed.push(path.clone());
        let is_beside = |was: &Shown| was.data.is_some() && *was != of_standing(was, back, "overwrite", acl);
        if conflict == "rename" && was.is_some_and(is_beside) {
            let neighbour = match path.rsplit_once('/') {
                Some((directory, name)) => format!("{directory}/{}", beside(name, &report)),
                None => beside(path, &report),
            };
            let found = after.get(&neighbour).unwrap_or_else(|| panic!("{case}: {neighbour} is missing"));
            assert_eq!(*found, of_new(back, found, acl, point), "{case}: {neighbour}");
            allowed.push(neighbour);
        }
    }
    let strange: Vec<&String> =
        after.keys().filter(|path| !allowed.contains(path) && !path.is_empty()).collect();
    assert!(strange.is_empty(), "{case}: {strange:?}");
    for path in ["docs/later", "anew"].into_iter().filter(|_| !is_new) {
        assert_eq!(after[path], before[path], "{case}: what came since stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_every_choice_holds_wherever_a_share_comes_back_to() {
    let (stage, source, target, handler) = with_point().await;
    let point = shown(&source).await;
    handler.decide("files", &json!({"action": "hold"})).await.ok::<Value>();
    let other = stage.share(TARGET, "other");
    other.create(&Default::default()).await.expect("new");
    let standing = [
        There { at: json!({"at": "source"}), share: source.clone(), folder: "" },
        There {
            at: json!({"at": "source", "folder": "back/here"}),
            share: source.clone(),
            folder: "back/here",
        },
        There { at: json!({"at": "target"}), share: target.clone(), folder: "" },
        There { at: json!({"at": "target", "folder": "back"}), share: target.clone(), folder: "back" },
        There { at: json!({"at": "share", "share": "other"}), share: other.clone(), folder: "" },
        There {
            at: json!({"at": "share", "share": "other", "folder": "back"}),
            share: other,
            folder: "back",
        },
    ];
    for conflict in ["overwrite", "skip", "rename"] {
        for acl in ["keep", "skip"] {
            for there in &standing {
                let whole = json!({"destination": there.at, "conflict": "overwrite", "deleteExtra": true});
                handler.restored(whole).await;
                there.spoil().await;
                compare(&handler, there, conflict, acl, &point).await;
            }
            for folder in ["", "back/here"] {
                let name = format!("new-{conflict}-{acl}{}", if folder.is_empty() { "" } else { "-folder" });
                let at = json!({"at": "share", "share": name, "folder": folder, "create": true});
                let there = There { at, share: stage.share(TARGET, &name), folder };
                compare(&handler, &there, conflict, acl, &point).await;
            }
        }
    }
}
