//! HTTP/1.1 messages as they travel: read whole, kept byte for byte.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Twice what the service takes in one request.
const MAX_BODY_BYTES: u64 = 8 * 1024 * 1024;

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// From the first line to the empty one.
    pub(crate) head: Vec<u8>,
    /// With the marks of its chunks, if it travels in chunks.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Nothing when the peer has closed the connection between two messages.
    pub(crate) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Message>> {
        let mut message = Message::default();
        loop {
            let before = message.head.len();
            read_line(stream, &mut message.head).await?;
            match &message.head[before..] {
                [] if before == 0 => return Ok(None),
                [] => return Err(wrong("The peer closed the connection within the headers")),
                b"\r\n" => break,
                _ if message.head.len() > MAX_HEAD_BYTES => return Err(wrong("The headers are too long")),
                _ => {}
            }
        }
        if message.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
            message.read_chunks(stream).await?;
        } else if let Some(length) = message.header("content-length") {
            let length = length.parse().map_err(|_| wrong("The content-length is no number"))?;
            message.read_bytes(stream, length).await?;
        }
        Ok(Some(message))
    }

    /// The three words of the first line.
    pub(crate) fn first_line(&self) -> [&str; 3] {
        let mut words = self.lines().next().unwrap_or_default().splitn(3, ' ');
        [(); 3].map(|()| words.next().unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close"))
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        // What is not ASCII is in no line that anybody asks for.
        self.head.split(|byte| *byte == b'\n').filter_map(|line| str::from_utf8(line).ok()).map(str::trim_end)
    }

    async fn read_chunks(&mut self, stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<()> {
        loop {
            let size = self.read_body_line(stream).await?;
            let size = size.split(';').next().unwrap_or_default().trim();
            match u64::from_str_radix(size, 16).map_err(|_| wrong("The size of a chunk is no number"))? {
                0 => break,
                size => self.read_bytes(stream, size.saturating_add(2)).await?,
            }
        }
        while !self.read_body_line(stream).await?.trim().is_empty() {}
        Ok(())
    }

    async fn read_body_line(&mut self, stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
        let before = self.body.len();
        read_line(stream, &mut self.body).await?;
        match &self.body[before..] {
            [] => Err(wrong("The peer closed the connection within the body")),
            line => Ok(String::from_utf8_lossy(line).into_owned()),
        }
    }

    async fn read_bytes(&mut self, stream: &mut (impl AsyncBufRead + Unpin), count: u64) -> io::Result<()> {
        if count > MAX_BODY_BYTES - self.body.len() as u64 {
            return Err(wrong("The body is too long"));
        }
        match stream.take(count).read_to_end(&mut self.body).await? as u64 {
            read if read < count => Err(wrong("The peer closed the connection within the body")),
            _ => Ok(()),
        }
    }
}

async fn read_line(stream: &mut (impl AsyncBufRead + Unpin), into: &mut Vec<u8>) -> io::Result<()> {
    stream.take(MAX_HEAD_BYTES as u64).read_until(b'\n', into).await.map(drop)
}

fn wrong(mistake: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, mistake)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8]) -> io::Result<Vec<Message>> {
        let mut messages = Vec::new();
        while let Some(message) = Message::read(&mut bytes).await? {
            messages.push(message);
        }
        Ok(messages)
    }

    async fn check_bodies(bytes: &[u8], expected: &[&str]) {
        let messages = read(bytes).await.expect("legal");
        let bodies: Vec<_> = messages.iter().map(|it| String::from_utf8_lossy(&it.body)).collect();
        assert_eq!(bodies, expected);
        let all: Vec<u8> = messages.into_iter().flat_map(|it| [it.head, it.body].concat()).collect();
        assert_eq!(all, bytes, "not a byte is changed");
    }

    #[tokio::test]
    async fn messages_follow_each_other_whatever_their_framing() {
        let plain = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
        let none = b"HTTP/1.1 204 No Content\r\nX: \xff\r\n\r\n";
        let chunked =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\na\r\n\r\n0\r\nT: 1\r\n\r\n";
        let bytes = [&plain[..], none, chunked, plain].concat();
        check_bodies(&bytes, &["ab", "", "3;x=y\r\na\r\n\r\n0\r\nT: 1\r\n\r\n", "ab"]).await;
    }

    #[tokio::test]
    async fn first_line_and_headers_are_found_in_any_letter_case() {
        let bytes = b"HTTP/1.1 404 Not Found\r\nX:\r\nConnection:  Close\r\n\r\n";
        let messages = read(bytes).await.expect("legal");
        assert_eq!(messages[0].first_line(), ["HTTP/1.1", "404", "Not Found"]);
        assert_eq!(messages[0].header("x"), Some(""));
        assert!(messages[0].is_last());
    }

    #[tokio::test]
    async fn what_is_cut_or_endless_is_an_error() {
        for bytes in [
            "GET",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\ncontent-length: 2\r\n\r\na",
            "GET / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\na",
            "GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\na",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\na",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\na",
        ] {
            assert!(read(bytes.as_bytes()).await.is_err(), "{bytes}");
        }
        assert!(read(&[b'a'; MAX_HEAD_BYTES + 1]).await.is_err());
    }
}
