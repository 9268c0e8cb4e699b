//! `cargo xtask sample`: a folder to try the demo on.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::Usage;

pub(crate) fn main(arguments: Vec<String>) -> Result<bool> {
    let mut arguments = arguments.into_iter();
    let Some(folder) = arguments.next().filter(|it| !it.starts_with('-')) else {
        bail!(Usage("`cargo xtask sample` needs a folder that does not exist yet".into()));
    };
    let mut files = 20_000;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--files" => {
                let number = arguments.next().context(Usage("--files needs a number".into()))?;
                files = number.parse().context(Usage(format!("--files needs a number, not {number:?}")))?;
            }
            other => bail!(Usage(format!("`cargo xtask sample` knows no {other:?}"))),
        }
    }
    let sample = share_tree::write_sample(Path::new(&folder), files)?;
    println!("{folder}: {} files, {} bytes", sample.files, sample.bytes);
    Ok(true)
}
