//! The function app's binary. It wires: settings, logs, the backup, the server.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use azure_files_backup::check::{self, Checked};
use azure_files_backup::config::Settings;

/// Mistaken settings, or a mistaken command.
const MISTAKEN: u8 = 2;

const USAGE: &str = "Without the host, run `handler check` to check the settings, with --json for programs";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let variables = environment();
    match arguments[..] {
        ["check"] => checked(&variables, check::write_text),
        ["check", "--json"] => checked(&variables, check::write_json),
        ["doctor"] => refuse("`handler doctor` is not in this version; `handler check` checks the settings"),
        _ => refuse(USAGE),
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

/// The variables of the process. What is no Unicode cannot be a setting of ours; it stays recognisable enough
/// to be refused by name.
fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
