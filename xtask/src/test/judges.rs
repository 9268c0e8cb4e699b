//! The emulator before its judges. A client that cannot be had on this machine judges nothing.

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

fn hear(judge: Judge) -> Result<Outcome> {
    let report = match judge.hear() {
        Err(error) => match error.downcast::<Unavailable>() {
            Ok(Unavailable(reason)) => return Ok(Outcome::DidNotRun(reason)),
            Err(error) => return Err(error),
        },
        Ok(report) => report,
    };
    report.print();
    ensure!(judge.is_content(&report), "The judge is not content");
    Ok(Outcome::Passed)
}
