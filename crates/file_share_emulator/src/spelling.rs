//! Names of metadata as they are spelled. The service keeps their case, and the HTTP library knows header names in
//! lower case alone. So the heads of requests are read here too, on their way in, and those of answers are mended on
//! their way out.

use std::collections::{BTreeMap, VecDeque};

use httparse::{EMPTY_HEADER, Header, Status};

pub(crate) const PREFIX: &str = "x-ms-meta-";

/// As many as the HTTP library takes.
const MOST_HEADERS: usize = 100;

/// Names as they are spelled by the same in lower case, without their prefix; only where the two differ.
pub(crate) type Spelling = BTreeMap<String, String>;

/// What an answer spells otherwise than in lower case; it travels beside the answer.
#[derive(Clone, Debug)]
pub(crate) struct Spelled(pub(crate) Vec<String>);

/// The requests of one connection, as far as they have come.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The beginning of what is not complete.
    begun: Vec<u8>,
    place: Place,
    heads: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Head,
    /// So many bytes are left.
    Body(u64),
    ChunkSize,
    Chunk(u64),
    /// Lines after the last chunk.
    Trailer,
    /// What is not HTTP ends the connection.
    Lost,
}

/// What of one connection waits: spellings for the handlers, by the number of the request, and names for answers.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    spellings: VecDeque<(u64, Spelling)>,
    handled: u64,
    names: Vec<String>,
}

/// The bytes of an answer with its names as they are spelled.
pub(crate) struct Mended {
    pub(crate) bytes: Vec<u8>,
    names: Vec<String>,
}

impl Reader {
    pub(crate) fn read(&mut self, bytes: &[u8], waiting: &mut Waiting) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.place {
                Place::Body(left) | Place::Chunk(left) => self.skip(left, rest),
                Place::Lost => return,
                _ if self.begun.is_empty() => self.step(rest, waiting),
                _ => {
                    let before = self.begun.len();
                    self.begun.extend_from_slice(rest);
                    let begun = std::mem::take(&mut self.begun);
                    let taken = self.step(&begun, waiting).map(|taken| taken - before);
                    if taken.is_none() {
                        self.begun = begun;
                        return;
                    }
                    taken
                }
            };
            match taken {
                Some(taken) => rest = &rest[taken..],
                None => return self.begun.extend_from_slice(rest),
            }
        }
    }

    fn skip(&mut self, left: u64, bytes: &[u8]) -> Option<usize> {
        let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        self.place = match (self.place, left - skipped as u64) {
            (Place::Body(_), 0) => Place::Head,
            (Place::Body(_), left) => Place::Body(left),
            (_, 0) => Place::ChunkSize,
            (_, left) => Place::Chunk(left),
        };
        Some(skipped)
    }

    /// How many bytes the next head or line has; nothing where it is not complete.
    fn step(&mut self, bytes: &[u8], waiting: &mut Waiting) -> Option<usize> {
        match self.place {
            Place::Head => self.head(bytes, waiting),
            Place::ChunkSize => match httparse::parse_chunk_size(bytes) {
                Ok(Status::Complete((length, size))) => {
                    self.place =
                        if size == 0 { Place::Trailer } else { Place::Chunk(size.saturating_add(2)) };
                    Some(length)
                }
                Ok(Status::Partial) => None,
                Err(_) => Some(self.lose(bytes)),
            },
            _ => {
                let end = bytes.iter().position(|byte| *byte == b'\n')?;
                if bytes[..end].iter().all(|byte| *byte == b'\r') {
                    self.place = Place::Head;
                }
                Some(end + 1)
            }
        }
    }

    fn head(&mut self, bytes: &[u8], waiting: &mut Waiting) -> Option<usize> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return None,
            Err(_) => return Some(self.lose(bytes)),
        };
        self.heads += 1;
        let spelling: Spelling = head.headers.iter().filter_map(spelled).collect();
        if !spelling.is_empty() {
            waiting.spellings.push_back((self.heads, spelling));
        }
        let value = |name: &str| head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        let length_of_body = value("content-length").and_then(|header| str::from_utf8(header.value).ok());
        self.place = match length_of_body.and_then(|length| length.trim().parse().ok()) {
            _ if value("transfer-encoding").is_some() => Place::ChunkSize,
            None | Some(0) => Place::Head,
            Some(length) => Place::Body(length),
        };
        Some(length)
    }

    fn lose(&mut self, bytes: &[u8]) -> usize {
        self.place = Place::Lost;
        bytes.len()
    }
}

