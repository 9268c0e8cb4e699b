//! `handler check`: every mistake in the settings, or what the app would do with them.

use std::io::{self, Write};

use crate::config::{CredentialSetting, Mistake, Settings, StateSetting};

/// What reading the settings gave.
pub type Checked = Result<Settings, Vec<Mistake>>;

/// Writes it for people, a line for every mistake.
pub fn write_text(settings: &Checked, out: &mut dyn Write) -> io::Result<()> {
    match settings {
        Ok(settings) => write_intentions(settings, out),
        Err(mistakes) => mistakes.iter().try_for_each(|mistake| writeln!(out, "{mistake}")),
    }
}

/// Writes the mistakes as a JSON list, which is empty where there are none.
pub fn write_json(settings: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let mistakes = settings.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    serde_json::to_writer(&mut *out, mistakes)?;
    writeln!(out)
}

fn write_intentions(settings: &Settings, out: &mut dyn Write) -> io::Result<()> {
    let Settings { pairs, backup_schedule, state, credential, .. } = settings;
    writeln!(
        out,
        "The settings are good. At every tick of \"{backup_schedule}\" (UTC), each pair gets one cycle:"
    )?;
    for pair in pairs {
        let (source, target) = (&pair.source, &pair.target);
        writeln!(
            out,
            "  {}: from {} at {} to {} at {}, copy mode {}",
            pair.name,
            source.share,
            source.endpoint,
            target.share,
            target.endpoint,
            pair.copy_mode.as_str()
        )?;
    }
    match state {
        StateSetting::Memory => {
            writeln!(out, "Progress and history are kept in memory and are gone when the process ends")?;
        }
        StateSetting::Table { endpoint, .. } => {
            writeln!(out, "Progress and history are kept in tables at {endpoint}")?;
        }
    }
    match credential {
        CredentialSetting::ManagedIdentity { client_id: None } => {
            writeln!(out, "The accounts are opened by the system-assigned identity of the app")
        }
        CredentialSetting::ManagedIdentity { client_id: Some(id) } => {
            writeln!(out, "The accounts are opened by the user-assigned identity {id}")
        }
        CredentialSetting::Developer => {
            writeln!(out, "The accounts are opened by whoever is logged in with az or azd")
        }
        CredentialSetting::SharedKey { keys } => {
            let accounts: Vec<&str> = keys.keys().map(String::as_str).collect();
            writeln!(out, "The accounts are opened with their keys: {}", accounts.join(", "))
        }
    }
}
