//! The function app's binary. It wires: settings, logs, the backup, the server.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;

use anyhow::Context;
use axum::Router;
use azure_files_backup::check::{self, Checked};
use azure_files_backup::command_line::{Place, pairs, restore};
use azure_files_backup::config::{Mistake, Settings, StateSetting, app_key};
use azure_files_backup::cycle::Backup;
use azure_files_backup::cycle::doctor::Examination;
use azure_files_backup::runbook::runbook;
use azure_files_backup::{doctor, handlers, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The host takes this code as the wish to be started again. 0 would leave it talking to a closed port, and any
/// other code counts as one of the three failures after which it stops the whole app.
const START_AGAIN: u8 = 200;
/// Mistaken settings, or a mistaken command.
const MISTAKEN: u8 = 2;
/// Something that a cycle needs, or that was asked for, is not there.
const NOT_WELL: u8 = 1;

/// Set by the host.
const PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";
const USAGE: &str = "Without the host, run `handler check` to check the settings, or `handler doctor` to check everything \
                     that a cycle needs, or `handler pairs` to look into recovery points, or `handler restore` to bring them back, \
                     or `handler runbook` for what to do on a bad day, \
                     all with --json for programs";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let variables = environment();
    match arguments[..] {
        [] => match variables.get(PORT).and_then(|port| port.parse().ok()) {
            Some(port) => serve(port, &variables).await,
            None => refuse(&format!("{PORT} is missing or is no port; the Functions host sets it. {USAGE}")),
        },
        ["check"] => checked(&variables, check::write_text),
        ["check", "--json"] => checked(&variables, check::write_json),
        ["doctor"] => examined(&variables, doctor::write_text).await,
        ["doctor", "--json"] => examined(&variables, doctor::write_json).await,
        ["pairs", ref asked @ ..] => match pairs::parse(asked) {
            Some((asked, how)) => told(&variables, asked, how).await,
            None => refuse(pairs::USAGE),
        },
        ["runbook"] => printed(&variables),
        ["restore", ref wanted @ ..] => match restore::parse(wanted) {
            Some(wanted) => restored(&variables, wanted).await,
            None => refuse(restore::USAGE),
        },
        _ => refuse(&format!("Unknown command. {USAGE}")),
    }
}

fn refuse(message: &str) -> anyhow::Result<ExitCode> {
    writeln!(io::stderr(), "{message}")?;
    Ok(ExitCode::from(MISTAKEN))
}

fn checked(
    variables: &BTreeMap<String, String>,
    write: fn(&Checked, &mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<ExitCode> {
    let settings = Settings::from_env(variables);
    write(&settings, &mut io::stdout().lock())?;
    Ok(if settings.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(MISTAKEN) })
}

/// Nothing where they are mistaken, which is said.
fn settings(variables: &BTreeMap<String, String>) -> io::Result<Option<Settings>> {
    match Settings::from_env(variables) {
        Ok(settings) => Ok(Some(settings)),
        mistaken => {
            check::write_text(&mistaken, &mut io::stderr().lock())?;
            Ok(None)
        }
    }
}

async fn examined(
    variables: &BTreeMap<String, String>,
    write: fn(&Examination, &mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<ExitCode> {
    let Some(settings) = settings(variables)? else { return Ok(ExitCode::from(MISTAKEN)) };
    let examination = Backup::new(&settings)?.examine(None, None).await.context("No pair is named")?;
    write(&examination, &mut io::stdout().lock())?;
    Ok(if examination.passed { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// The run book of the settings, without asking anybody.
fn printed(variables: &BTreeMap<String, String>) -> anyhow::Result<ExitCode> {
    let Some(settings) = settings(variables)? else { return Ok(ExitCode::from(MISTAKEN)) };
    write!(io::stdout(), "{}", runbook(&settings.pairs))?;
    Ok(ExitCode::SUCCESS)
}

/// The app at an address, or the shares of the settings; nothing where these are mistaken, which is said.
fn place(variables: &BTreeMap<String, String>, app: Option<&str>) -> anyhow::Result<Option<Place>> {
    if let Some(url) = app {
        return Place::app(url, app_key(variables)).map(Some);
    }
    let Some(settings) = settings(variables)? else { return Ok(None) };
    // the tables may be gone with the app
    let settings = Settings { state: StateSetting::Memory, ..settings };
    Ok(Some(Place::Shares(Box::new(Backup::new(&settings)?))))
}

async fn told(
    variables: &BTreeMap<String, String>,
    asked: pairs::Asked,
    how: pairs::How,
) -> anyhow::Result<ExitCode> {
    let told = match place(variables, how.app.as_deref()) {
        Ok(Some(place)) => pairs::answer(&place, asked, how.json, &mut io::stdout()).await,
        Ok(None) => return Ok(ExitCode::from(MISTAKEN)),
        Err(error) => Err(error),
    };
    said(told.map(|()| true))
}

async fn restored(variables: &BTreeMap<String, String>, wanted: restore::Wanted) -> anyhow::Result<ExitCode> {
    let restored = match place(variables, wanted.app.as_deref()) {
        Ok(Some(place)) => Box::pin(restore::answer(&place, wanted, &mut io::stdout())).await,
        Ok(None) => return Ok(ExitCode::from(MISTAKEN)),
        Err(error) => Err(error),
    };
    said(restored)
}

fn said(done: anyhow::Result<bool>) -> anyhow::Result<ExitCode> {
    match done {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(NOT_WELL)),
        Err(error) => {
            writeln!(io::stderr(), "{error:#}")?;
            Ok(ExitCode::from(NOT_WELL))
        }
    }
}

async fn serve(port: u16, variables: &BTreeMap<String, String>) -> anyhow::Result<ExitCode> {
    let settings = Settings::from_env(variables);
    let telemetry = telemetry::init(settings.as_ref().ok().and_then(|settings| settings.telemetry.as_ref()));
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // The host starts a crashed handler on the same port at once, which works because tokio sets SO_REUSEADDR.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("Could not listen on port {port}"))?;
    // Nothing is waited for: a cycle may be cut at any request, while a process that still copies but no longer
    // listens would fail whatever the host sends next.
    tokio::select! {
        served = axum::serve(listener, handlers::observed(router(settings), telemetry)) => served.context("Could not go on serving")?,
        _ = terminate.recv() => warn!("SIGTERM: stopping at once"),
        _ = interrupt.recv() => warn!("SIGINT: stopping at once"),
    }
    Ok(ExitCode::from(START_AGAIN))
}

fn router(settings: Result<Settings, Vec<Mistake>>) -> Router {
    let settings = match settings {
        Ok(settings) => settings,
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| error!("{mistake}"));
            return handlers::mistaken(mistakes);
        }
    };
    match Backup::new(&settings) {
        Ok(backup) => {
            info!(pairs = settings.pairs.len(), schedule = settings.backup_schedule, "Ready");
            handlers::router(backup)
        }
        Err(error) => {
            error!("Could not start: {error:#}");
            handlers::not_started(&error)
        }
    }
}

/// The variables of the process. What is no Unicode cannot be a setting of ours; it stays recognisable enough
/// to be refused by name.
fn environment() -> BTreeMap<String, String> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
