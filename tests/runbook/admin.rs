//! An administrator with a terminal and the run book: every command is typed as it stands there, into a real shell.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::door::{Door, KEY};
use crate::support::*;

pub struct Admin {
    /// With `handler` in it.
    folder: TempDir,
    /// Those that the app is deployed with, and what goes without it.
    pub settings: Variables,
    door: Door,
    app: Option<Handler>,
    book: String,
    /// What the head of the book has put into every shell.
    exports: String,
    /// What stands for what in a command.
    words: BTreeMap<&'static str, String>,
}

impl Admin {
    /// With the app that `settings` start.
    pub async fn of(settings: Variables) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(env!("CARGO_BIN_EXE_handler"), folder.path().join("handler")).expect("a link");
        let door = Door::open().await;
        let words = [("https://NAME.azurewebsites.net", door.url().to_owned()), ("KEY", format!("'{KEY}'"))];
        let (book, exports) = (String::new(), String::new());
        let mut admin = Self { folder, settings, door, app: None, book, exports, words: words.into() };
        let curl = admin.type_in("curl --fail-with-body --version").await;
        assert!(
            curl.status.success(),
            "The run book wants curl 7.76 or newer: install it (apt-get install curl)"
        );
        admin.deploy().await;
        admin.book = admin.run("handler runbook").await;
        let exports = admin.head().into_iter().filter(|command| command.starts_with("export "));
        admin.exports = exports.map(|export| admin.filled(&export) + "\n").collect();
        admin
    }

    pub fn app(&self) -> &Handler {
        self.app.as_ref().expect("it is there")
    }

    pub async fn deploy(&mut self) {
        let app = Handler::start(free_port(), &self.settings).await;
        self.door.lead_to(Some(app.url()));
        self.app = Some(app);
    }

    pub async fn lose_the_app(&mut self) {
        self.door.lead_to(None);
        let app = self.app.take().expect("it is there");
        app.end_with("KILL").await;
    }

    pub fn means(&mut self, word: &'static str, value: &str) {
        self.words.insert(word, value.to_owned());
    }

    pub fn book(&self) -> &str {
        &self.book
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The commands before those of any pair.
    pub fn head(&self) -> Vec<String> {
        commands(self.book.split("\n## ").next().expect("split gives one"))
    }

    /// The headings of the pair `files`.
    pub fn days(&self) -> Vec<&str> {
        self.pair().lines().filter_map(|line| line.strip_prefix("### ")).collect()
    }

    /// The commands below a heading of the pair `files`, which begins so.
    pub fn commands(&self, day: &str) -> Vec<String> {
        let (_, part) = self.pair().split_once(&format!("\n### {day}")).expect(day);
        commands(part.split("\n##").next().expect("split gives one"))
    }

    fn pair(&self) -> &str {
        let (_, rest) = self.book.split_once("\n## files: ").expect("a part for the pair");
        rest.split("\n## ").next().expect("split gives one")
    }

    /// Types a command; what it printed. It has to go well.
    pub async fn run(&self, command: &str) -> String {
        let output = self.type_in(command).await;
        assert!(output.status.success(), "{command}: {}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same of one that answers JSON.
    pub async fn ask(&self, command: &str) -> Value {
        serde_json::from_str(&self.run(command).await).expect("JSON")
    }

    /// The same of one that cannot go well.
    pub async fn try_in_vain(&self, command: &str) -> String {
        let output = self.type_in(command).await;
        assert!(!output.status.success(), "{command}: {}", said(&output));
        said(&output)
    }

    async fn type_in(&self, command: &str) -> Output {
        let path = std::env::var("PATH").expect("there is one");
        let path = format!("{}:{path}", self.folder.path().display());
        let script = format!("set -euo pipefail\n{}{}", self.exports, self.filled(command));
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).env_clear().env("PATH", path).current_dir(self.folder.path());
        // as the book says: only what goes without the app has its settings
        if command.starts_with("handler ") && !command.contains("--app") {
            bash.envs(&self.settings);
        }
        let output = async { bash.kill_on_drop(true).output().await.expect("bash is there") };
        match &self.app {
            Some(app) => app.while_ticking(output).await,
            None => output.await,
        }
    }

    fn filled(&self, command: &str) -> String {
        self.words.iter().fold(command.to_owned(), |command, (word, value)| fill(&command, word, value))
    }
}

fn commands(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Puts a value for a word, but not for a piece of another one.
fn fill(command: &str, word: &str, value: &str) -> String {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut filled, mut rest) = (String::new(), command);
    while let Some((before, after)) = rest.split_once(word) {
        let is_piece = before.ends_with(is_of_word) || after.starts_with(is_of_word);
        filled += before;
        filled += if is_piece { word } else { value };
        rest = after;
    }
    filled + rest
}
