//! Starting one incarnation of the handler: command line, environment, console.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time;
use uuid::Uuid;

use crate::console::{Console, ConsoleLine, Level, Stream};
use crate::expand::{expand, split_arguments};
use crate::host_json::HostJson;
use crate::package::find_executable;

/// How long the pipes of a dead handler may stay open; a child of its own could hold them.
const CONSOLE_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) root: PathBuf,
    pub(crate) host: HostJson,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) port: u16,
    pub(crate) console: Arc<Console>,
}

impl Launch {
    pub(crate) async fn start(&self) -> anyhow::Result<Process> {
        let own = self.own_variables();
        let variable = |name: &str| own.get(name).cloned().or_else(|| setting(&self.settings, name));
        let description = &self.host.description;
        let executable = expand(&description.default_executable_path, variable);
        let executable = find_executable(&self.root, &self.host, &executable)
            .with_context(|| format!("Handler {executable} is not an executable file"))?;
        let mut line = description.arguments.clone();
        line.extend(description.default_worker_path.iter().map(|path| format!("\"{path}\"")));
        line.extend(description.worker_arguments.iter().cloned());
        let working_directory = self.root.join(description.working_directory.as_deref().unwrap_or_default());

        let mut command = Command::new(&executable);
        command
            .args(split_arguments(&expand(&line.join(" "), variable)))
            .current_dir(working_directory)
            .envs(&self.settings)
            .envs(&own)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let child = spawn(&mut command).await;
        let child = child.with_context(|| format!("Starting handler {}", executable.display()))?;
        let errors_only = description.use_std_error_stream_for_errors_only.unwrap_or(true);
        Ok(Process::watch(child, &self.console, errors_only))
    }

    fn own_variables(&self) -> BTreeMap<String, String> {
        let (port, id) = (self.port.to_string(), Uuid::new_v4().to_string());
        [
            ("FUNCTIONS_CUSTOMHANDLER_PORT", port.clone()),
            ("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", id.clone()),
            ("FUNCTIONS_APP_ROOT_PATH", self.root.display().to_string()),
            ("FUNCTIONS_HTTPWORKER_PORT", port),
            ("FUNCTIONS_HTTPWORKER_ID", id),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .into()
    }
}

/// App settings win over the variables that this process was started with.
pub(crate) fn setting(settings: &BTreeMap<String, String>, name: &str) -> Option<String> {
    settings.get(name).cloned().or_else(|| std::env::var(name).ok())
}

/// A freshly copied handler can be "busy" for a moment, while another thread that was just forking still
/// holds the descriptor it was written through.
async fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                time::sleep(Duration::from_millis(10)).await;
            }
            result => return result,
        }
    }
    command.spawn()
}

/// A running handler. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    readers: JoinSet<()>,
    last_errors: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    fn watch(mut child: Child, console: &Arc<Console>, errors_only: bool) -> Process {
        let last_errors: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let mut readers = JoinSet::new();
        let keep = |line: ConsoleLine, console: &Console, last: &Mutex<VecDeque<String>>| {
            if line.stream == Stream::Stderr && line.level == Level::Error {
                let mut last = last.lock().expect("nobody panics while holding the last errors");
                if last.len() == 3 {
                    last.pop_front();
                }
                last.push_back(line.text.clone());
            }
            console.push(line);
        };
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let (out, out_last) = (console.clone(), last_errors.clone());
        readers.spawn(each_line(stdout, move |text| {
            keep(ConsoleLine::judge(Stream::Stdout, text, errors_only), &out, &out_last);
        }));
        let (err, err_last) = (console.clone(), last_errors.clone());
        readers.spawn(each_line(stderr, move |text| {
            keep(ConsoleLine::judge(Stream::Stderr, text, errors_only), &err, &err_last);
        }));
        Process { child, readers, last_errors }
    }

    /// Nothing once it has been waited for.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub(crate) async fn exit(&mut self) -> io::Result<i32> {
        self.child.wait().await.map(exit_code)
    }

    /// SIGKILL without waiting. A process that is gone already is left in peace.
    pub(crate) fn shoot(&mut self) -> io::Result<()> {
        if self.child.try_wait()?.is_none() { self.child.start_kill() } else { Ok(()) }
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) async fn kill(&mut self) -> io::Result<()> {
        self.shoot()?;
        self.child.wait().await.map(drop)
    }

    /// Waits for what the dead process still had in its pipes, and returns its last words.
    pub(crate) async fn last_words(mut self) -> Vec<String> {
        let drained = async { while self.readers.join_next().await.is_some() {} };
        // Lines that come later than this belong to a grandchild, and nobody waits for them.
        let _late = time::timeout(CONSOLE_PATIENCE, drained).await;
        let last = self.last_errors.lock().expect("nobody panics while holding the last errors");
        last.iter().cloned().collect()
    }
}

/// .NET reports a death by signal as 128 and the signal's number.
fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

async fn each_line(pipe: impl AsyncRead + Unpin, mut keep: impl FnMut(&str)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    // A pipe that cannot be read any more ends like one that was closed.
    while pipe.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        keep(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
}
