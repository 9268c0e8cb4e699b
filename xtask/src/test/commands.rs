//! Every command that a reader is told to type is run by a check, or the text before it says why none can run it.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome, check_names};
use crate::repository::{root, tracked_files};

/// How a command begins, and the check that runs it; the last one is whatever runs this.
const RUN: [(&str, &str); 7] = [
    ("cargo demo", "accept_first_light_1_the_demo_ends_identical"),
    ("cargo xtask package", "accept_ship_it_1_the_zip_runs_under_the_host_from_an_empty_directory"),
    ("cargo xtask infra", "accept_ship_it_2_nothing_is_wrong_with_infra"),
    ("infra/deploy.sh", "accept_ship_it_2_one_command_deploys"),
    (
        "cargo run --release -p file_share_emulator",
        "accept_emulator_5_the_benchmark_tells_the_share_of_the_emulator",
    ),
    ("cargo xtask bench unchanged", "accept_sync_engine_unchanged_sends_little_more_than_its_list_pages"),
    ("cargo xtask test", NAME),
];
pub(super) const NAME: &str = "accept_ship_it_6_every_command_of_the_documents_is_run_or_says_why_it_is_not";
/// Documents whose every command `tests/runbook` runs: the run book, as a unit test says.
const RUN_WHOLE: [&str; 1] = ["docs/disaster.md"];
/// Said in one of the lines before a block of commands that no check can run.
const NOT_RUN: &str = "no test can run";
/// Lines before a block in which it may stand.
const BEFORE: usize = 4;

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let names = check_names();
    let mut found = Vec::new();
    for (_, check) in RUN {
        ensure!(names.contains(&check), "There is no check {check}, and commands are said to be run by it");
    }
    for name in tracked_files()?.iter().filter(|name| name.ends_with(".md")) {
        if RUN_WHOLE.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(root().join(name)).with_context(|| format!("Reading {name}"))?;
        found.extend(commands_not_run(&text).into_iter().map(|line| format!("{name}: {line}")));
    }
    ensure!(found.is_empty(), "No check runs these, and no line before them says why:\n{}", found.join("\n"));
    Ok(Outcome::Passed)
}

fn commands_not_run(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut found, mut block) = (Vec::new(), None);
    for (number, line) in lines.iter().enumerate() {
        let fence = line.trim_start().starts_with("```");
        match block {
            None if fence => {
                let before = lines[number.saturating_sub(BEFORE)..number].join(" ");
                let is_console =
                    line.contains("console") || line.contains("bash") || line.contains("powershell");
                block = Some(is_console && !before.contains(NOT_RUN));
            }
            Some(_) if fence => block = None,
            Some(true) => {
                let command = line.trim_start().strip_prefix("$ ");
                let is_run = |command: &str| RUN.iter().any(|(prefix, _)| command.starts_with(prefix));
                found.extend(command.filter(|command| !is_run(command)).map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_nothing_runs_is_found_unless_the_text_says_why() {
        let block = "```console\n$ cargo demo --json\n$ az login\n```\n";
        assert_eq!(commands_not_run(block), ["az login"]);
        assert!(commands_not_run(&format!("It asks Azure, which no test can run:\n\n{block}")).is_empty());
        assert_eq!(commands_not_run(&format!("no test can run\n\n\n\n\n\n{block}")), ["az login"]);
        assert!(commands_not_run("```json\n$ az login\n```\n").is_empty());
    }
}
