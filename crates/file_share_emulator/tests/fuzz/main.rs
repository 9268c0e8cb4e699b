//! Whatever bytes come: no panic, and an answer in the service's error format, or a closed connection.
//!
//! `EMULATOR_FUZZ_SECONDS` says how long; without it a few seconds. CI takes a minute.

mod cases;
mod signature;
mod wire;
mod words;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use file_share_emulator::{AccountConfig, Config, Emulator};
use proptest::test_runner::{Config as Runs, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

const DEFAULT_SECONDS: u64 = 3;
/// Most of them wait for a silence.
const SENDERS: usize = 8;
const CASES_BETWEEN_LOOKS: u32 = 500;

type Panics = Arc<Mutex<Vec<String>>>;

#[test]
fn accept_emulator_6_bad_input_is_refused_and_never_panics() {
    let seconds = std::env::var("EMULATOR_FUZZ_SECONDS").ok().map(|text| text.parse().expect("seconds"));
    let time = Duration::from_secs(seconds.unwrap_or(DEFAULT_SECONDS));
    let panics = noted_panics();
    let runtime = Runtime::new().expect("a runtime");
    let account = AccountConfig::new("one", signature::KEY);
    let emulator = Emulator::start(Config { accounts: vec![account], ..Config::default() });
    let emulator = runtime.block_on(emulator).expect("the emulator starts");
    let address = emulator.account("one").endpoint.socket_addrs(|| None).expect("an address")[0];
    let started = Instant::now();
    let count: u64 = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..SENDERS).map(|_| scope.spawn(|| send(address, started + time, &panics))).collect();
        senders.into_iter().map(|sender| sender.join().expect("nothing was found")).sum()
    });
    let seen = emulator.log().total("one");
    println!("{count} cases in {:?}, {seen} of them requests to the service", started.elapsed());
    assert_eq!(*panics.lock().expect("unpoisoned"), Vec::<String>::new());
}

/// How many were sent until then.
fn send(address: SocketAddr, until: Instant, panics: &Panics) -> u64 {
    let runs = Runs { cases: CASES_BETWEEN_LOOKS, failure_persistence: None, ..Runs::default() };
    let cases = cases::anything();
    let mut count = 0;
    while Instant::now() < until {
        // What a case has deleted is made again.
        for request in cases::preparation() {
            let answer = wire::exchange(address, &request, wire::LONGEST).expect("an answer");
            assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
        }
        let outcome = TestRunner::new(runs.clone()).run(&cases, |request| {
            let answer = wire::exchange(address, &request, wire::SILENCE).map_err(TestCaseError::fail)?;
            wire::judge(&request, &answer).map_err(TestCaseError::fail)?;
            // Whose panic it was is told from the connection that it broke.
            match panics.lock().expect("unpoisoned").last().filter(|_| answer.is_empty()) {
                None => Ok(()),
                Some(panic) => Err(TestCaseError::fail(panic.clone())),
            }
        });
        if let Err(failure) = outcome {
            panic!("After {count} requests: {failure}");
        }
        count += u64::from(CASES_BETWEEN_LOOKS);
        let alive = wire::exchange(address, &cases::alive(), wire::LONGEST).expect("an answer");
        assert!(alive.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&alive));
    }
    count
}

/// What panics from here on, in whatever thread, says.
fn noted_panics() -> Panics {
    let panics = Panics::default();
    let (noted, usual) = (panics.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        noted.lock().expect("unpoisoned").push(panic.to_string());
        usual(panic);
    }));
    panics
}
