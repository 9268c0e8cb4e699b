//! Shares made and compared without a request of the service: what a benchmark would else spend its time on.

use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::Json;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Mistake, Shared};
use crate::error::ServiceError;
use crate::model::account::Account;
use crate::model::difference::{Differences, Side};
use crate::model::generated::GeneratedTree;
use crate::model::name::parse_path;
use crate::model::node::Directory;
use crate::model::share::{Share, ShareState};
use crate::service::{State, share_or_new};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Plant {
    account: String,
    share: String,
    /// A directory that is not there yet; without it the root, which must be empty.
    #[serde(default)]
    path: String,
    tree: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Copy {
    from: Named,
    to: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Compare {
    one: Named,
    other: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    account: String,
    share: String,
    snapshot: Option<String>,
}

/// A generated tree, made for good; the share too, where it is missing.
pub(super) async fn plant(Extracted(state): Shared, body: String) -> Result<StatusCode, Mistake> {
    let Plant { account, share, path, tree } = parse(&body)?;
    changed(&state, &account, |account| {
        let tree: GeneratedTree = tree.parse()?;
        let path = parse_path(&path, true).map_err(told)?;
        let share = share_or_new(account, &share, &state.clock)?;
        let planted = writable(&share)?.plant(&path, tree, &state.clock);
        planted.map_err(told)
    })
}

/// A new share with the tree of another as it is now. It costs nothing, whatever the size.
pub(super) async fn copy(Extracted(state): Shared, body: String) -> Result<StatusCode, Mistake> {
    let Copy { from, to } = parse(&body)?;
    changed(&state, &to.account, |account| {
        let from = find(&state, &from)?;
        ensure!(account.share(&to.share).is_err(), "There is a share {} already", to.share);
        let share = share_or_new(account, &to.share, &state.clock)?;
        writable(&share)?.take_tree(&*writable(&from)?);
        Ok(())
    })
}

/// How one share, or share snapshot, differs from another.
pub(super) async fn differences(
    Extracted(state): Shared,
    body: String,
) -> Result<Json<Differences>, Mistake> {
    let Compare { one, other } = parse(&body)?;
    let compare = || {
        let (first, second) = (find(&state, &one)?, find(&state, &other)?);
        // Copies, so that no two shares are locked at once.
        let [first, second] = [(first, one), (second, other)].map(|(share, named)| {
            let share = writable(&share)?;
            anyhow::Ok((tree(&share, &named)?, share.permissions.clone()))
        });
        let (first, second) = (first?, second?);
        let side = |(root, permissions)| Side { root, permissions };
        Ok(Differences::between(side((&first.0, &first.1)), side((&second.0, &second.1))))
    };
    compare().map(Json).map_err(Mistake)
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, Mistake> {
    serde_json::from_str(body).map_err(|error| Mistake(error.into()))
}

/// Nothing is answered that a restart would not know.
fn changed(
    state: &State,
    account: &str,
    change: impl FnOnce(&Account) -> anyhow::Result<()>,
) -> Result<StatusCode, Mistake> {
    let account = state.account(account).map_err(Mistake)?;
    change(account).map_err(Mistake)?;
    let kept = state.journal.as_ref().map_or(Ok(()), |journal| journal.keep(account));
    kept.map_err(|failure| Mistake(anyhow::anyhow!("{failure:#}")))?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(state: &State, named: &Named) -> anyhow::Result<Arc<Share>> {
    state.account(&named.account)?.share(&named.share).map_err(told)
}

fn writable(share: &Share) -> anyhow::Result<std::sync::MutexGuard<'_, ShareState>> {
    let share = share.lock();
    ensure!(share.generated.is_none(), "A share that takes no memory cannot be changed, copied or compared");
    Ok(share)
}

fn tree(share: &ShareState, named: &Named) -> anyhow::Result<Arc<Directory>> {
    let Some(id) = &named.snapshot else { return Ok(share.root.clone()) };
    let snapshot = share.snapshots.get(id);
    Ok(snapshot.with_context(|| format!("There is no share snapshot {id} of {}", named.share))?.root.clone())
}

fn told(error: ServiceError) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", error.code(), error.message())
}
