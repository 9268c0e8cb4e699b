//! The emulator as a program: accounts and a few settings from the arguments, endpoints to standard output,
//! until it is interrupted.

use std::io::Write;

use anyhow::{Context, bail};
use file_share_emulator::{AccountConfig, Config, Emulator, ListingOrder, PendingCopies};

const USAGE: &str = "\
Usage: file_share_emulator --account NAME:KEY[:PORT]... [options]

  --account NAME:KEY[:PORT]   an account with its key in base64, on a port of its own (default: any free one)
  --page-size N               entries in a listing page (5000)
  --snapshot-limit N          share snapshots in a share (200)
  --listing-order ORDER       case-folded, ordinal, or shuffled:SEED (case-folded)
  --refuse-copy-sources       answer every server-side copy as a firewall would
  --keep-copies-pending       a Copy File from another account ends only when it is aborted";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(config) = parse(std::env::args().skip(1))? else {
        writeln!(std::io::stdout(), "{USAGE}")?;
        return Ok(());
    };
    let emulator = Emulator::start(config).await?;
    for account in emulator.accounts() {
        writeln!(std::io::stdout(), "{}", account.endpoint)?;
    }
    tokio::signal::ctrl_c().await?;
    emulator.stop().await;
    Ok(())
}

/// The configuration, or nothing when help was asked for.
fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Config>> {
    let mut config = Config::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--account" => config.accounts.push(account(&value()?)?),
            "--page-size" => config.page_size = positive(&argument, &value()?)?,
            "--snapshot-limit" => config.snapshot_limit = positive(&argument, &value()?)?,
            "--listing-order" => config.listing_order = listing_order(&value()?)?,
            "--keep-copies-pending" => config.pending_copies = PendingCopies::Stay,
            "--refuse-copy-sources" => config.copy_source_refused = true,
            _ => bail!("Unknown argument {argument}\n\n{USAGE}"),
        }
    }
    if config.accounts.is_empty() {
        bail!("No account was named\n\n{USAGE}");
    }
    Ok(Some(config))
}

/// Neither names nor base64 contain a colon.
fn account(text: &str) -> anyhow::Result<AccountConfig> {
    let mut parts = text.splitn(3, ':');
    let (Some(name), Some(key)) = (parts.next(), parts.next()) else {
        bail!("An account is written NAME:KEY or NAME:KEY:PORT");
    };
    let port = parts.next().unwrap_or("0");
    let port = port.parse().with_context(|| format!("{port} is not a port"))?;
    Ok(AccountConfig { name: name.to_owned(), key: key.to_owned(), port })
}

fn positive(argument: &str, value: &str) -> anyhow::Result<usize> {
    match value.parse() {
        Ok(0) | Err(_) => bail!("{argument} needs a positive number, not {value}"),
        Ok(number) => Ok(number),
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

    fn parsed(line: &str) -> anyhow::Result<Option<Config>> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn accounts_have_any_port_unless_one_is_named() {
        let config = parsed("--account one:a2V5 --account two:a2V5:4001 --page-size 7")
            .expect("valid")
            .expect("no help");
        assert_eq!(config.accounts.iter().map(|account| account.port).collect::<Vec<_>>(), [0, 4001]);
        assert_eq!(config.page_size, 7);
    }

    #[test]
    fn mistakes_are_refused() {
        for line in ["", "--account one", "--account a:b:c", "--account a:b --page-size 0", "--what"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
