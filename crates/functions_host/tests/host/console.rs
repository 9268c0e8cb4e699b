//! Console lines and their levels.

use std::sync::mpsc;
use std::time::Duration;

use functions_host::{Host, Level, Stream};

use crate::support::Repository;

#[tokio::test(flavor = "multi_thread")]
async fn lines_arrive_as_they_are_printed_with_the_levels_of_the_host() {
    let folder = tempfile::tempdir().expect("folder");
    let package = Repository::new().timer("prints").assemble(folder.path()).expect("the package is legal");
    let (sender, lines) = mpsc::channel();
    let listener =
        move |line: &functions_host::ConsoleLine| sender.send(line.clone()).expect("the test listens");
    let host =
        Host::start_with_console(&package, Default::default(), listener).await.expect("the host starts");
    host.fire_timer("prints", Default::default()).await;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.push(lines.recv_timeout(Duration::from_secs(10)).expect("another line"));
    }
    let level = |text: &str| seen.iter().find(|line| line.text == text).map(|line| (line.stream, line.level));
    assert_eq!(level("plain"), Some((Stream::Stdout, Level::Information)));
    assert_eq!(level("a warning"), Some((Stream::Stderr, Level::Warning)));
    assert_eq!(level("a mistake"), Some((Stream::Stderr, Level::Error)));
    assert!(seen.iter().all(|line| host.console().contains(line)));
    drop(host);
}

#[tokio::test]
async fn the_host_remarks_on_deaths() {
    let running = Repository::new().timer("logs").timer("exit-7").start().await;
    running.failure("exit-7").await;
    running.fire("logs").await;
    let remarks = running.host.console().into_iter().filter(|line| line.stream == Stream::Host);
    let texts: Vec<_> = remarks.map(|line| (line.level, line.text)).collect();
    assert_eq!(texts, [(Level::Error, "Handler exited with code 7: last words of 7".to_string())]);
}
