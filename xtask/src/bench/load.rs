//! A load that costs its sender little: requests that are bytes already, one at a time on each of many kept
//! connections, and answers of which only status and length are read.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Sent over and over in this order.
pub(crate) type Script = Vec<Vec<u8>>;

#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) requests: u64,
    pub(crate) elapsed: Duration,
}

/// Each script on a connection of its own; `begin` and `end` are called beside it, at the edges of the measured time.
pub(crate) fn run<T: Send>(
    address: SocketAddr,
    scripts: &[Script],
    time: Duration,
    sample: impl Fn() -> Result<T>,
) -> Result<(Sent, [T; 2])> {
    let ready = Barrier::new(scripts.len() + 1);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let senders: Vec<_> = scripts
            .iter()
            .map(|script| {
                let (ready, over) = (&ready, &over);
                scope.spawn(move || send(address, script, ready, over))
            })
            .collect();
        ready.wait();
        let before = sample();
        let started = Instant::now();
        std::thread::sleep(time);
        over.store(true, Ordering::Relaxed);
        let elapsed = started.elapsed();
        let after = sample();
        let mut requests = 0;
        for sender in senders {
            requests += sender.join().expect("a sender does not panic")?;
        }
        Ok((Sent { requests, elapsed }, [before?, after?]))
    })
}

/// One request and the status of its answer.
pub(crate) fn once(address: SocketAddr, request: &[u8]) -> Result<u16> {
    Connection::open(address)?.exchange(request)
}

fn send(address: SocketAddr, script: &[Vec<u8>], ready: &Barrier, over: &AtomicBool) -> Result<u64> {
    let connection = Connection::open(address);
    // Whoever failed is waited for too.
    ready.wait();
    let mut connection = connection?;
    let mut requests = 0;
    while !over.load(Ordering::Relaxed) {
        for request in script {
            let status = connection.exchange(request)?;
            ensure!(
                status < 300,
                "{status} for {}",
                String::from_utf8_lossy(&request[..request.len().min(200)])
            );
            requests += 1;
        }
    }
    Ok(requests)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("Connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).context("Sending a request")?;
        let mut length = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[length..]).context("Reading an answer")?;
            ensure!(read > 0, "The connection was closed instead of an answer, or its headers are too long");
            length += read;
            let end = self.buffer[..length].windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).context("Reading an answer's headers")?;
        let status =
            text.get(9..12).and_then(|status| status.parse().ok()).context("An answer without status")?;
        let body = if request.starts_with(b"HEAD") { 0 } else { content_length(text)? };
        let mut missing = body.saturating_sub(length - head);
        while missing > 0 {
            let most = missing.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most]).context("Reading an answer's body")?;
            ensure!(read > 0, "The connection was closed in an answer");
            missing -= read;
        }
        Ok(status)
    }
}

fn content_length(head: &str) -> Result<usize> {
    let (_, rest) = head.split_once("\r\ncontent-length: ").context("An answer without a length")?;
    rest.split("\r\n").next().unwrap_or_default().parse().context("An answer's length is no number")
}
