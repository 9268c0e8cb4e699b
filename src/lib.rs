//! azure-files-backup: a restorable copy of Azure file shares in another storage account.

pub mod check;
pub mod command_line;
pub mod config;
pub mod cycle;
pub mod doctor;
pub mod handlers;
pub mod retention;
pub mod runbook;
pub mod state;
pub mod sync;
pub mod telemetry;
