//! `handler doctor`: what the preflight found, for people and for programs.

use std::io::{self, Write};

use crate::cycle::doctor::{Check, CheckStatus, Examination};

/// What is wrong first, each with its remedy; then what was not tried, and a line for each that is well.
pub fn write_text(examination: &Examination, out: &mut dyn Write) -> io::Result<()> {
    let mut checks: Vec<&Check> = examination.checks.iter().collect();
    checks.sort_by_key(|check| std::cmp::Reverse(check.status));
    for check in checks {
        write_check(check, out)?;
    }
    let count = |status| examination.checks.iter().filter(|check| check.status == status).count();
    writeln!(
        out,
        "{} ok, {} failed, {} excessive, {} not tried",
        count(CheckStatus::Ok),
        count(CheckStatus::Failed),
        count(CheckStatus::Excessive),
        count(CheckStatus::NotTried)
    )
}

/// On one line.
pub fn write_json(examination: &Examination, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, examination)?;
    writeln!(out)
}

fn write_check(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let status = match check.status {
        CheckStatus::Ok => "ok       ",
        CheckStatus::Excessive => "EXCESSIVE",
        CheckStatus::NotTried => "not tried",
        CheckStatus::Failed => "FAILED   ",
    };
    write!(out, "{status} {:?}", check.check)?;
    let side = check.side.map(|side| side.to_string());
    let place: Vec<&str> = check.pair.as_deref().into_iter().chain(side.as_deref()).collect();
    if !place.is_empty() {
        write!(out, " ({})", place.join(", "))?;
    }
    writeln!(out, ": {}", check.detail)?;
    if let Some(remedy) = &check.remedy {
        writeln!(out, "          {}", remedy.text)?;
        if let Some(command) = &remedy.command {
            writeln!(out, "          $ {command}")?;
        }
    }
    Ok(())
}
