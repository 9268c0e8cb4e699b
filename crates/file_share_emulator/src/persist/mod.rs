//! Shares that survive the process. What a request has changed is appended to a log before it is answered, so that
//! a killed emulator loses at most what it had not answered; the log is written anew when most of it is out of date.
//!
//! Nothing here knows operations. After each request the trees are compared with those that were written last, which
//! is quick where they share their nodes.

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::model::account::Account;
use crate::model::clock::Clock;

mod diff;
mod known;
mod log;
mod record;
mod replay;

use known::Known;
use log::{Frame, Log};
use record::Record;

/// A log smaller than this is never written anew.
const SMALL: u64 = 64 << 20;
/// How many times larger than after its last rewriting a log becomes.
const GROWTH: u64 = 4;

#[derive(Debug)]
pub(crate) struct Journal(Mutex<Open>);

#[derive(Debug)]
struct Open {
    log: Log,
    rewritten_bytes: u64,
    known: Known,
    accounts: Vec<Arc<Account>>,
    clock: Arc<Clock>,
    /// Why nothing can be kept any more.
    failure: Option<Arc<anyhow::Error>>,
}

impl Journal {
    /// Reads what the directory holds into the accounts, and keeps it from other emulators.
    pub(crate) fn open(
        directory: &Path,
        accounts: &[Arc<Account>],
        clock: &Arc<Clock>,
    ) -> anyhow::Result<Self> {
        let mut replay = replay::Replay::default();
        let log = Log::open(directory, |record, data| replay.apply(record, data))?;
        replay.finish(accounts, clock)?;
        let mut open = Open {
            log,
            rewritten_bytes: 0,
            known: Known::default(),
            accounts: accounts.to_vec(),
            clock: clock.clone(),
            failure: None,
        };
        open.rewrite()?;
        Ok(Self(Mutex::new(open)))
    }

    /// Writes down what is different in an account since the last time.
    pub(crate) fn keep(&self, account: &Account) -> Result<(), Arc<anyhow::Error>> {
        let mut open = self.0.lock().expect("nobody panics while holding the journal");
        match &open.failure {
            Some(failure) => Err(failure.clone()),
            None => open.append(account).map_err(|error| {
                let failure = Arc::new(error);
                open.failure = Some(failure.clone());
                failure
            }),
        }
    }
}

impl Open {
    fn append(&mut self, account: &Account) -> anyhow::Result<()> {
        let mut frame = Frame::default();
        self.known.note_clock(&self.clock, &mut frame);
        self.known.note_account(account, &mut frame);
        self.log.append(&frame)?;
        match self.log.bytes() > SMALL.max(GROWTH * self.rewritten_bytes) {
            true => self.rewrite(),
            false => Ok(()),
        }
    }

    /// Everything again, beside the old log, which it then replaces.
    fn rewrite(&mut self) -> anyhow::Result<()> {
        let mut known = Known::default();
        self.log.replace(|log| {
            let mut frame = Frame::default();
            known.note_clock(&self.clock, &mut frame);
            for account in &self.accounts {
                known.note_account(account, &mut frame);
                log.append(&std::mem::take(&mut frame))?;
            }
            Ok(())
        })?;
        self.known = known;
        self.rewritten_bytes = self.log.bytes();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
