//! azure-files-backup: a restorable copy of Azure file shares in another storage account.

pub mod check;
pub mod config;
pub mod telemetry;
