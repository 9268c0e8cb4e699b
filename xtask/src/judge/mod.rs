//! `cargo xtask judge NAME`: the emulator judged by clients that we did not write. A judge is such a client, pinned, with
//! a script of real work and what the service would answer to it. Each of its checks has a name; one that fails says what
//! was expected and what came.

mod azcopy;
mod checks;
mod court;
mod js;
mod python;
mod rclone;
mod report;
mod script;
mod trees;

use anyhow::{Context, Result, bail};
pub(crate) use azcopy::{PRESERVE, url};
pub(crate) use report::Report;

use crate::Usage;
use court::Court;

#[derive(Clone, Copy)]
pub(crate) enum Judge {
    Python,
    Js,
    AzCopy,
    Rclone,
    OpenDal,
}

const JUDGES: [Judge; 5] = [Judge::Python, Judge::Js, Judge::AzCopy, Judge::Rclone, Judge::OpenDal];

impl Judge {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Js => "js",
            Self::AzCopy => "azcopy",
            Self::Rclone => "rclone",
            Self::OpenDal => "opendal",
        }
    }

    /// Fewer checks than these are no judgement: a script that ends early would otherwise be praise.
    fn floor(self) -> usize {
        match self {
            Self::Python => 120,
            Self::Js => 60,
            Self::AzCopy | Self::OpenDal => 20,
            Self::Rclone => 15,
        }
    }

    /// The work of one judge against an emulator of its own, to its end.
    pub(crate) fn hear(self) -> Result<Report> {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let court = Court::open().await?;
            let report = match self {
                Self::Python => python::hear_with_own_tests(self.name(), &court).await,
                Self::OpenDal => python::hear(self.name(), &court).await,
                Self::Js => js::hear(&court).await,
                Self::AzCopy => azcopy::hear(&court).await,
                Self::Rclone => rclone::hear(&court).await,
            };
            court.close().await;
            report.with_context(|| format!("The judge {} did not come to its end", self.name()))
        })
    }

    pub(crate) fn is_content(self, report: &Report) -> bool {
        report.failed.is_empty() && report.checks >= self.floor()
    }
}

pub(crate) fn main(arguments: Vec<String>) -> Result<bool> {
    let mut judge = None;
    let mut json = false;
    for argument in arguments {
        match argument.as_str() {
            "--json" => json = true,
            name if judge.is_none() => judge = JUDGES.into_iter().find(|judge| judge.name() == name),
            other => bail!(Usage(format!("`cargo xtask judge` knows no {other:?}"))),
        }
    }
    let names = || JUDGES.map(Judge::name).join(", ");
    let judge = judge.with_context(|| Usage(format!("`cargo xtask judge` needs one of {}", names())))?;
    let report = judge.hear()?;
    match json {
        true => println!("{}", serde_json::to_string(&report).context("Writing the report")?),
        false => report.print(),
    }
    if report.checks < judge.floor() {
        eprintln!("{} checks are fewer than {}", report.checks, judge.floor());
    }
    Ok(judge.is_content(&report))
}
