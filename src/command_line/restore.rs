//! `handler restore`: shows what would come back, and brings it.

use std::io::{self, Write};
use std::time::Duration;

use tokio::time::sleep;

use super::arguments::Arguments;
use super::pairs::{write, write_diff};
use super::place::Place;
use crate::cycle::report::{CycleReport, Phase, Stopped};
use crate::cycle::restore::{Asked, AskedDestination};
use crate::state::{Acl, Conflict, Place as At, Status};

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_secs(2);

pub const USAGE: &str = "handler restore PAIR POINT --to source|target|SHARE [--folder DIRECTORY] [--include PATH|GLOB]…
  [--conflict skip|overwrite|rename] [--acl keep|skip] [--delete-extra] [--account ACCOUNT] [--create] [--yes] [--past-guard]
POINT is a recovery point, by its cycle or the id of its share snapshot, or `latest`. Without --yes the plan is shown and nothing is
changed. With it the plan is applied, unless the guard stops it: then --past-guard is asked for as well. Files that stand
in the way stay (`skip`), unless --conflict says otherwise; what is overwritten or deleted is in a share snapshot, whose id is told.
--json prints JSON. --app https://NAME.azurewebsites.net has the app do it, opened by the function key in BACKUP_APP_KEY. Without
it the shares are worked on from here: the settings come from the environment, as those of the app, and what BACKUP_STATE names is
not asked. Then --to target asks for --app-is-gone as well: an app that lives would write to the target at the same time.";

/// What was asked for, and how.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub pair: String,
    pub asked: Asked,
    pub app: Option<String>,
    pub app_is_gone: bool,
    json: bool,
    yes: bool,
    past_guard: bool,
}

/// Reads the arguments after `restore`. `None` where they are not understood.
pub fn parse(arguments: &[&str]) -> Option<Wanted> {
    const OPTIONS: [&str; 7] = ["--to", "--folder", "--include", "--conflict", "--acl", "--account", "--app"];
    const SWITCHES: [&str; 6] =
        ["--delete-extra", "--create", "--yes", "--past-guard", "--json", "--app-is-gone"];
    let mut read = Arguments::read(arguments, &OPTIONS, &SWITCHES)?;
    let [pair, point] = read.plain[..] else { return None };
    let conflict = match read.take("--conflict").as_deref() {
        None | Some("skip") => Conflict::Skip,
        Some("overwrite") => Conflict::Overwrite,
        Some("rename") => Conflict::Rename,
        Some(_) => return None,
    };
    let acl = match read.take("--acl").as_deref() {
        None | Some("keep") => Acl::Keep,
        Some("skip") => Acl::Skip,
        Some(_) => return None,
    };
    let (at, share) = match read.take("--to")?.as_str() {
        "source" => (At::Source, None),
        "target" => (At::Target, None),
        share => (At::Share, Some(share.to_owned())),
    };
    let (include, is_set) = (read.take_all("--include"), |switch: &str| read.is_set(switch));
    let (create, delete_extra) = (is_set("--create"), is_set("--delete-extra"));
    let (json, yes, past_guard, app_is_gone) =
        (is_set("--json"), is_set("--yes"), is_set("--past-guard"), is_set("--app-is-gone"));
    let destination = AskedDestination {
        at,
        account: read.take("--account"),
        share,
        create,
        folder: read.take("--folder"),
    };
    let asked = Asked {
        recovery_point: point.to_owned(),
        include: (!include.is_empty()).then_some(include),
        destination,
        conflict,
        acl,
        delete_extra,
        approve: yes,
    };
    let wanted =
        Wanted { pair: pair.to_owned(), asked, app: read.take("--app"), app_is_gone, json, yes, past_guard };
    read.is_empty().then_some(wanted)
}

/// Shows the plan, or brings it about. Whether all came back that was to.
pub async fn answer(place: &Place, wanted: Wanted, out: &mut dyn Write) -> anyhow::Result<bool> {
    let Wanted { pair, asked, json, yes, .. } = &wanted;
    if let Place::Shares(backup) = place
        && asked.destination.at == At::Target
    {
        if !wanted.app_is_gone {
            anyhow::bail!(
                "An app that lives would write to the target at the same time. Have it do this with --app, or say --app-is-gone"
            );
        }
        backup.hold_for_restore(pair).await?;
    }
    if !yes {
        let plan = place.plan(pair, asked).await?;
        write(out, *json, &plan, |out| {
            write_diff(&plan, out)?;
            writeln!(out, "Nothing was changed; with --yes it is")
        })?;
        return Ok(true);
    }
    let mut report = with_progress(place, pair, *json, place.restore(pair, asked)).await?;
    loop {
        if report.status.is_some() {
            break;
        }
        if report.state == Phase::AwaitingApproval {
            let Some(stopped) = report.guard.clone().filter(|_| wanted.past_guard) else {
                place.reject(pair, &report.id).await?;
                break;
            };
            report =
                with_progress(place, pair, *json, place.approve(pair, &report.id, &stopped.digest)).await?;
            if !place.goes_on() {
                continue;
            }
        }
        if !place.goes_on() {
            break;
        }
        sleep(LOOK).await;
        report = place.report(pair, &report.id).await?;
        show(&report, *json)?;
    }
    write(out, *json, &report, |out| write_report(&report, out))?;
    Ok(report.status == Some(Status::Succeeded))
}

