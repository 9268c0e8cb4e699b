//! What to do on a bad day, with the names of this very configuration in every command. It is text, so that a copy can be kept where
//! neither account is.

use crate::config::{PairSettings, ShareSettings};

const HEAD: &str = r#"# Run book

Print this, or keep it where neither of the accounts is, again whenever a pair changes. The commands want curl 7.76 or newer, two variables, and
`handler` from the app's package, on any Linux machine. The third line keeps the run book; what was kept stays when the app does not answer.

```console
$ export APP=https://NAME.azurewebsites.net
$ export BACKUP_APP_KEY=KEY
$ curl -fsS -H "x-functions-key: $BACKUP_APP_KEY" "$APP/api/runbook" -o runbook.md
```

KEY is a function key: `az functionapp keys list -g GROUP -n NAME`, which no test can try. Put the path of what is missing for PATH, and the digest that a plan
was shown with for DIGEST. Where a command has no `--app`, it works without the app and its tables: its settings come from the environment, as those of the app.
So does the one that prints the run book without the app:

```console
$ handler runbook
```
"#;

/// The run book of these pairs, in Markdown.
pub fn runbook<'a>(pairs: impl IntoIterator<Item = &'a PairSettings>) -> String {
    let of_pairs: String = pairs.into_iter().map(of_pair).collect();
    format!("{HEAD}{of_pairs}")
}

fn of_pair(pair: &PairSettings) -> String {
    let PairSettings { name, source, target, .. } = pair;
    let (from, to) = (named(source), named(target));
    let (source_path, target_path) = (path(source), path(target));
    let (account, share) = (&source.account, &source.share);
    let call = r#"curl -sS --fail-with-body -H "x-functions-key: $BACKUP_APP_KEY""#;
    format!(
        r#"
## {name}: {from} is kept in {to}

### A file or a folder is lost

```console
$ handler pairs {name} recovery-points --app "$APP"
$ handler pairs {name} versions PATH --app "$APP"
$ handler restore {name} latest --to source --include PATH --app "$APP"
$ handler restore {name} latest --to source --include PATH --app "$APP" --yes
```

The first restore shows the plan, the second applies it. Of an older recovery point, name its cycle in the place of `latest`. Where the app may only read its source, it
says so, with the role to assign for the time of the restore.

### Share {share} in {account} is spoilt, or deleted

A deleted share may still be there for some days: `az storage share-rm restore -n {share} --storage-account {account} --deleted-version VERSION`, which no test can
try. Else make it anew, empty, and bring everything back. What is in it now is kept in a share snapshot, whose id is told. Where a cycle took what is spoilt for
changes already, name the one before, of those that the third command lists, in the place of `latest`. The second command ends a cycle that has seen the share
as it is now, and would go on with that; where there is none, it answers `NothingToDecide`.

```console
$ {call} -d '{{"action": "hold"}}' "$APP/api/pairs/{name}/decisions"
$ {call} -d '{{"action": "cancel"}}' "$APP/api/pairs/{name}/decisions"
$ handler pairs {name} recovery-points --app "$APP"
$ handler restore {name} latest --to source --conflict overwrite --delete-extra --app "$APP"
$ handler restore {name} latest --to source --conflict overwrite --delete-extra --app "$APP" --yes --past-guard
$ {call} -d '{{"action": "release"}}' "$APP/api/pairs/{name}/decisions"
```

### Account {account}, or its region, is gone

People go on with the other share, `{target_path}` in the place of `{source_path}`. The answer says what is lost, and whether the share may be written to at once.

```console
$ {call} -X POST "$APP/api/pairs/{name}/failover"
```

When {account} is back, with a share {share} in it, empty or not, bring back what was changed in {to}. The first command shows the plan, the second stores it with
its digest; then have nobody write to {to} any more, and have it applied by the third. The fourth tells when people can go back.

```console
$ {call} -X POST "$APP/api/pairs/{name}/failback?plan=only"
$ {call} -X POST "$APP/api/pairs/{name}/failback"
$ {call} -d '{{"action": "approve", "digest": "DIGEST"}}' "$APP/api/pairs/{name}/failback/decisions"
$ {call} "$APP/api/pairs/{name}/failback"
```

### The app is gone

Recovery points are share snapshots of {to}: nothing of them was in the app. Deploy it again with the same settings (`docs/deploy.md`), and it goes on. What cannot wait
is brought back without it:

```console
$ handler pairs {name} recovery-points
$ handler pairs {name} entries latest --glob '**/PATH'
$ handler restore {name} latest --to source --include PATH --yes
```

### The tables are gone

Nothing is lost but the history: the app makes them anew, and finds the recovery points in the shares. See whether it does:

```console
$ handler pairs {name} recovery-points --app "$APP"
$ {call} -X POST "$APP/api/pairs/{name}/cycles"
```

### Share {to} is deleted

Its recovery points went with it, unless `az storage share-rm restore` brings it back. Without it the next cycle makes the share and copies everything:

```console
$ {call} -X POST "$APP/api/pairs/{name}/cycles"
```
"#
    )
}

fn named(share: &ShareSettings) -> String {
    format!("{}/{}", share.account, share.share)
}

/// As people mount it.
fn path(share: &ShareSettings) -> String {
    format!(r"\\{}\{}", share.endpoint.host_str().unwrap_or(&share.account), share.share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    /// The document shows the run book of the sample settings.
    #[test]
    fn the_document_is_the_run_book_of_the_sample() {
        let sample = include_str!("../local.settings.sample.json");
        let sample: serde_json::Value = serde_json::from_str(sample).expect("JSON");
        let values = sample["Values"].as_object().expect("an object").iter();
        let variables =
            values.map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()));
        let settings = Settings::from_env(&variables.collect()).expect("a sample without a mistake");
        let document = include_str!("../docs/disaster.md");
        let now = runbook(&settings.pairs);
        assert!(document == now, "docs/disaster.md becomes:\n{now}");
    }
}
