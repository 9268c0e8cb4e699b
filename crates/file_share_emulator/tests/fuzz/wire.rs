//! Bytes out, bytes in, and whether those that came back may.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A file of any size may be asked for; so much of it is enough.
const ENOUGH: usize = 1 << 20;
/// Without a byte for so long, the emulator waits for more of the request.
pub(crate) const SILENCE: Duration = Duration::from_millis(10);
pub(crate) const LONGEST: Duration = Duration::from_secs(20);

/// What comes back on a connection of its own: the first answer, and whatever comes with it.
pub(crate) fn exchange(address: SocketAddr, request: &[u8], silence: Duration) -> Result<Vec<u8>, String> {
    let mut stream = TcpStream::connect(address).map_err(|error| format!("Connecting: {error}"))?;
    // Whoever is refused early may find the connection closed while still sending.
    let _closed = stream.write_all(request);
    let mut answer = Vec::new();
    read(&mut stream, silence, request, &mut answer)?;
    // Whether it was waiting, or has answered: this is the end, and it must see that.
    let _closed = stream.shutdown(Shutdown::Write);
    match read(&mut stream, LONGEST, request, &mut answer)? {
        true => Ok(answer),
        false => Err("Neither an answer nor the end".to_owned()),
    }
}

/// Whether there is a whole answer, or the end.
fn read(
    stream: &mut TcpStream,
    silence: Duration,
    request: &[u8],
    answer: &mut Vec<u8>,
) -> Result<bool, String> {
    let failed = |error: std::io::Error| format!("Reading: {error}");
    stream.set_read_timeout(Some(silence)).map_err(failed)?;
    let mut buffer = [0; 16 * 1024];
    while answer.len() < ENOUGH && !is_whole(request, answer) {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(false);
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(true)
}

fn is_whole(request: &[u8], answer: &[u8]) -> bool {
    let Some((head, body)) = split(answer) else { return false };
    if head.starts_with("HTTP/1.1 100") {
        return is_whole(request, body);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    is_head(request) || length.is_some_and(|length: usize| body.len() >= length)
}

/// Empty lines before a request are nothing.
fn is_head(request: &[u8]) -> bool {
    let start = request.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(request.len());
    request[start..].starts_with(b"HEAD ")
}

/// Judges the first answer. Those behind it came to requests whose bounds are not known here.
pub(crate) fn judge(request: &[u8], answer: &[u8]) -> Result<(), String> {
    let mut answer = answer;
    while let Some((head, rest)) = split(answer) {
        let status: u16 = head.get(9..12).and_then(|text| text.parse().ok()).ok_or("There is no status")?;
        if status >= 200 {
            return match status {
                200..=399 => Ok(()),
                _ => refusal(status, head, rest, is_head(request)),
            };
        }
        answer = rest;
    }
    match answer.is_empty() {
        true => Ok(()),
        false => Err(format!("No answer: {}", String::from_utf8_lossy(answer))),
    }
}

fn refusal(status: u16, head: &str, body: &[u8], is_head: bool) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what} in {head}\n{}", String::from_utf8_lossy(body)));
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    // the header came with this version; before, the body alone tells the code
    let is_told = header("x-ms-version: ").is_none_or(|version| version >= "2017-07-29");
    let code = header("x-ms-error-code: ").or((!is_told).then_some(""));
    let Some(code) = code else {
        // What is not HTTP is refused below the service, here as there, and the connection is closed.
        let is_bare = matches!(status, 400 | 414 | 431) && body.is_empty();
        return if is_bare { Ok(()) } else { wrong("No error code") };
    };
    if !head.contains("\nx-ms-request-id: ") || !head.contains("\nx-ms-version: ") {
        return wrong("A header is missing");
    }
    let text = String::from_utf8_lossy(body);
    let end = if is_told { "</Code><Message>" } else { "" };
    let start = format!("\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}{end}");
    match is_head || (text.starts_with(&start) && text.contains("</Error>")) {
        true => Ok(()),
        false => wrong("No error in XML"),
    }
}

fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]))
}
