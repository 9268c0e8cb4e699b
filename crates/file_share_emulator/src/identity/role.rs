//! What a role allows: the actions of the service's access control, under the prefix
//! `Microsoft.Storage/storageAccounts/fileServices/`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `read` and `write` of the service's own properties.
    ServiceRead,
    ServiceWrite,
    /// `generateUserDelegationKey/action`
    GenerateUserDelegationKey,
    /// `shares/read` and so on.
    SharesRead,
    SharesWrite,
    SharesDelete,
    SharesRestore,
    SharesLease,
    /// `fileshares/files/read` and so on; without backup semantics REST allows nothing by them.
    FilesRead,
    FilesWrite,
    FilesModifyPermissions,
    ReadFileBackupSemantics,
    WriteFileBackupSemantics,
}

/// A name and what comes with it. Whoever needs a custom role makes one with [`Role::custom`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    name: &'static str,
    actions: Vec<Action>,
}

use Action::*;

impl Role {
    /// Reads all data, and permissions.
    pub fn privileged_reader() -> Self {
        Self::named("Storage File Data Privileged Reader", &[FilesRead, ReadFileBackupSemantics])
    }

    /// Reads, writes and deletes all data, and sets permissions. No share can be made, listed or deleted with it.
    pub fn privileged_contributor() -> Self {
        let actions = [
            FilesRead,
            FilesWrite,
            FilesModifyPermissions,
            ReadFileBackupSemantics,
            WriteFileBackupSemantics,
        ];
        Self::named("Storage File Data Privileged Contributor", &actions)
    }

    /// For SMB: REST allows nothing by it.
    pub fn smb_share_reader() -> Self {
        Self::named("Storage File Data SMB Share Reader", &[FilesRead])
    }

    /// The same.
    pub fn smb_share_contributor() -> Self {
        Self::named("Storage File Data SMB Share Contributor", &[FilesRead, FilesWrite])
    }

    /// The custom role of a backup: shares and their share snapshots, no data.
    pub fn share_operator() -> Self {
        Self::custom(&[SharesRead, SharesWrite, SharesDelete, SharesLease])
    }

    /// All of the account but its data.
    pub fn account_contributor() -> Self {
        let actions = [
            ServiceRead,
            ServiceWrite,
            GenerateUserDelegationKey,
            SharesRead,
            SharesWrite,
            SharesDelete,
            SharesRestore,
            SharesLease,
        ];
        Self::named("Storage Account Contributor", &actions)
    }

    pub fn custom(actions: &[Action]) -> Self {
        Self::named("custom", actions)
    }

    /// By the name that the program takes.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "privileged-reader" => Self::privileged_reader(),
            "privileged-contributor" => Self::privileged_contributor(),
            "smb-share-reader" => Self::smb_share_reader(),
            "smb-share-contributor" => Self::smb_share_contributor(),
            "share-operator" => Self::share_operator(),
            "account-contributor" => Self::account_contributor(),
            _ => return None,
        })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn allows(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }

    fn named(name: &'static str, actions: &[Action]) -> Self {
        Self { name, actions: actions.to_vec() }
    }
}
