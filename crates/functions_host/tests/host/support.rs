//! A repository with the fake handler's functions, assembled into a package.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use functions_host::{Clock, Host, HostOptions, Invocation, Outcome, Package, TestClock, TimerVariant};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;

pub(crate) const HANDLER: &str = env!("CARGO_BIN_EXE_fake_handler");

/// Functions and host.json of a test, to be changed before they are assembled.
pub(crate) struct Repository {
    pub(crate) host: Value,
    /// function.json by name.
    pub(crate) functions: Value,
    pub(crate) settings: BTreeMap<String, String>,
}

/// A host together with the folder it runs from.
pub(crate) struct Running {
    pub(crate) host: Host,
    pub(crate) _folder: TempDir,
}

impl Repository {
    pub(crate) fn new() -> Repository {
        let host = json!({
            "version": "2.0",
            "customHandler": {
                "description": {"defaultExecutablePath": "handler"},
                "enableForwardingHttpRequest": true,
            },
        });
        Repository { host, functions: json!({}), settings: BTreeMap::new() }
    }

    pub(crate) fn timer(mut self, name: &str) -> Repository {
        let timer =
            json!({"type": "timerTrigger", "direction": "in", "name": "tick", "schedule": "0 0 3 * * *"});
        self.functions[name] = json!({"bindings": [timer]});
        self
    }

    pub(crate) fn http(mut self, name: &str, route: &str, methods: &[&str]) -> Repository {
        let request = json!({
            "type": "httpTrigger", "direction": "in", "name": "req", "route": route, "methods": methods,
        });
        let response = json!({"type": "http", "direction": "out", "name": "res"});
        self.functions[name] = json!({"bindings": [request, response]});
        self
    }

    pub(crate) fn setting(mut self, name: &str, value: &str) -> Repository {
        self.settings.insert(name.to_string(), value.to_string());
        self
    }

    /// `retry` of a timer function.
    pub(crate) fn retry(mut self, name: &str, policy: Value) -> Repository {
        self.functions[name]["retry"] = policy;
        self
    }

    pub(crate) fn schedule(mut self, name: &str, schedule: &str) -> Repository {
        self.functions[name]["bindings"][0]["schedule"] = json!(schedule);
        self
    }

    /// Sets `functionTimeout`, or `customHandler.initializationTimeout`, in milliseconds.
    pub(crate) fn function_timeout(mut self, milliseconds: u32) -> Repository {
        self.host["functionTimeout"] = json!(format!("00:00:00.{milliseconds:03}"));
        self
    }

    pub(crate) fn initialization_timeout(mut self, milliseconds: u32) -> Repository {
        self.host["customHandler"]["initializationTimeout"] = json!(format!("00:00:00.{milliseconds:03}"));
        self
    }

    pub(crate) fn assemble(&self, folder: &Path) -> anyhow::Result<Package> {
        let repository = folder.join("repository");
        for (name, function) in self.functions.as_object().expect("an object") {
            let definition = repository.join("function-definitions").join(name);
            fs::create_dir_all(&definition)?;
            fs::write(definition.join("function.json"), function.to_string())?;
        }
        fs::write(repository.join("host.json"), self.host.to_string())?;
        Package::assemble(&repository, Path::new(HANDLER), &folder.join("package"))
    }

    pub(crate) async fn try_start(self) -> anyhow::Result<Running> {
        let folder = tempfile::tempdir()?;
        let package = self.assemble(folder.path())?;
        let host = Host::start(&package, self.settings).await?;
        Ok(Running { host, _folder: folder })
    }

    pub(crate) async fn start(self) -> Running {
        self.try_start().await.expect("the host starts")
    }
}

impl Running {
    pub(crate) async fn fire(&self, function: &str) -> Invocation {
        self.host.fire_timer(function, TimerVariant::default()).await
    }

    pub(crate) async fn failure(&self, function: &str) -> String {
        match self.fire(function).await.outcome {
            Outcome::Failed(reason) => reason,
            other => panic!("{function}: {other:?}"),
        }
    }

    /// The worker id of the process that answers now.
    pub(crate) async fn worker(&self) -> String {
        let invocation = self.fire("logs").await;
        invocation.logs.last().unwrap_or_else(|| panic!("{:?}", invocation.outcome)).clone()
    }
}

/// A package with storage and a clock of its own, on which one host can follow another.
pub(crate) struct Site {
    pub(crate) clock: TestClock,
    package: Package,
    folder: TempDir,
}

impl Site {
    pub(crate) fn at(now: OffsetDateTime, repository: &Repository) -> Site {
        let folder = tempfile::tempdir().expect("folder");
        let package = repository.assemble(folder.path()).expect("the package is legal");
        Site { clock: TestClock::at(now), package, folder }
    }

    pub(crate) async fn host(&self) -> Host {
        let options = HostOptions {
            storage: Some(self.folder.path().join("storage")),
            clock: Clock::Test(self.clock.clone()),
            ..HostOptions::default()
        };
        Host::start_with(&self.package, options).await.expect("the host starts")
    }

    /// The status of a timer function as it is stored.
    pub(crate) fn status(&self, function: &str) -> Value {
        let path = self.folder.path().join("storage/timers").join(function).join("status");
        serde_json::from_slice(&fs::read(path).expect("it is there")).expect("JSON")
    }

    /// Deploys the same functions with another schedule.
    pub(crate) fn reschedule(&mut self, function: &str, schedule: &str) {
        let path = self.package.root().join(function).join("function.json");
        let mut definition: Value =
            serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("JSON");
        definition["bindings"][0]["schedule"] = json!(schedule);
        fs::write(&path, definition.to_string()).expect("written");
        self.package = Package::read(self.package.root()).expect("the package is legal");
    }
}

/// Waits until so many invocations of `hold` have begun in this host.
pub(crate) async fn holding(host: &Host, count: usize) {
    printed(host, "holding", count).await;
}

/// Waits until the handlers of this host have printed a line so many times.
pub(crate) async fn printed(host: &Host, text: &str, count: usize) {
    while host.console().iter().filter(|line| line.text == text).count() < count {
        tokio::task::yield_now().await;
    }
}

/// Lets one invocation of `hold` go on.
pub(crate) async fn release(host: &Host) {
    assert_eq!(host.http("POST", "/api/release", &[], "").await.status, 200);
}

/// The envelope that `logs`, `hold` or `third` has given back.
pub(crate) fn envelope(invocation: &Invocation) -> Value {
    let body = invocation.logs.get(1).unwrap_or_else(|| panic!("{invocation:?}"));
    serde_json::from_str(body).expect("JSON")
}
