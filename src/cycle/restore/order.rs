//! What a person asks for, read into what is stored: every field that cannot be meant is refused by its name.

use serde::{Deserialize, Serialize};

use super::NotRestored;
use crate::config::{BadInclude, Include, ShareSettings};
use crate::cycle::Backup;
use crate::cycle::pair::Pair;
use crate::state::{Acl, Conflict, Destination, Place, Restore};

/// A restore as it is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// The recovery point, by its cycle or the id of its share snapshot, or `latest`.
    pub recovery_point: String,
    /// Paths and globs; all of it where the field is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    pub destination: AskedDestination,
    #[serde(default)]
    pub conflict: Conflict,
    #[serde(default)]
    pub acl: Acl,
    #[serde(default)]
    pub delete_extra: bool,
    /// Whether the plan is applied without a look at it.
    #[serde(default)]
    pub approve: bool,
}

/// Where to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskedDestination {
    pub at: Place,
    /// Of `share`; the target's account where the field is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    #[serde(default)]
    pub create: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// Parts of `include`, and bytes of all of them: they are stored with the restore.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 64 << 10;

impl Backup {
    /// What is to be stored, and the share that is written to. The shares are asked for the recovery point alone.
    pub(super) async fn order(
        &self,
        pair: &Pair,
        asked: Asked,
    ) -> Result<(Restore, ShareSettings), NotRestored> {
        if asked.include.as_ref().is_some_and(Vec::is_empty) {
            let remedy = "Name something, or leave the field out to bring everything back";
            return Err(mistaken("include", "It names nothing", remedy));
        }
        let include = asked.include.unwrap_or_default();
        let bytes: usize = include.iter().map(String::len).sum();
        if include.len() > MOST || bytes > MOST_BYTES {
            let problem = format!("It has more than {MOST} parts, or {MOST_BYTES} bytes");
            return Err(mistaken(
                "include",
                &problem,
                "Name directories or use globs, or restore in several parts",
            ));
        }
        Include::new(&include).map_err(|BadInclude { index, bad }| {
            mistaken(&format!("include[{index}]"), &bad.problem, bad.remedy)
        })?;
        let (destination, share) = self.destination(pair, asked.destination)?;
        let point = self.point_of(pair, &asked.recovery_point).await?;
        let restore = Restore {
            recovery_point: point.cycle,
            snapshot: point.target,
            include,
            destination,
            conflict: asked.conflict,
            acl: asked.acl,
            delete_extra: asked.delete_extra,
            approved: asked.approve,
            drill: None,
        };
        Ok((restore, share))
    }

    fn destination(
        &self,
        pair: &Pair,
        asked: AskedDestination,
    ) -> Result<(Destination, ShareSettings), NotRestored> {
        let AskedDestination { at, account, share, create, folder } = asked;
        let folder = folder.as_deref().unwrap_or_default().trim_matches('/').to_owned();
        let is_path = |folder: &str| !folder.split('/').any(|name| matches!(name, "" | "." | ".."));
        if !folder.is_empty() && (!is_path(&folder) || folder.contains('\\')) {
            let remedy = "Write the names of directories from the share's root, joined by /";
            return Err(mistaken("destination.folder", "It is no path of a directory", remedy));
        }
        let settings = match at {
            Place::Source => pair.settings.source.clone(),
            Place::Target => pair.settings.target.clone(),
            Place::Share => self.other_share(pair, account.as_deref(), share.as_deref())?,
        };
        let idle = [
            ("account", account.is_some()),
            ("share", share.is_some()),
            ("create", create && at == Place::Target),
        ];
        if at != Place::Share
            && let Some((field, _)) = idle.into_iter().find(|(_, is_given)| *is_given)
        {
            let field = format!("destination.{field}");
            return Err(mistaken(
                &field,
                "It means nothing for a share of the pair",
                "Leave it out, or set destination.at to \"share\"",
            ));
        }
        let (account, share) = (settings.account.clone(), settings.share.clone());
        Ok((Destination { at, account, share, folder, create }, settings))
    }

    /// A share of an account that the settings know, and that no pair writes to.
    fn other_share(
        &self,
        pair: &Pair,
        account: Option<&str>,
        share: Option<&str>,
    ) -> Result<ShareSettings, NotRestored> {
        let remedy =
            "Name the share that is written to: 3 to 63 lower-case letters, digits and single dashes";
        let share = share.ok_or_else(|| mistaken("destination.share", "It is missing", remedy))?;
        if !crate::config::is_share_name(share) {
            return Err(mistaken("destination.share", "No share can have this name", remedy));
        }
        let account = account.unwrap_or(&pair.settings.target.account);
        let mut sides = self.pairs.iter().flat_map(|pair| [&pair.settings.source, &pair.settings.target]);
        let Some(known) = sides.find(|side| side.account == account) else {
            let remedy = "Use the account of a source or a target in BACKUP_PAIRS: the app can open no other";
            return Err(mistaken("destination.account", "No pair has a share in this account", remedy));
        };
        let settings = ShareSettings { share: share.to_owned(), ..known.clone() };
        let is_it = |side: &ShareSettings| side.account == settings.account && side.share == settings.share;
        for other in self.pairs.iter() {
            let is_ours = other.name() == pair.name();
            if is_it(&other.settings.target) || is_ours && is_it(&other.settings.source) {
                let problem = format!("It is a share of pair {:?}", other.name());
                let remedy = if is_ours {
                    "Set destination.at to \"source\" or \"target\""
                } else {
                    "Name another share: the next cycle of that pair would undo the restore"
                };
                return Err(mistaken("destination.share", &problem, remedy));
            }
        }
        Ok(settings)
    }

    /// The share that a stored restore is written to: the one that a person named, whatever the settings say since.
    pub(in crate::cycle) fn share_of(
        &self,
        pair: &Pair,
        destination: &Destination,
    ) -> Result<ShareSettings, NotRestored> {
        let Destination { at, account, share, .. } = destination;
        let (side, now) = match at {
            Place::Source => ("source", &pair.settings.source),
            Place::Target => ("target", &pair.settings.target),
            Place::Share => return self.other_share(pair, Some(account), Some(share)),
        };
        if (&now.account, &now.share) == (account, share) {
            return Ok(now.clone());
        }
        let problem = format!(
            "It is share {share} of account {account}, and the pair's {side} is share {} of account {} by now",
            now.share, now.account
        );
        Err(mistaken("destination", &problem, "Restore to the share that is meant"))
    }
}

pub(super) fn mistaken(field: &str, problem: &str, remedy: &str) -> NotRestored {
    NotRestored::Mistaken(format!("{field}: {problem}. {remedy}"))
}
