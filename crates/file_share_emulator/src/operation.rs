//! The operations of the service by their names in the REST reference, and what each of them needs of a request.

macro_rules! operations {
    ($($operation:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($operation,)*
        }

        impl Operation {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$operation,)*];

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$operation => $name,)*
                }
            }
        }
    };
}

operations! {
    ListShares = "List Shares",
    GetFileServiceProperties = "Get File Service Properties",
    SetFileServiceProperties = "Set File Service Properties",
    GetUserDelegationKey = "Get User Delegation Key",
    CreateShare = "Create Share",
    GetShareProperties = "Get Share Properties",
    SetShareProperties = "Set Share Properties",
    GetShareMetadata = "Get Share Metadata",
    SetShareMetadata = "Set Share Metadata",
    GetShareStats = "Get Share Stats",
    GetShareAcl = "Get Share ACL",
    SetShareAcl = "Set Share ACL",
    SnapshotShare = "Snapshot Share",
    LeaseShare = "Lease Share",
    DeleteShare = "Delete Share",
    RestoreShare = "Restore Share",
    CreatePermission = "Create Permission",
    GetPermission = "Get Permission",
    CreateDirectory = "Create Directory",
    GetDirectoryProperties = "Get Directory Properties",
    SetDirectoryProperties = "Set Directory Properties",
    GetDirectoryMetadata = "Get Directory Metadata",
    SetDirectoryMetadata = "Set Directory Metadata",
    ListDirectoriesAndFiles = "List Directories and Files",
    RenameDirectory = "Rename Directory",
    DeleteDirectory = "Delete Directory",
    CreateFile = "Create File",
    GetFile = "Get File",
    GetFileProperties = "Get File Properties",
    SetFileProperties = "Set File Properties",
    GetFileMetadata = "Get File Metadata",
    SetFileMetadata = "Set File Metadata",
    PutRange = "Put Range",
    PutRangeFromUrl = "Put Range From URL",
    ListRanges = "List Ranges",
    RenameFile = "Rename File",
    DeleteFile = "Delete File",
    CopyFile = "Copy File",
    AbortCopyFile = "Abort Copy File",
    LeaseFile = "Lease File",
    ListHandles = "List Handles",
    ForceCloseHandles = "Force Close Handles",
    CreateSymbolicLink = "Create Symbolic Link",
    GetSymbolicLink = "Get Symbolic Link",
    CreateHardLink = "Create Hard Link",
}

use Operation::*;

/// What a shared access signature must allow: a resource type of an account signature, and one of some
/// permissions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) resource: char,
    pub(crate) permissions: &'static str,
}

impl Operation {
    /// Whether `sharesnapshot` may be sent. Leasing and deleting are the only writes among them.
    pub(crate) fn takes_share_snapshot(self) -> bool {
        matches!(
            self,
            GetShareProperties
                | GetShareMetadata
                | LeaseShare
                | DeleteShare
                | GetDirectoryProperties
                | GetDirectoryMetadata
                | ListDirectoriesAndFiles
                | GetFile
                | GetFileProperties
                | GetFileMetadata
                | ListRanges
                | ListHandles
                | ForceCloseHandles
                | GetSymbolicLink
        )
    }

    /// The version that brought it, where answers are promised for older ones too.
    pub(crate) fn since(self) -> &'static str {
        match self {
            CreatePermission | GetPermission | LeaseFile => "2019-02-02",
            RestoreShare => "2019-12-12",
            LeaseShare => "2020-02-10",
            RenameFile | RenameDirectory => "2021-04-10",
            CreateHardLink => "2025-05-05",
            CreateSymbolicLink | GetSymbolicLink => "2025-07-05",
            _ => "",
        }
    }

    pub(crate) fn access(self) -> Access {
        let (resource, permissions) = match self {
            ListShares => ('s', "l"),
            GetFileServiceProperties => ('s', "r"),
            SetFileServiceProperties => ('s', "w"),
            // Bearer tokens only.
            GetUserDelegationKey => ('s', ""),
            CreateShare => ('c', "cw"),
            GetShareProperties | GetShareMetadata | GetShareStats | GetShareAcl | GetPermission => ('c', "r"),
            SetShareProperties | SetShareMetadata | SetShareAcl | LeaseShare => ('c', "w"),
            SnapshotShare | RestoreShare | CreatePermission => ('c', "cw"),
            DeleteShare => ('c', "d"),
            ListDirectoriesAndFiles => ('c', "l"),
            CreateDirectory | CreateFile | CopyFile | CreateSymbolicLink | CreateHardLink => ('o', "cw"),
            DeleteDirectory | DeleteFile => ('o', "d"),
            GetDirectoryProperties
            | GetDirectoryMetadata
            | GetFile
            | GetFileProperties
            | GetFileMetadata
            | ListRanges
            | ListHandles
            | GetSymbolicLink => ('o', "r"),
            SetDirectoryProperties
            | SetDirectoryMetadata
            | RenameDirectory
            | SetFileProperties
            | SetFileMetadata
            | PutRange
            | PutRangeFromUrl
            | RenameFile
            | LeaseFile
            | AbortCopyFile
            | ForceCloseHandles => ('o', "w"),
        };
        Access { resource, permissions }
    }

    /// Operations on the share itself, which a service SAS cannot do. Its
    /// holder may still list directories and use permissions.
    pub(crate) fn is_share_level(self) -> bool {
        self.access().resource != 'o'
            && !matches!(self, ListDirectoriesAndFiles | CreatePermission | GetPermission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = include_str!("../README.md");

    /// The rows of the table: names of operations, and how well they are supported.
    fn table() -> Vec<(&'static str, &'static str)> {
        let (_, table) = README.split_once("## Operations").expect("a section");
        let (table, _) = table.split_once("\n## ").expect("a section after it");
        let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
        rows.filter(|(name, _)| *name != "Operation").collect()
    }

    #[test]
    fn the_readme_grades_each_operation() {
        let named: Vec<&str> = table().iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        assert_eq!(named, known);
        for (name, support) in table() {
            let (grade, rest) = support
                .split_at(support.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or_default());
            match grade {
                "complete" => {}
                "partial" => assert!(rest.starts_with(": "), "What is missing of {name}?"),
                _ => panic!("{name}: {support}"),
            }
        }
    }
}
