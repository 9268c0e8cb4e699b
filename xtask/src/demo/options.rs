//! The demo's command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use crate::Usage;
use crate::stage::OpenedBy;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The folder whose files are loaded; the packages we depend on without it.
    pub(crate) from: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) keep: bool,
    /// No account takes a key.
    pub(crate) identity: bool,
    /// The first cycle finds most of the data in a staging share.
    pub(crate) seed: bool,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--from" => {
                    let folder =
                        PathBuf::from(arguments.next().context(Usage("--from needs a folder".into()))?);
                    ensure!(folder.is_dir(), Usage(format!("{} is not a folder", folder.display())));
                    options.from = Some(folder);
                }
                "--json" => options.json = true,
                "--keep" => options.keep = true,
                "--identity" => options.identity = true,
                "--seed" => options.seed = true,
                other => bail!(Usage(format!("`cargo demo` knows no {other:?}"))),
            }
        }
        Ok(options)
    }

    pub(crate) fn opened_by(&self) -> OpenedBy {
        if self.identity { OpenedBy::Identities } else { OpenedBy::Keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        Options::parse(arguments.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for arguments in [["--form"], ["--from"]] {
            let error = parse(&arguments).expect_err("refused");
            assert!(error.is::<Usage>(), "{arguments:?}: {error:#}");
        }
    }

    #[test]
    fn options_combine() -> Result<()> {
        let folder = env!("CARGO_MANIFEST_DIR");
        let options = parse(&["--json", "--from", folder, "--keep", "--identity", "--seed"])?;
        assert!(options.json && options.keep && options.identity && options.seed && options.from.is_some());
        Ok(())
    }
}
