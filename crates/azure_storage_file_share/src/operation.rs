//! The REST operations this client sends, by the names of the reference.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
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

    /// Allowed on a share snapshot.
    pub(crate) fn reads(self) -> bool {
        matches!(
            self,
            Self::GetDirectoryProperties
                | Self::GetFile
                | Self::GetFileProperties
                | Self::GetPermission
                | Self::GetShareProperties
                | Self::ListDirectoriesAndFiles
                | Self::ListRanges
                | Self::ListShares
        )
    }
}
