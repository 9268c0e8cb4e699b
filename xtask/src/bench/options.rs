//! The command line of `cargo xtask bench`.

use anyhow::{Context, Error, Result, bail};

use crate::Usage;

const BENCHES: &str = "emulator, unchanged, small-new, mixed, large-new, large-churn, moved, acl, flat, fifty-million, throttled, threshold, restore, seeding, handler";

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) name: String,
    pub(crate) json: bool,
    /// Of the emulator's own benchmark.
    pub(crate) seconds: u64,
    pub(crate) connections: usize,
    /// How long every answer of the file and the table service takes.
    pub(crate) latency_ms: u64,
    pub(crate) runs: u64,
    /// Of the flat directory.
    pub(crate) entries: u64,
    /// Without AzCopy, for a quick look.
    pub(crate) alone: bool,
    /// What the shape is divided by.
    pub(crate) part: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: String::new(),
            json: false,
            seconds: 10,
            connections: 32,
            latency_ms: 5,
            runs: 3,
            entries: 1_000_000,
            alone: false,
            part: 1,
        }
    }
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<usize> {
                let value = arguments.next().unwrap_or_default();
                let number = value.parse().ok().filter(|number| *number > 0);
                number.with_context(|| format!("{argument} needs a positive number")).map_err(usage)
            };
            match argument.as_str() {
                "--json" => options.json = true,
                "--seconds" => options.seconds = number()? as u64,
                "--connections" => options.connections = number()?,
                "--latency-ms" => options.latency_ms = number()? as u64,
                "--entries" => options.entries = number()? as u64,
                "--runs" => options.runs = number()? as u64,
                "--part" => options.part = number()? as u64,
                "--alone" => options.alone = true,
                option if option.starts_with('-') => {
                    bail!(Usage(format!("`cargo xtask bench` knows no {option:?}")))
                }
                name if options.name.is_empty() => name.clone_into(&mut options.name),
                other => bail!(Usage(format!("One benchmark at a time, not {other:?} too"))),
            }
        }
        if options.name.is_empty() {
            bail!(Usage(format!("`cargo xtask bench NAME` with one of: {BENCHES}")));
        }
        Ok(options)
    }
}

pub(super) fn unknown(name: &str) -> Error {
    Usage(format!("There is no benchmark {name:?}, only: {BENCHES}")).into()
}

fn usage(error: Error) -> Error {
    Usage(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn a_benchmark_is_named_once_and_numbers_are_positive() {
        let options = parse("emulator --json --seconds 3").expect("valid");
        assert_eq!((options.name.as_str(), options.json, options.seconds), ("emulator", true, 3));
        for line in
            ["", "emulator other", "emulator --seconds 0", "emulator --connections", "emulator --what"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
