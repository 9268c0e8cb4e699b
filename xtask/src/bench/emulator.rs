//! How many small signed requests the emulator answers, and what each costs it: it must never be what a benchmark
//! measures.

use std::time::Duration;

use anyhow::{Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use file_share_emulator::CpuTime;
use serde_json::json;

use super::Options;
use super::figures::Ratios;
use super::load::{self, Script};
use super::process::EmulatorProcess;
use super::report::Report;
use super::signed::{Plain, Signer};
use crate::repository::build_binary;

const ACCOUNT: &str = "bench";
const KEY: &[u8] = b"a key of no worth";
const BODY: &[u8] = &[7; 1024];

const LEAST_PER_SECOND: f64 = 25_000.0;
const MOST_CPU_MICROS: f64 = 40.0;

pub(super) fn run(options: &Options) -> Result<Report> {
    let binary = build_binary("file_share_emulator")?;
    let emulator = EmulatorProcess::start(&binary, &[ACCOUNT], &BASE64_STANDARD.encode(KEY), &[])?;
    let signer = Signer::new(ACCOUNT, KEY);
    let address = emulator.address();
    for request in preparation(&signer, options.connections) {
        let status = load::once(address, &request)?;
        ensure!(status == 201, "The emulator answers {status} to {}", String::from_utf8_lossy(&request));
    }
    let scripts: Vec<Script> = (0..options.connections).map(|number| script(&signer, number)).collect();
    let sample = || Ok((emulator.cpu()?, CpuTime::own()?));
    // Caches and the clock of the processor settle.
    load::run(address, &scripts, Duration::from_secs(1), sample)?;
    let time = Duration::from_secs(options.seconds);
    let (sent, [before, after]) = load::run(address, &scripts, time, sample)?;

    let requests = sent.requests as f64;
    let micros = |from: CpuTime, to: CpuTime| (to.total() - from.total()).as_secs_f64() * 1e6 / requests;
    let per_second = requests / sent.elapsed.as_secs_f64();
    let cpu = micros(before.0, after.0);
    let of_load = micros(before.1, after.1);
    let mut ratios = Ratios::default();
    ratios.at_least("requestsPerSecond", per_second, LEAST_PER_SECOND);
    ratios.at_most("cpuMicrosPerRequest", cpu, MOST_CPU_MICROS);
    let ours = json!({
            "requests": sent.requests,
            "elapsedMs": sent.elapsed.as_millis() as u64,
            "connections": options.connections,
            "cores": std::thread::available_parallelism()?.get(),
            "requestsPerSecond": per_second.round(),
            "cpuMicrosPerRequest": cpu,
            "userMicrosPerRequest": (after.0.user_ms - before.0.user_ms) as f64 * 1e3 / requests,
            "loadCpuMicrosPerRequest": of_load,
            "emulatorCpuShare": cpu / (cpu + of_load),
    });
    Ok(Report::new("emulator", ours, None, ratios, true))
}

/// A share, and for each connection a directory with a file.
fn preparation(signer: &Signer, connections: usize) -> Vec<Vec<u8>> {
    let put = |path: &str, query: &[(&str, &str)], headers: &[(&str, &str)]| {
        signer.sign(&Plain { method: "PUT", path, query, headers, body: &[] })
    };
    let mut requests = vec![put("/share", &[("restype", "share")], &[])];
    for number in 0..connections {
        requests.push(put(&format!("/share/d{number}"), &[("restype", "directory")], &[]));
        let file = [("x-ms-content-length", "1024"), ("x-ms-type", "file")];
        requests.push(put(&format!("/share/d{number}/kept"), &[], &file));
    }
    requests
}

/// What a mirror sends: mostly reads of properties and content, listings, and small files written and deleted.
fn script(signer: &Signer, number: usize) -> Script {
    let directory = format!("/share/d{number}");
    let (kept, new) = (format!("{directory}/kept"), format!("{directory}/new"));
    let sign = |plain: Plain<'_>| signer.sign(&plain);
    vec![
        sign(Plain { method: "HEAD", path: &kept, ..Plain::default() }),
        sign(Plain {
            method: "PUT",
            path: &new,
            headers: &[
                ("x-ms-content-length", "1024"),
                ("x-ms-file-attributes", "Archive"),
                ("x-ms-file-creation-time", "2026-01-02T03:04:05.0000001Z"),
                ("x-ms-file-last-write-time", "2026-01-02T03:04:05.0000002Z"),
                ("x-ms-type", "file"),
            ],
            body: BODY,
            ..Plain::default()
        }),
        sign(Plain { method: "GET", path: &new, ..Plain::default() }),
        sign(Plain {
            method: "PUT",
            path: &new,
            query: &[("comp", "properties")],
            headers: &[("x-ms-file-last-write-time", "2026-01-02T03:04:05.0000002Z")],
            ..Plain::default()
        }),
        sign(Plain {
            method: "GET",
            path: &directory,
            query: &[
                ("comp", "list"),
                ("include", "timestamps,Etag,Attributes,PermissionKey"),
                ("restype", "directory"),
            ],
            ..Plain::default()
        }),
        sign(Plain {
            method: "PUT",
            path: &kept,
            query: &[("comp", "range")],
            headers: &[("x-ms-range", "bytes=0-1023"), ("x-ms-write", "update")],
            body: BODY,
        }),
        sign(Plain { method: "GET", path: &kept, query: &[("comp", "rangelist")], ..Plain::default() }),
        sign(Plain { method: "DELETE", path: &new, ..Plain::default() }),
    ]
}
