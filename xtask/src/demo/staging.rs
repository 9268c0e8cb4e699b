//! `--seed`: most of the source's data lies in a staging share in the target's account, loaded by another tool. People have
//! gone on working in the source share since, and the first cycle has to find out what still is the source's.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use azure_storage_file_share::CreateShareOptions;
use share_tree::{Content, Edit, Entry, LiveShare, Properties, Row, Setting, Tree};

use super::answers::{Amounts, CycleDone, Seeded, SeedingReport};
use super::edits::{self, Edits};
use crate::judge::url;
use crate::stage::Stage;
use crate::tools::AzCopy;

pub(crate) const SHARE: &str = "staging";
/// One of so many files comes when the staging share is loaded already.
const ONE_OF: usize = 10;
/// What else happens in the source share until the first cycle.
const SINCE: [(Row, usize); 4] =
    [(Row::FileReplaced, 4), (Row::FileResized, 2), (Row::FileMoved, 2), (Row::FileDeleted, 4)];
/// Staged files that lost their end on the way.
const CUT_SHORT: usize = 3;
/// Among fewer files nothing may be left that matches.
const LEAST_FILES: usize = 100;

pub(crate) struct Staging {
    /// Files that the source share gets later.
    later: Vec<(String, Entry)>,
    /// What the staging share holds, as far as it counts: data and last-write times.
    tree: Tree,
}

impl Staging {
    /// Takes every tenth file out of the tree, which is loaded into the source share first.
    pub(crate) fn before(tree: &mut Tree) -> Result<Self> {
        let files: Vec<String> = tree.files().map(|(path, _)| path.to_owned()).collect();
        ensure!(
            files.len() >= LEAST_FILES,
            "--seed needs {LEAST_FILES} files, and there are {}",
            files.len()
        );
        let later = files.iter().skip(ONE_OF - 1).step_by(ONE_OF);
        Ok(Self { later: later.flat_map(|path| tree.remove(path)).collect(), tree: Tree::default() })
    }

    /// Fills the staging share from the loaded source share: with AzCopy, or without it in its stead.
    pub(crate) async fn load(
        &mut self,
        stage: &Stage,
        azcopy: Option<&AzCopy>,
        folder: &Path,
        source: &Tree,
    ) -> Result<Amounts> {
        self.tree = data_and_times(source);
        let share = stage.target_share(SHARE)?;
        share.create(&CreateShareOptions::default()).await?;
        let share = LiveShare::new(share);
        match azcopy {
            Some(azcopy) => {
                let (from, to) = (url(&stage.source()?, "*")?, url(share.share(), "")?);
                let arguments = [&*from, &to, "--from-to=FileFile", "--preserve-info=true"];
                azcopy.run(folder, "copy", &arguments).await.context("Loading the staging share")?;
            }
            None => share.load(&mut self.tree).await?,
        }
        self.cut_short(&share).await?;
        let mut all = Amounts::default();
        self.tree.files().for_each(|(_, file)| all.add(file));
        Ok(all)
    }

    /// Some files keep their times and lose half of their data.
    async fn cut_short(&mut self, share: &LiveShare) -> Result<()> {
        let long = self.tree.files().filter(|(_, file)| size(file) > 1).take(CUT_SHORT);
        let edits: Vec<[Edit; 2]> = long
            .filter_map(|(path, file)| {
                let path = path.to_owned();
                let setting = Setting::LastWriteTime(file.properties.last_write_time?);
                let resize = Edit::Resize { path: path.clone(), size: size(file) / 2 };
                Some([resize, Edit::Set { path, setting }])
            })
            .collect();
        for edit in edits.iter().flatten() {
            share.apply(&mut self.tree, edit).await?;
        }
        Ok(())
    }

    /// What people do in the source share until the first cycle.
    pub(crate) async fn go_on(&mut self, source: &LiveShare, tree: &mut Tree) -> Result<Edits> {
        let mut made = edits::make(source, tree, &SINCE).await?;
        for (path, entry) in self.later.drain(..) {
            source.apply(tree, &Edit::Put { path, entry }).await?;
            made.put += 1;
        }
        Ok(made)
    }

    /// The first cycle is to have taken from staging what is the source's by size and time, and nothing else.
    pub(crate) fn judge(&self, source: &Tree, first: &CycleDone, report: &SeedingReport) -> Result<()> {
        let (mut matching, mut others, mut met) = (Amounts::default(), Amounts::default(), 0);
        for (path, file) in source.files() {
            let staged = self.tree.get(path).filter(|staged| size(file) > 0 && !staged.is_directory());
            met += u64::from(staged.is_some());
            if staged.is_some_and(|staged| is_like(staged, file)) { &mut matching } else { &mut others }
                .add(file);
        }
        let only = self.tree.files().count() as u64 - met;
        let Some(Seeded { from_staging, from_source, .. }) = &first.seeded else {
            bail!("The first cycle does not say where its data came from");
        };
        ensure!(
            matching.files > 0 && (*from_staging, *from_source) == (matching, others),
            "The first cycle was to take {matching:?} from staging and {others:?} from the source, and not {:?}",
            first.seeded
        );
        let SeedingReport { offline_data_transfer_status: status, staging_only, .. } = report;
        ensure!(status == "Complete", "Everything was backed up once, and seeding is {status}");
        ensure!(*staging_only == Some(only), "{only} files are in staging alone, and not {staging_only:?}");
        Ok(())
    }
}

/// What a tool brings that knows nothing else of a file.
fn data_and_times(source: &Tree) -> Tree {
    let mut staged = Tree::default();
    for (path, entry) in source.iter().filter(|(path, _)| !path.is_empty()) {
        let last_write_time = entry.properties.last_write_time;
        let entry = match entry.content() {
            Some(content) => {
                let properties = Properties { last_write_time, ..Properties::default() };
                Entry::file(properties, content.clone(), Default::default())
            }
            None => Entry::directory(Properties::default()),
        };
        staged.insert(path, entry);
    }
    staged
}

fn is_like(staged: &Entry, file: &Entry) -> bool {
    let last_write = |entry: &Entry| entry.properties.last_write_time;
    size(staged) == size(file) && last_write(staged) == last_write(file)
}

fn size(file: &Entry) -> u64 {
    file.content().map_or(0, Content::size)
}

impl Amounts {
    fn add(&mut self, file: &Entry) {
        self.files += 1;
        self.bytes += size(file);
    }
}
