//! Every command of the run book is run, on the day that it is for: what it says in the order in which it says it.

use std::collections::BTreeMap;

use azure_storage_file_share::ShareClient;
use reqwest::Method;
use serde_json::Value;

use crate::support::*;

/// The commands below a heading of the pair `files`.
async fn commands(handler: &Handler, heading: &str) -> Vec<String> {
    let answer = reqwest::get(format!("{}/api/runbook", handler.url())).await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/markdown; charset=utf-8");
    let text = answer.text().await.expect("a text");
    let (_, rest) = text.split_once("\n## files: ").expect("a part for the pair");
    let (_, part) = rest.split_once(&format!("\n### {heading}")).expect(heading);
    let part = part.split("\n##").next().expect("split gives one");
    part.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

/// What a command printed; it has to go well.
struct Shell<'a> {
    handler: &'a Handler,
    /// Those of the app, for commands that do without it.
    variables: Variables,
    /// What stands for what in a command.
    words: BTreeMap<&'static str, String>,
}

impl Shell<'_> {
    async fn run(&self, command: &str) -> String {
        let mut command = command.replace("$APP", self.handler.url());
        for (word, value) in &self.words {
            command = command.replace(word, value);
        }
        let parts = split(&command);
        match parts[0].as_str() {
            "handler" => {
                let arguments: Vec<&str> = parts[1..].iter().map(String::as_str).collect();
                let is_by_app = arguments.contains(&"--app");
                let variables = if is_by_app { Variables::new() } else { self.variables.clone() };
                let output = self.handler.while_ticking(run(&arguments, &variables)).await;
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(
                    output.status.success(),
                    "{command}: {said}{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                said
            }
            "curl" => self.call(&parts).await,
            other => panic!("nobody runs {other}"),
        }
    }

    async fn call(&self, parts: &[String]) -> String {
        let after = |flag: &str| parts.iter().position(|part| part == flag).map(|at| parts[at + 1].clone());
        let body = after("-d").unwrap_or_default();
        let is_post = !body.is_empty() || after("-X").as_deref() == Some("POST");
        let method = if is_post { Method::POST } else { Method::GET };
        let url = parts.last().expect("an address");
        let (_, route) = url.split_once("/api/").expect("a route");
        let told = self.handler.tell(method, route, &body).await;
        assert!([200, 202].contains(&told.status), "{url}: {:#}", told.body);
        told.body.to_string()
    }
}

/// Words of a command line, with quotes of either kind.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_begun) = (Vec::new(), String::new(), None, false);
    for letter in command.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => (quote, is_begun) = (Some(letter), true),
            (Some(open), letter) if letter == open => quote = None,
            (None, ' ') => {
                if is_begun {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
            }
            (_, letter) => {
                word.push(letter);
                is_begun = true;
            }
        }
    }
    words.extend(is_begun.then_some(word));
    words
}

async fn scene() -> (Stage, ShareClient, ShareClient, Handler) {
    let (stage, source, target, handler) = backed_up().await;
    put(&source, "b", "more").await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, target, handler)
}

fn shell<'a>(stage: &Stage, handler: &'a Handler) -> Shell<'a> {
    Shell { handler, variables: stage.variables(), words: BTreeMap::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_lost_file_is_back_after_the_commands_for_it() {
    let (stage, source, _, handler) = scene().await;
    remove(&source, "a").await;
    let mut shell = shell(&stage, &handler);
    shell.words.insert("PATH", "a".to_owned());
    for command in commands(&handler, "A file or a folder is lost").await {
        shell.run(&command).await;
    }
    assert_eq!(read(&source, "a").await, "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_spoilt_share_is_what_it_was_after_the_commands_for_it() {
    let (stage, source, _, handler) = scene().await;
    for path in ["a", "b", "ransom"] {
        put(&source, path, "spoilt").await;
    }
    let shell = shell(&stage, &handler);
    for command in commands(&handler, "Share files in").await {
        shell.run(&command).await;
    }
    assert_eq!(names(&source, "").await, ["a", "b"]);
    assert_eq!(read(&source, "b").await, "more");
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_people_go_to_the_other_region_and_come_back_by_the_commands_for_it() {
    let (stage, source, target, handler) = scene().await;
    let mut shell = shell(&stage, &handler);
    let commands = commands(&handler, "Account").await;
    shell.run(&commands[0]).await;
    put(&target, "a", "written there").await;
    for command in &commands[1..3] {
        let said: Value = serde_json::from_str(&shell.run(command).await).expect("JSON");
        if let Some(digest) = said["guard"]["digest"].as_str() {
            shell.words.insert("DIGEST", digest.to_owned());
        }
    }
    shell.run(&commands[3]).await;
    for _ in 0..10 {
        handler.fire_timer("resume-timer").await;
    }
    let said: Value = serde_json::from_str(&shell.run(&commands[4]).await).expect("JSON");
    assert_eq!(said["status"], "Succeeded", "{said:#}");
    assert_eq!(read(&source, "a").await, "written there");
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_without_the_app_its_tables_and_the_target_there_are_commands_as_well() {
    let (stage, source, target, handler) = scene().await;
    let mut shell = shell(&stage, &handler);
    shell.words.insert("PATH", "b".to_owned());
    remove(&source, "b").await;
    for command in commands(&handler, "The app is gone").await {
        shell.run(&command).await;
    }
    assert_eq!(read(&source, "b").await, "more");
    for command in commands(&handler, "The tables are gone").await {
        shell.run(&command).await;
    }
    remove_share(&target).await;
    for command in commands(&handler, "Share targetaccount/files is deleted").await {
        shell.run(&command).await;
    }
    assert_eq!(read(&target, "b").await, "more");
}
