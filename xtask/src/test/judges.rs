//! Clients that we did not write find nothing wrong with the emulator, wherever they can be had.

use anyhow::{Result, ensure};

use super::{Options, Outcome};
use crate::judge::Judge;
use crate::tools::Unavailable;

pub(super) fn python(_: &Options) -> Result<Outcome> {
    hear(Judge::Python)
}

pub(super) fn js(_: &Options) -> Result<Outcome> {
    hear(Judge::Js)
}

pub(super) fn azcopy(_: &Options) -> Result<Outcome> {
    hear(Judge::AzCopy)
}

pub(super) fn rclone(_: &Options) -> Result<Outcome> {
    hear(Judge::Rclone)
}

pub(super) fn opendal(_: &Options) -> Result<Outcome> {
    hear(Judge::OpenDal)
}

fn hear(judge: Judge) -> Result<Outcome> {
    let report = match judge.hear() {
        Ok(report) => report,
        Err(error) => match error.downcast_ref::<Unavailable>() {
            Some(reason) => return Ok(Outcome::DidNotRun(reason.to_string())),
            None => return Err(error),
        },
    };
    report.print();
    ensure!(judge.is_content(&report), "{}", report.summary());
    Ok(Outcome::Passed)
}
