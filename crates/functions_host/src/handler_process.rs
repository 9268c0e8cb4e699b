//! The handler's process in the hands of a test, which stops it between two requests of its own choosing.

use std::io;
use std::sync::{Arc, Mutex};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Signals to the process that runs at the moment. They need no runtime and take effect before the call
/// returns: a server of the test may send one while it holds a request.
#[derive(Clone, Debug, Default)]
pub struct HandlerProcess {
    current: Arc<Mutex<Option<Pid>>>,
}

impl HandlerProcess {
    /// SIGKILL. Returns when the process is dead; one that is dead already is left in peace. The host sees a
    /// crash, which counts: the third within half an hour brings it down.
    pub fn kill(&self) -> io::Result<()> {
        let Some(pid) = self.signal(Signal::KILL)? else { return Ok(()) };
        // The exit code is left for the host.
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(_) | Err(Errno::CHILD) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// SIGSTOP: the process stands still, and does not know it, until [`HandlerProcess::resume`]. A host that
    /// ends kills it all the same.
    pub fn pause(&self) -> io::Result<()> {
        let Some(pid) = self.signal(Signal::STOP)? else { return Ok(()) };
        match waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {
            Ok(_) | Err(Errno::CHILD) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT).map(drop)
    }

    pub(crate) fn is_now(&self, id: Option<u32>) {
        let pid = id.and_then(|id| Pid::from_raw(id.cast_signed()));
        *self.current.lock().expect("nobody panics while holding a process id") = pid;
    }

    /// Answers who got it.
    fn signal(&self, signal: Signal) -> io::Result<Option<Pid>> {
        let current = self.current.lock().expect("nobody panics while holding a process id");
        let Some(pid) = *current else { return Ok(None) };
        match kill_process(pid, signal) {
            Ok(()) => Ok(Some(pid)),
            Err(Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