fn spelled(header: &Header<'_>) -> Option<(String, String)> {
    let (prefix, name) = header.name.split_at_checked(PREFIX.len())?;
    let lower = name.to_ascii_lowercase();
    (prefix.eq_ignore_ascii_case(PREFIX) && lower != name).then(|| (lower, name.to_owned()))
}

impl Waiting {
    /// The spelling of the next request; each is asked for once, in order.
    pub(crate) fn next(&mut self) -> Spelling {
        self.handled += 1;
        match self.spellings.front() {
            Some((number, _)) if *number == self.handled => {
                self.spellings.pop_front().map(|(_, spelling)| spelling).unwrap_or_default()
            }
            _ => Spelling::new(),
        }
    }

    pub(crate) fn answer(&mut self, Spelled(names): Spelled) {
        self.names.extend(names);
    }

    pub(crate) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// Nothing where nothing is to be mended.
    pub(crate) fn mend(&self, bytes: &[u8]) -> Option<Mended> {
        let mut mended = None;
        for name in &self.names {
            let line = format!("\r\n{PREFIX}{}:", name.to_ascii_lowercase());
            let Some(place) = bytes.windows(line.len()).position(|window| window == line.as_bytes()) else {
                continue;
            };
            let start = place + 2 + PREFIX.len();
            let Mended { bytes, names } =
                mended.get_or_insert_with(|| Mended { bytes: bytes.to_vec(), names: Vec::new() });
            bytes[start..start + name.len()].copy_from_slice(name.as_bytes());
            names.push(name.clone());
        }
        mended
    }

    pub(crate) fn left(&mut self, mended: &Mended) {
        self.names.retain(|name| !mended.names.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(requests: &str, expected: &[&str]) {
        for size in [1, 7, requests.len()] {
            let (mut reader, mut waiting) = (Reader::default(), Waiting::default());
            for piece in requests.as_bytes().chunks(size) {
                reader.read(piece, &mut waiting);
            }
            let found: Vec<String> =
                expected.iter().map(|_| waiting.next().into_values().collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(found, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn each_request_is_told_how_its_names_are_spelled() {
        let plain = "GET / HTTP/1.1\r\nX-Ms-Meta-lower: 1\r\nHost: a\r\n\r\n";
        let spelled = "PUT / HTTP/1.1\r\nx-ms-meta-One: 1\r\nX-MS-META-tWo: 2\r\nContent-Length: 0\r\n\r\n";
        check(&[plain, spelled, plain, spelled].concat(), &["", "One tWo", "", "One tWo"]);
    }

    #[test]
    fn bodies_are_passed_over() {
        let body = "\r\n\r\nx-ms-meta-No: 1\r\n\r\n";
        let whole = format!("PUT / HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let chunked = format!(
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x};a=b\r\n{body}\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n",
            body.len()
        );
        let last = "GET / HTTP/1.1\r\nx-ms-meta-Yes: 1\r\n\r\n";
        check(&[&whole, last, &chunked, last].concat(), &["", "Yes", "", "Yes"]);
    }

    #[test]
    fn answers_are_mended_where_their_names_stand() {
        let mut waiting = Waiting::default();
        waiting.answer(Spelled(vec!["One".to_owned(), "Two".to_owned()]));
        let head = b"HTTP/1.1 200 OK\r\nx-ms-meta-one: one\r\n\r\n";
        let mended = waiting.mend(head).expect("one of them");
        assert_eq!(mended.bytes, b"HTTP/1.1 200 OK\r\nx-ms-meta-One: one\r\n\r\n");
        waiting.left(&mended);
        assert!(waiting.mend(head).is_none() && waiting.has_names());
    }
}