/// Shows how far it is while it is waited for.
async fn with_progress<T>(
    place: &Place,
    pair: &str,
    json: bool,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let look = async {
        loop {
            sleep(LOOK).await;
            if let Ok(Some(report)) = place.under_way(pair).await
                && show(&report, json).is_err()
            {
                // nobody reads it
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        done = Box::pin(work) => done,
        never = look => never,
    }
}

/// A line of progress, for people alone.
fn show(report: &CycleReport, json: bool) -> io::Result<()> {
    let Some(progress) = report.progress.as_ref().filter(|_| !json) else { return Ok(()) };
    writeln!(
        io::stderr(),
        "{:?}: {} of {} entries, {} of {} bytes",
        report.state,
        progress.done.entries,
        progress.planned.entries,
        progress.done.bytes,
        progress.planned.bytes
    )
}

fn write_report(report: &CycleReport, out: &mut dyn Write) -> io::Result<()> {
    for failure in &report.failures {
        writeln!(out, "{}  {}: {}", failure.path, failure.reason, failure.detail)?;
    }
    let copied = report.done.copied;
    let skipped = report.restore.as_ref().map_or(0, |restore| restore.skipped);
    writeln!(
        out,
        "{} files with {} bytes and {} directories came back, {} entries got their properties, {} were deleted, {} stayed as they were, \
         {} failed",
        copied.files,
        copied.bytes,
        copied.directories,
        report.done.metadata,
        report.done.deleted,
        skipped,
        report.failed
    )?;
    if let Some(safety) = report.restore.as_ref().and_then(|restore| restore.safety_snapshot.as_ref()) {
        writeln!(out, "What was overwritten or deleted is in share snapshot {safety}")?;
    }
    for alert in &report.alerts {
        writeln!(out, "{}: {}", alert.code, alert.detail)?;
    }
    if let Some(restore) = &report.restore {
        writeln!(out, "{}", restore.note)?;
    }
    match (report.status, &report.error, &report.guard) {
        (Some(status), Some(error), _) => writeln!(out, "{status:?}: {error}"),
        (Some(status), None, _) => writeln!(out, "{status:?}"),
        (None, _, Some(stopped)) => write_stopped(stopped, out),
        (None, Some(error), _) => writeln!(out, "Not ended: {error}"),
        (None, None, None) => writeln!(out, "Not ended"),
    }
}

fn write_stopped(stopped: &Stopped, out: &mut dyn Write) -> io::Result<()> {
    let why: Vec<String> = stopped.exceeded.iter().map(|exceeded| format!("{exceeded:?}")).collect();
    writeln!(
        out,
        "The guard stops it ({}): {} entries would be deleted, and {} overwritten. Nothing was changed; with --past-guard it is",
        why.join(", "),
        stopped.deletes,
        stopped.overwrites
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_as_the_usage_says() {
        let wanted = parse(&[
            "p",
            "latest",
            "--to",
            "source",
            "--include",
            "a",
            "--include",
            "b/*",
            "--conflict",
            "rename",
        ]);
        let asked = wanted.expect("it is understood").asked;
        assert_eq!(asked.include, Some(vec!["a".to_owned(), "b/*".to_owned()]));
        assert_eq!((asked.conflict, asked.acl, asked.approve), (Conflict::Rename, Acl::Keep, false));
        assert_eq!((asked.destination.at, asked.destination.share), (At::Source, None));
        let wanted =
            parse(&["p", "c", "--to", "rescue", "--create", "--yes", "--acl", "skip", "--folder", "x/y"]);
        let asked = wanted.expect("it is understood").asked;
        assert_eq!((asked.destination.at, asked.destination.share.as_deref()), (At::Share, Some("rescue")));
        assert!(asked.approve && asked.destination.create && asked.acl == Acl::Skip);
        assert_eq!(asked.destination.folder.as_deref(), Some("x/y"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [
            &["p"][..],
            &["p", "c"],
            &["p", "c", "--to"],
            &["p", "c", "--to", "source", "--conflict", "merge"],
            &["p", "c", "--to", "source", "--force"],
            &["p", "c", "d", "--to", "source"],
        ] {
            assert!(parse(arguments).is_none(), "{arguments:?}");
        }
    }
}
