//! The tests of all packages, counted from what `cargo test` prints.

use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::process::Stdio;

use anyhow::{Context, Result};

use super::{Options, Outcome, check_names};
use crate::repository::cargo;
use crate::tools::npm;

pub(super) const NAME: &str = "tests";
const RANDOM_TEST: &str = "accept_first_light_4_the_target_equals_a_naive_model_after_every_cycle";
/// How often `--full` repeats the random test.
const LONG_RUNS: usize = 10;
/// Tells the tests that `--full` asks for their long matrices.
const FULL: &str = "TESTS_FULL";
/// How many tests run at once; what somebody has set stays.
const THREADS: &str = "RUST_TEST_THREADS";
/// How long the emulator is sent bad input.
const FUZZ_SECONDS: &str = "EMULATOR_FUZZ_SECONDS";
const LONG_FUZZ_SECONDS: &str = "1800";

/// Asked for by its own name, by that of no other check, or with everything.
pub(super) fn is_selected(options: &Options) -> bool {
    options.names.is_empty()
        || options.names.iter().any(|name| name == NAME)
        || !options.test_names(&check_names()).is_empty()
}

pub(super) fn check(options: &Options) -> Result<Outcome> {
    npm::install_tools().context("Installing Azurite, which the tests of the tables use")?;
    let (mut passed, mut failed) = run(&options.test_names(&check_names()), options.full)?;
    // Each run takes a new seed and prints it.
    for _ in 0..if options.full { LONG_RUNS } else { 0 } {
        let (ok, bad) = run(&[RANDOM_TEST], true)?;
        (passed, failed) = (passed + ok, failed + bad);
    }
    Ok(Outcome::Tests { passed, failed })
}

/// How many tests passed and failed.
fn run(names: &[&str], full: bool) -> Result<(u64, u64)> {
    let mut command = cargo();
    command.env(FULL, if full { "1" } else { "0" });
    if std::env::var_os(THREADS).is_none() {
        // Most tests wait for leases, timers and other processes longer than they compute.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        command.env(THREADS, (2 * cores).to_string());
    }
    command.env(FUZZ_SECONDS, if full { LONG_FUZZ_SECONDS } else { "60" });
    command.args(["test", "--release", "--workspace", "--no-fail-fast", "--quiet", "--"]).args(names);
    let mut child = command.stdout(Stdio::piped()).spawn().context("Starting cargo test")?;
    let output = BufReader::new(child.stdout.take().context("Cargo test has no output")?);
    let (mut passed, mut failed) = (0, 0);
    for line in output.lines() {
        let line = line?;
        if let Some((ok, bad)) = result(&line) {
            passed += ok;
            failed += bad;
        }
        println!("{line}");
    }
    let succeeded = child.wait()?.success();
    // What does not compile fails without a count.
    Ok((passed, if succeeded { failed } else { failed.max(1) }))
}

/// `test result: ok. 12 passed; 0 failed; …`
fn result(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |unit: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(unit))?;
        part.trim().parse().ok()
    };
    Some((number(" passed")?, number(" failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_what_cargo_prints() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.1s";
        assert_eq!(result(line), Some((12, 3)));
        assert_eq!(result("running 4 tests"), None);
    }
}
