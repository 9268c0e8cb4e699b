//! The recipes of the README. `cargo xtask` lists them.
//!
//! This is a program for people at a terminal: it prints to standard output, and what it runs does so too.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod demo;
mod infra;
mod judge;
mod package;
mod platform;
mod recordings;
mod repository;
mod sample;
mod stage;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};
use tracing_subscriber::filter::LevelFilter;

const RECIPES: &str = "\
cargo demo [--from DIR] [--identity] [--seed] [--json] [--keep]
    the main job on this machine: two accounts, real files, three backup cycles, everything compared
cargo xtask test [NAME…] [--full]
    format, lints, docs and every test, with what they need; NAME filters, --full adds the long runs
cargo xtask sample DIR [--files N]
    writes a folder of odd names, edge sizes and a sparse file to run `cargo demo --from DIR` on
cargo xtask bench emulator [--json] [--seconds N] [--connections N]
    how many small signed requests the emulator answers in a second, and what each costs it
cargo xtask bench NAME [--json] [--latency-ms 5] [--runs 3] [--alone] [--part N]
    ours and AzCopy in turn on the same emulator: unchanged, small-new, mixed, large-new, large-churn, moved, acl,
    flat [--entries N], fifty-million, throttled; seeding without AzCopy, which has nothing like it
    handler: the zip that is deployed, how soon it answers, and what it takes of memory while it has nothing to do
    --alone leaves AzCopy out, --part divides the shape by N; docs/performance.md has the figures
cargo xtask package [--out FILE] [--json]
    the zip that is deployed: a static handler for Linux on x86-64, host.json, a folder for each function
cargo xtask recordings [DIR] [--json] [--older]
    replays recorded exchanges with the real service against the emulator; DIR is ../shared/reference/recordings,
    --older takes versions before 2019-02-02 too
cargo xtask infra [PATH] [--json]
    checks what is deployed without Bicep's compiler: the files of infra/, or one file or folder
cargo xtask judge NAME [--json]
    somebody else's client does its work on the emulator: python, js, azcopy, rclone or opendal
";

fn main() -> ExitCode {
    // What the emulator and the stand-in host have to say, beside what the recipes print.
    tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_writer(std::io::stderr).init();
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let recipe = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    // `cargo demo -- --json` and `cargo demo --json` mean the same.
    if arguments.first().is_some_and(|first| first == "--") {
        arguments.remove(0);
    }
    match run(&recipe, arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Whether everything that was checked holds.
fn run(recipe: &str, arguments: Vec<String>) -> Result<bool> {
    match recipe {
        "" | "help" | "--help" => {
            print!("{RECIPES}");
            Ok(true)
        }
        "demo" => demo::main(demo::Options::parse(arguments)?),
        "test" => test::main(&test::Options::parse(arguments)?),
        "bench" => bench::main(&bench::Options::parse(arguments)?),
        "sample" => sample::main(arguments),
        "recordings" => recordings::main(arguments),
        "judge" => judge::main(arguments),
        "package" => package::main(&package::Options::parse(arguments)?),
        "infra" => infra::main(arguments),
        other => bail!(Usage(format!("There is no recipe {other:?}\n{RECIPES}"))),
    }
}

/// The command line is wrong: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);
