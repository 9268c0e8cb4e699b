//! What AzCopy does besides transfers: listing, removing, trying without doing, and finishing what was left undone.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::super::checks::{self, Check};
use super::super::court::{FIRST, SECOND};
use super::super::trees::{data_of_share, files_of_share, same_folders, write_files};
use super::run::{EVERYTHING, Run, Work, run, sas, url};

const FILES: [&str; 5] = ["a", "in/b", "in/deep/c", "in/deep/50% d #", "out/e"];

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        a_share_is_listed_with_its_sizes,
        a_share_snapshot_is_listed_as_it_was,
        a_dry_run_names_what_it_would_do_and_does_nothing,
        a_file_is_removed,
        a_directory_is_removed_with_all_below_it,
        files_of_a_pattern_are_removed,
        a_job_is_resumed_where_it_was_left,
    ]
}

/// A share of account FIRST with the files.
async fn filled(work: &Work<'_>) -> Result<(azure_storage_file_share::ShareClient, std::path::PathBuf)> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &FILES)?;
    let everything = format!("{}/*", folder.display());
    work.copy("LocalFile", &everything, &url(&share, "")?, &[]).await?.holds()?;
    Ok((share, folder))
}

async fn listed(work: &Work<'_>, address: &str) -> Result<Run> {
    work.run(["list", address, "--location=File", "--machine-readable"]).await?.holds()
}

async fn a_share_is_listed_with_its_sizes(work: &Work<'_>) -> Result<()> {
    let (share, _) = filled(work).await?;
    let mut run = listed(work, &url(&share, "")?).await?;
    for path in FILES {
        run = run.says(&format!("{path}; Content Length: {}", path.len()))?;
    }
    Ok(())
}

async fn a_share_snapshot_is_listed_as_it_was(work: &Work<'_>) -> Result<()> {
    let (share, _) = filled(work).await?;
    let snapshot = share.with_snapshot(&share.create_snapshot(&Default::default()).await?);
    share.file_client("a").delete().await?;
    listed(work, &url(&snapshot, "")?).await?.says("a; Content Length: 1")?;
    let run = listed(work, &url(&share, "")?).await?;
    ensure!(!run.text.contains("\na; "), "Expected no file a, came {}", run.text);
    Ok(())
}

async fn a_dry_run_names_what_it_would_do_and_does_nothing(work: &Work<'_>) -> Result<()> {
    let ((source, _), target) = (filled(work).await?, work.court.new_share(SECOND).await?);
    let (from, to) = (url(&source, "*")?, url(&target, "")?);
    let mut run = work.copy("FileFile", &from, &to, &["--dry-run"]).await?.holds()?;
    for path in FILES {
        run = run.says(&format!("/{}/{path}\n", target.name()))?;
    }
    ensure!(data_of_share(&target).await?.len() == 1, "Expected nothing in the target");
    Ok(())
}

async fn a_file_is_removed(work: &Work<'_>) -> Result<()> {
    let (share, _) = filled(work).await?;
    let run = work.run(["remove", &url(&share, "in/b")?, "--from-to=FileTrash"]).await?.holds()?;
    run.counts(1, "Number of File Transfers Completed")?;
    let came = files_of_share(&share).await?;
    ensure!(came == ["a", "in/deep/50% d #", "in/deep/c", "out/e"], "Expected all but in/b, came {came:?}");
    Ok(())
}

async fn a_directory_is_removed_with_all_below_it(work: &Work<'_>) -> Result<()> {
    let (share, _) = filled(work).await?;
    work.run(["remove", &url(&share, "in")?, "--from-to=FileTrash", "--recursive"]).await?.holds()?;
    let came: Vec<_> = data_of_share(&share).await?.into_keys().collect();
    ensure!(came == ["", "a", "out", "out/e"], "Expected a and out, came {came:?}");
    Ok(())
}

async fn files_of_a_pattern_are_removed(work: &Work<'_>) -> Result<()> {
    let (share, _) = filled(work).await?;
    let address = url(&share, "")?;
    let arguments = ["remove", &address, "--from-to=FileTrash", "--recursive", "--include-pattern=[b-d]"];
    work.run(arguments).await?.holds()?;
    let came = files_of_share(&share).await?;
    ensure!(came == ["a", "in/deep/50% d #", "out/e"], "Expected neither b nor c, came {came:?}");
    Ok(())
}

async fn a_job_is_resumed_where_it_was_left(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    // AzCopy's `resume` reads a path of the job as a URL, whichever comes first, and stumbles over a bare `%`.
    write_files(&folder, &["a", "in/b", "in/deep/c", "out/e"])?;
    fs::write(folder.join("large"), vec![7; 9 << 20])?;
    // One folder for all runs: the plan of the job is in it.
    let (jobs, everything) = (work.folder()?, format!("{}/*", folder.display()));
    let command = |arguments: &[&str]| {
        let mut command = work.command_in(&jobs);
        command.args(arguments);
        command
    };
    let to = url(&share, "")?;
    let skip = "--debug-skip-files=large;in/b";
    let stopped =
        run(command(&["copy", &everything, &to, "--from-to=LocalFile", "--recursive", skip])).await?;
    let came = files_of_share(&share).await?;
    ensure!(!came.contains(&"large".to_owned()), "Expected an unfinished job, came {came:?}");
    let job = stopped.text.lines().find_map(|line| line.strip_prefix("Job ")?.strip_suffix(" summary"));
    let job = job.with_context(|| format!("AzCopy names no job: {}", stopped.text))?;
    let query = format!("--destination-sas={}", sas(&share, EVERYTHING, 3600)?);
    run(command(&["jobs", "resume", job, &query])).await?.holds()?;
    work.copy("FileLocal", &url(&share, "*")?, &back.display().to_string(), &[]).await?.holds()?;
    same_folders(&folder, &back)
}
