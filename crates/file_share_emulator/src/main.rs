//! The emulator as a program: accounts and a few settings from the arguments, endpoints to standard output,
//! until it is interrupted.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use faults::Planned;
use file_share_emulator::{
    AccountConfig, Billing, Config, Emulator, GeneratedShare, Identity, ListingOrder, PendingCopies, Role,
};

/// A request makes a hundred small pieces: with the system's allocator they are a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where no account is named: the name and the key that Microsoft has published for its storage emulators, on the
/// ports after theirs.
const DEFAULT_ACCOUNT: &str = "devstoreaccount1:\
    Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==:10004:10005";

const USAGE: &str = "\
Usage: file_share_emulator [--account NAME:KEY[:PORT]]... [options]

  --account NAME:KEY[:PORT[:HTTPS_PORT]]
                              an account with its key in base64, on ports of its own (default: any free ones);
                              where none is named, devstoreaccount1 with its published key on 10004 and 10005
  --ca-file FILE              writes the certificate of the authority behind https, in PEM
  --no-shared-key NAME        the account refuses its key, and what was signed with it
  --identity WHO=ROLE[@ACCOUNT],...
                              who can have tokens: `system` or a client id; its roles on one or all accounts:
                              privileged-reader, privileged-contributor, smb-share-reader,
                              smb-share-contributor, share-operator, account-contributor
  --identity-port N           the port of the identity endpoint (any free one)
  --token-seconds N           how long a token is good (86400)
  --page-size N               entries in a listing page (5000)
  --snapshot-limit N          share snapshots in a share (200)
  --share-retention-days N    for how long a deleted share can be restored (it cannot)
  --share-deletion-seconds N  for how long the name of a deleted share stays taken (0; the service: 30 or more)
  --billing [NAME=]MODEL      pay-as-you-go, provisioned-v1 or provisioned-v2 (pay-as-you-go), of one account or all
  --largest-quota GIB         quota of a share that asks for none, and the most it can ask for (102400)
  --listing-order ORDER       case-folded, ordinal, or shuffled:SEED (case-folded)
  --data DIR                  keeps everything in this directory across restarts
  --generate ACCOUNT/SHARE:TREE
                              a share that takes no memory and cannot be written to, of a tree such as
                              depth=2,directories=10,files=100,size=0..65536,seed=7; repeated for more
  --plan FILE                 faults, latency and limits as JSON
  --control PORT              a control API on this port, 0 for any free one
  --refuse-copy-sources       answer every server-side copy as a firewall would
  --directory-times-follow-children
                              a directory's times move when its children come and go
  --keep-copies-pending       a Copy File from another account ends only when it is aborted
  --copies-inside MS          a Copy File inside an account is pending for so long; `pending`: until it is aborted";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(Arguments { config, ca_file }) = parse(std::env::args().skip(1))? else {
        writeln!(std::io::stdout(), "{USAGE}")?;
        return Ok(());
    };
    let emulator = Emulator::start(config).await?;
    if let Some(file) = ca_file {
        std::fs::write(&file, emulator.authority())
            .with_context(|| format!("Cannot write {}", file.display()))?;
    }
    for account in emulator.accounts() {
        writeln!(std::io::stdout(), "{}\n{}", account.endpoint, account.https_endpoint)?;
    }
    if let Some(endpoint) = emulator.identity_endpoint() {
        writeln!(
            std::io::stdout(),
            "IDENTITY_ENDPOINT={}\nIDENTITY_HEADER={}",
            endpoint.url,
            endpoint.header
        )?;
    }
    if let Some(control) = emulator.control() {
        writeln!(std::io::stdout(), "control {control}")?;
    }
    tokio::signal::ctrl_c().await?;
    emulator.stop().await;
    Ok(())
}

#[derive(Debug, Default)]
struct Arguments {
    config: Config,
    ca_file: Option<PathBuf>,
}

