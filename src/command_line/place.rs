//! Where something is asked: the app, or the shares themselves.

use std::time::Duration;

use tokio::time::Instant;

use super::app::App;
use crate::cycle::Backup;
use crate::cycle::find::{EntriesAsked, EntriesPage, Version};
use crate::cycle::report::{CycleReport, PairStatus, Preview, RecoveryPoint};
use crate::cycle::restore::{Asked, Decided};

/// Nobody waits for an answer at the other end of a platform.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub enum Place {
    App(App),
    /// No table is asked: what has to be remembered is, for as long as the command takes.
    Shares(Box<Backup>),
}

impl Place {
    pub fn app(url: &str, key: Option<String>) -> anyhow::Result<Self> {
        App::new(url, key).map(Self::App)
    }

    pub async fn names(&self) -> anyhow::Result<Vec<String>> {
        match self {
            Self::App(app) => {
                let pairs: Vec<PairStatus> = app.get(&[], &[]).await?;
                Ok(pairs.into_iter().map(|pair| pair.name).collect())
            }
            Self::Shares(backup) => Ok(backup.names().into_iter().map(str::to_owned).collect()),
        }
    }

    pub async fn points(&self, pair: &str) -> anyhow::Result<Vec<RecoveryPoint>> {
        match self {
            Self::App(app) => app.get(&[pair, "recovery-points"], &[]).await,
            Self::Shares(backup) => {
                let points = backup.recovery_points(pair).await?;
                points.ok_or_else(|| anyhow::anyhow!("No pair is called {pair:?}"))
            }
        }
    }

    pub async fn entries(&self, pair: &str, point: &str, asked: EntriesAsked) -> anyhow::Result<EntriesPage> {
        match self {
            Self::App(app) => {
                let mut query = vec![("path", asked.path.as_str())];
                query.extend(asked.glob.iter().map(|glob| ("glob", glob.as_str())));
                query.extend(asked.next.iter().map(|next| ("next", next.as_str())));
                app.get(&[pair, "recovery-points", point, "entries"], &query).await
            }
            Self::Shares(backup) => Ok(backup.entries(pair, point, asked, long()).await?),
        }
    }

    pub async fn versions(&self, pair: &str, path: &str) -> anyhow::Result<Vec<Version>> {
        match self {
            Self::App(app) => app.get(&[pair, "versions"], &[("path", path)]).await,
            Self::Shares(backup) => Ok(backup.versions(pair, path).await?),
        }
    }

    pub async fn diff(&self, pair: &str, from: &str, to: &str) -> anyhow::Result<Preview> {
        match self {
            Self::App(app) => app.get(&[pair, "diff"], &[("from", from), ("to", to)]).await,
            Self::Shares(backup) => Ok(backup.diff(pair, from, to, long()).await?),
        }
    }

    /// What a restore would do.
    pub async fn plan(&self, pair: &str, asked: &Asked) -> anyhow::Result<Preview> {
        match self {
            Self::App(app) => app.post(&[pair, "restores"], &[("plan", "only")], asked).await,
            Self::Shares(backup) => {
                Ok(Box::pin(backup.restore_plan_only(pair, asked.clone(), long())).await?)
            }
        }
    }

    /// Begins a restore. Straight on the shares it is worked on until it ends or waits for a person; the app may go on with it
    /// after its answer.
    pub async fn restore(&self, pair: &str, asked: &Asked) -> anyhow::Result<CycleReport> {
        match self {
            Self::App(app) => app.post(&[pair, "restores"], &[], asked).await,
            Self::Shares(backup) => Ok(Box::pin(backup.restore(pair, asked.clone(), long())).await?),
        }
    }

    /// A restore as it stands.
    pub async fn report(&self, pair: &str, restore: &str) -> anyhow::Result<CycleReport> {
        match self {
            Self::App(app) => app.get(&[pair, "restores", restore], &[]).await,
            Self::Shares(backup) => {
                let report = backup.restore_report(pair, restore).await?;
                report.ok_or_else(|| anyhow::anyhow!("Restore {restore} is not known any more"))
            }
        }
    }

    /// The restore that is under way, if one is shown.
    pub async fn under_way(&self, pair: &str) -> anyhow::Result<Option<CycleReport>> {
        let restores = match self {
            Self::App(app) => app.get(&[pair, "restores"], &[]).await?,
            Self::Shares(backup) => Box::pin(backup.restores(pair)).await?.unwrap_or_default(),
        };
        Ok(restores.into_iter().find(|restore: &CycleReport| restore.status.is_none()))
    }

    /// Approves the plan of a restore that waits. Straight on the shares it is then worked on.
    pub async fn approve(&self, pair: &str, restore: &str, digest: &str) -> anyhow::Result<CycleReport> {
        match self {
            Self::App(app) => {
                let decision = serde_json::json!({"action": "approve", "digest": digest});
                app.post(&[pair, "restores", restore, "decisions"], &[], &decision).await
            }
            Self::Shares(backup) => {
                let decided = Decided::Approve { digest: digest.to_owned() };
                Box::pin(backup.decide_restore(pair, restore, decided)).await?;
                Ok(Box::pin(backup.go_on_restoring(pair, long())).await?)
            }
        }
    }

    /// Ends a restore that waits.
    pub async fn reject(&self, pair: &str, restore: &str) -> anyhow::Result<CycleReport> {
        match self {
            Self::App(app) => {
                let decision = serde_json::json!({"action": "reject"});
                app.post(&[pair, "restores", restore, "decisions"], &[], &decision).await
            }
            Self::Shares(backup) => {
                Ok(Box::pin(backup.decide_restore(pair, restore, Decided::Reject)).await?)
            }
        }
    }

    /// Whether somebody else goes on with what is begun.
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::App(_))
    }
}

fn long() -> Instant {
    Instant::now() + PATIENCE
}
