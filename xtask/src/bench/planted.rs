//! Where the files of a planted tree are that has one level of directories.

#[derive(Clone, Copy, Debug)]
pub(super) struct Planted {
    /// Below the root.
    pub(super) directories: u64,
    /// How many there are in each directory, the root included, which says how they are called.
    pub(super) files_in_each: u64,
}

impl Planted {
    /// All files, by directory and place in it. The root is the last of the directories.
    pub(super) fn files(self) -> impl Iterator<Item = (u64, u64)> {
        (0..=self.directories)
            .flat_map(move |directory| (0..self.files_in_each).map(move |file| (directory, file)))
    }

    /// As many digits as the last of them has, and five at least.
    pub(super) fn file(self, directory: u64, file: u64) -> String {
        let digits = (self.files_in_each - 1).to_string().len().max(5);
        self.path(directory, &format!("file-{file:0digits$}.bin"))
    }

    pub(super) fn path(self, directory: u64, name: &str) -> String {
        match directory < self.directories {
            true => format!("directory-{directory:05}/{name}"),
            false => name.to_owned(),
        }
    }
}
