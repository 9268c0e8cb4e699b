//! Recorded exchanges with the real service, played again to the emulator: same requests, in order, each test against
//! a fresh emulator, each answer compared with the recorded one. What is left out is left out by a rule, and counted.
//!
//! The files are not part of this repository. Nothing here knows a test by its name.

mod account;
mod change;
mod client;
mod compare;
mod complete;
mod describe;
mod exchange;
mod implied;
mod leases;
mod make;
mod make_share;
mod missing;
mod names;
mod report;
mod rules;
mod script;
mod set_up;
mod stage;
mod target;
mod xml;

use std::path::Path;

use anyhow::Result;
use file_share_emulator::Emulator;

pub use report::{Count, Mismatch, Report};
pub use rules::Rule;

use client::Client;
use exchange::{Exchange, Received};
use script::Script;
use stage::Stage;

/// The oldest version whose answers the emulator promises.
pub const OLDEST_VERSION: &str = "2019-02-02";

/// Replays every recording of a folder, from a version on.
///
/// # Errors
///
/// When the folder cannot be read or the emulator does not start. What is wrong with a line or a request is in the report.
pub async fn replay(folder: &Path, oldest: &str) -> Result<Report> {
    let (exchanges, unreadable) = Exchange::read_all(folder)?;
    let promised = exchanges.iter().filter(|exchange| exchange.version.as_str() >= oldest).count();
    let mut report = Report {
        read: (exchanges.len() + unreadable.len()) as u64,
        exchanges: (promised + unreadable.len()) as u64,
        unreadable,
        ..Report::default()
    };
    for script in script::scripts(exchanges) {
        play(&script, oldest, &mut report).await?;
    }
    report.mismatches.sort_by(|one, other| one.operation.cmp(&other.operation));
    Ok(report)
}

async fn play(script: &Script, oldest: &str, report: &mut Report) -> Result<()> {
    let emulator = Emulator::start(account::config(script)).await?;
    let client = Client::new(emulator.account(account::NAME).clone(), emulator.authority())?;
    let mut stage = Stage::new(&client, &script.steps);
    for (index, step) in script.steps.iter().enumerate() {
        stage.names.alias(&step.aliases);
        let (exchange, completed) = complete::complete(&stage, index, &step.exchange);
        let rule = Rule::of(&exchange, oldest).or_else(|| stage.rule_of_gap(index, &exchange));
        if let Some(rule) = rule {
            stage.left_out(index);
            if step.judged {
                *report.excluded.entry(rule).or_default() += 1;
            }
            continue;
        }
        let set_up = stage.set_up(index, &exchange).await;
        stage.trace_content(&exchange, index, step.judged);
        let answer = match set_up {
            Ok(()) => send(&mut stage, &exchange).await,
            Err(error) => Err(error),
        };
        report.completed_headers += completed as u64;
        if step.judged {
            judge(&exchange, answer, stage.knows_content(&exchange), report);
        } else {
            report.filled_in += 1;
        }
    }
    for (what, count) in &stage.set_ups {
        *report.set_ups.entry(*what).or_default() += count;
    }
    Ok(())
}

async fn send(stage: &mut Stage<'_>, exchange: &Exchange) -> Result<Received> {
    let outgoing = stage.names.outgoing(exchange, &stage.leases_of(exchange), stage.client)?;
    let answer = stage.client.send(&outgoing).await?;
    stage.learn(exchange, &answer);
    Ok(answer)
}

fn judge(exchange: &Exchange, answer: Result<Received>, content_is_known: bool, report: &mut Report) {
    let found = match answer {
        Ok(answer) => compare::differences(exchange, &answer, content_is_known),
        Err(error) => vec![format!("{error:#}")],
    };
    report.replayable += 1;
    let count = report.by_operation.entry(exchange.operation.clone()).or_default();
    count.replayable += 1;
    if found.is_empty() {
        report.matched += 1;
        count.matched += 1;
        return;
    }
    report.mismatches.push(Mismatch {
        operation: exchange.operation.clone(),
        test: exchange.test.clone(),
        seq: exchange.seq,
        version: exchange.version.clone(),
        request: format!("{} {}", exchange.request.method, exchange.request.target),
        differences: found,
    });
}
