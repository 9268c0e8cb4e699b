//! The REST operations this client sends, by the names of the reference.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    AbortCopyFile,
    CopyFile,
    CreateDirectory,
    CreateFile,
    CreatePermission,
    CreateShare,
    DeleteDirectory,
    DeleteFile,
    DeleteShare,
    GetDirectoryProperties,
    GetFile,
    GetFileProperties,
    GetPermission,
    GetShareProperties,
    GetShareStatistics,
    LeaseFile,
    LeaseShare,
    ListDirectoriesAndFiles,
    ListRanges,
    ListShares,
    PutRange,
    PutRangeFromUrl,
    RenameDirectory,
    RenameFile,
    SetDirectoryMetadata,
    SetDirectoryProperties,
    SetFileMetadata,
    SetFileProperties,
    SnapshotShare,
}

impl Operation {
    pub fn name(self) -> &'static str {
        match self {
            Self::AbortCopyFile => "Abort Copy File",
            Self::CopyFile => "Copy File",
            Self::CreateDirectory => "Create Directory",
            Self::CreateFile => "Create File",
            Self::CreatePermission => "Create Permission",
            Self::CreateShare => "Create Share",
            Self::DeleteDirectory => "Delete Directory",
            Self::DeleteFile => "Delete File",
            Self::DeleteShare => "Delete Share",
            Self::GetDirectoryProperties => "Get Directory Properties",
            Self::GetFile => "Get File",
            Self::GetFileProperties => "Get File Properties",
            Self::GetPermission => "Get Permission",
            Self::GetShareProperties => "Get Share Properties",
            Self::GetShareStatistics => "Get Share Stats",
            Self::LeaseFile => "Lease File",
            Self::LeaseShare => "Lease Share",
            Self::ListDirectoriesAndFiles => "List Directories and Files",
            Self::ListRanges => "List Ranges",
            Self::ListShares => "List Shares",
            Self::PutRange => "Put Range",
            Self::PutRangeFromUrl => "Put Range From URL",
            Self::RenameDirectory => "Rename Directory",
            Self::RenameFile => "Rename File",
            Self::SetDirectoryMetadata => "Set Directory Metadata",
            Self::SetDirectoryProperties => "Set Directory Properties",
            Self::SetFileMetadata => "Set File Metadata",
            Self::SetFileProperties => "Set File Properties",
            Self::SnapshotShare => "Snapshot Share",
        }
    }

    /// Its effect can be seen, so it matters when it happens and how often. A permission that nothing refers to yet
    /// can be created at any time.
    pub(crate) fn writes(self) -> bool {
        !self.reads() && self != Self::CreatePermission
    }

    pub(crate) fn is_allowed_on_share_snapshots(self) -> bool {
        self == Self::LeaseShare || self.reads() && self != Self::GetShareStatistics
    }

    fn reads(self) -> bool {
        matches!(
            self,
            Self::GetDirectoryProperties
                | Self::GetFile
                | Self::GetFileProperties
                | Self::GetPermission
                | Self::GetShareProperties
                | Self::GetShareStatistics
                | Self::ListDirectoriesAndFiles
                | Self::ListRanges
                | Self::ListShares
        )
    }
}
