//! azure-files-backup: a restorable copy of Azure file shares in another storage account.