/// The arguments, or nothing when help was asked for.
fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Arguments>> {
    let (mut config, mut ca_file) = (Config::default(), None);
    let (mut keyless, mut billed) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--account" => config.accounts.push(account(&value()?)?),
            "--ca-file" => ca_file = Some(value()?.into()),
            "--no-shared-key" => keyless.push(value()?),
            "--identity" => config.identities.push(identity(&value()?)?),
            "--identity-port" => config.identity_port = port(&value()?)?,
            "--token-seconds" => {
                config.token_life = Duration::from_secs(positive(&argument, &value()?)? as u64);
            }
            "--page-size" => config.page_size = positive(&argument, &value()?)?,
            "--snapshot-limit" => config.snapshot_limit = positive(&argument, &value()?)?,
            "--share-retention-days" => {
                config.share_retention_days = Some(number(&argument, &value()?)?);
            }
            "--share-deletion-seconds" => config.share_deletion_seconds = number(&argument, &value()?)?,
            "--billing" => {
                let text = value()?;
                match text.split_once('=') {
                    Some((name, model)) => billed.push((name.to_owned(), billing(model)?)),
                    None => config.billing = billing(&text)?,
                }
            }
            "--largest-quota" => config.largest_quota_gib = positive(&argument, &value()?)? as u64,
            "--listing-order" => config.listing_order = listing_order(&value()?)?,
            "--directory-times-follow-children" => config.directory_times_follow_children = true,
            "--keep-copies-pending" => config.pending_copies = PendingCopies::Stay,
            "--copies-inside" => config.pending_copies_inside = Some(pending(&argument, &value()?)?),
            "--data" => config.data = Some(value()?.into()),
            "--generate" => config.generated.push(generated(&value()?)?),
            "--plan" => config.faults = Some(Arc::new(plan(&value()?)?)),
            "--control" => config.control_port = Some(value()?.parse().context("A port is a number")?),
            "--refuse-copy-sources" => config.copy_source_refused = true,
            _ => bail!("Unknown argument {argument}\n\n{USAGE}"),
        }
    }
    if config.accounts.is_empty() {
        config.accounts.push(account(DEFAULT_ACCOUNT)?);
    }
    for name in keyless {
        named(&mut config, &name)?.allow_shared_key = false;
    }
    for (name, billing) in billed {
        named(&mut config, &name)?.billing = Some(billing);
    }
    Ok(Some(Arguments { config, ca_file }))
}

fn named<'a>(config: &'a mut Config, name: &str) -> anyhow::Result<&'a mut AccountConfig> {
    let account = config.accounts.iter_mut().find(|account| account.name == name);
    account.with_context(|| format!("No account is named {name}"))
}

/// Neither names nor base64 contain a colon.
fn account(text: &str) -> anyhow::Result<AccountConfig> {
    let mut parts = text.splitn(4, ':');
    let (Some(name), Some(key)) = (parts.next(), parts.next()) else {
        bail!("An account is written NAME:KEY, NAME:KEY:PORT or NAME:KEY:PORT:HTTPS_PORT");
    };
    let mut next = || port(parts.next().unwrap_or("0"));
    Ok(AccountConfig { port: next()?, https_port: next()?, ..AccountConfig::new(name, key) })
}

fn port(text: &str) -> anyhow::Result<u16> {
    text.parse().with_context(|| format!("{text} is not a port"))
}

fn identity(text: &str) -> anyhow::Result<Identity> {
    let (who, roles) = text.split_once('=').context("An identity is written WHO=ROLE,...")?;
    let identity = match who {
        "system" => Identity::system_assigned(),
        client_id => Identity::user_assigned(client_id),
    };
    roles.split(',').try_fold(identity, |identity, text| {
        let (name, account) = text.split_once('@').map_or((text, None), |(name, on)| (name, Some(on)));
        let role = Role::parse(name).with_context(|| format!("{name} is not a role"))?;
        Ok(match account {
            Some(account) => identity.with_on(account, role),
            None => identity.with(role),
        })
    })
}

fn generated(text: &str) -> anyhow::Result<GeneratedShare> {
    let parts = text.split_once(':').and_then(|(share, tree)| Some((share.split_once('/')?, tree)));
    let ((account, share), tree) = parts.context("A generated share is written ACCOUNT/SHARE:TREE")?;
    Ok(GeneratedShare { account: account.to_owned(), share: share.to_owned(), tree: tree.parse()? })
}

fn plan(path: &str) -> anyhow::Result<Planned> {
    let json = std::fs::read_to_string(path).with_context(|| format!("Reading the plan {path}"))?;
    Planned::parse(&json).with_context(|| format!("In the plan {path}"))
}

fn pending(argument: &str, value: &str) -> anyhow::Result<PendingCopies> {
    match value {
        "pending" => Ok(PendingCopies::Stay),
        ms => Ok(PendingCopies::DoneAfter(Duration::from_millis(number(argument, ms)?))),
    }
}

fn positive(argument: &str, value: &str) -> anyhow::Result<usize> {
    match value.parse() {
        Ok(0) | Err(_) => bail!("{argument} needs a positive number, not {value}"),
        Ok(number) => Ok(number),
    }
}

fn number<T: std::str::FromStr>(argument: &str, value: &str) -> anyhow::Result<T> {
    value.parse().ok().with_context(|| format!("{argument} needs a number, not {value}"))
}

fn billing(value: &str) -> anyhow::Result<Billing> {
    match value {
        "pay-as-you-go" => Ok(Billing::PayAsYouGo),
        "provisioned-v1" => Ok(Billing::ProvisionedV1),
        "provisioned-v2" => Ok(Billing::ProvisionedV2),
        _ => bail!("Billing is pay-as-you-go, provisioned-v1 or provisioned-v2, not {value}"),
    }
}

fn listing_order(value: &str) -> anyhow::Result<ListingOrder> {
    match value.split_once(':') {
        None if value == "case-folded" => Ok(ListingOrder::CaseFolded),
        None if value == "ordinal" => Ok(ListingOrder::Ordinal),
        Some(("shuffled", seed)) => Ok(ListingOrder::Shuffled(seed.parse().context("The seed is a number")?)),
        _ => bail!("A listing order is case-folded, ordinal or shuffled:SEED, not {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Option<Arguments>> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn accounts_have_any_port_unless_one_is_named() {
        let line = "--account one:a2V5 --account two:a2V5:4001:4002 --page-size 7 --ca-file ca.pem";
        let Arguments { config, ca_file } = parsed(line).expect("valid").expect("no help");
        let ports: Vec<_> =
            config.accounts.iter().map(|account| (account.port, account.https_port)).collect();
        assert_eq!(ports, [(0, 0), (4001, 4002)]);
        assert_eq!(ca_file, Some(PathBuf::from("ca.pem")));
        assert_eq!(config.page_size, 7);
    }

    #[test]
    fn identities_have_roles_on_one_account_or_all() {
        let line = "--account one:a2V5 --no-shared-key one \
                    --identity system=privileged-reader@one,share-operator --token-seconds 60";
        let Arguments { config, .. } = parsed(line).expect("valid").expect("no help");
        let [identity] = &config.identities[..] else { panic!("one identity") };
        let roles: Vec<_> = identity.roles.iter().map(|it| (it.role.name(), it.account.as_deref())).collect();
        assert_eq!(roles, [("Storage File Data Privileged Reader", Some("one")), ("custom", None)]);
        assert!(identity.system_assigned && !config.accounts[0].allow_shared_key);
        assert_eq!(config.token_life, Duration::from_secs(60));
    }

    #[test]
    fn without_an_account_there_is_the_published_one() {
        let config = parsed("").expect("valid").expect("no help").config;
        let AccountConfig { name, port, https_port, .. } = &config.accounts[0];
        assert_eq!((name.as_str(), *port, *https_port), ("devstoreaccount1", 10004, 10005));
    }

    #[test]
    fn an_account_may_pay_in_another_way_than_the_others() {
        let line =
            "--account one:a2V5 --account two:a2V5 --billing provisioned-v2 --billing two=provisioned-v1";
        let Arguments { config, .. } = parsed(line).expect("valid").expect("no help");
        assert_eq!(config.billing, Billing::ProvisionedV2);
        let own: Vec<_> = config.accounts.iter().map(|account| account.billing).collect();
        assert_eq!(own, [None, Some(Billing::ProvisionedV1)]);
    }

    #[test]
    fn mistakes_are_refused() {
        for line in [
            "--account one",
            "--account a:b:c",
            "--account a:b --page-size 0",
            "--what",
            "--account a:b --no-shared-key b",
            "--account a:b --identity system",
            "--account a:b --identity system=king",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
