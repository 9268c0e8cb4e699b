//! The files of a data directory: `format`, `lock`, and `log`, a sequence of frames. A frame is all of one request or
//! nothing: the length and the CRC-64 of its records, the length of its data, the records in JSON, the data. What is
//! cut off at the end was never answered. It is written for killed processes, not for power failures.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;

use super::Record;
use crate::model::crc64::crc64;

pub(super) const FORMAT: &str = "file_share_emulator data 1\n";
const HEAD: usize = 24;

#[derive(Debug)]
pub(super) struct Log {
    directory: PathBuf,
    file: File,
    bytes: u64,
    /// Held as long as the emulator runs.
    _lock: Option<Lock>,
}

#[derive(Debug)]
struct Lock(File);

/// A process that is just being started holds a copy of the file, and the lock with it unless it is given back.
impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "The data directory stays locked");
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Frame {
    records: Vec<Record>,
    data: Vec<Bytes>,
    data_bytes: u64,
}

impl Frame {
    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Where the data begins in the frame.
    pub(super) fn push_data(&mut self, data: Bytes) -> u64 {
        let start = self.data_bytes;
        self.data_bytes += data.len() as u64;
        self.data.push(data);
        start
    }
}

impl Log {
    /// Hands over every record with the data of its frame.
    pub(super) fn open(
        directory: &Path,
        mut apply: impl FnMut(Record, &Bytes) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let shown = directory.display();
        fs::create_dir_all(directory).with_context(|| format!("Making {shown}"))?;
        let lock = lock(directory)?;
        let format = directory.join("format");
        match fs::read_to_string(&format) {
            Ok(text) if text == FORMAT => {}
            Ok(text) => bail!("{shown} holds {:?}; this emulator reads {:?}", text.trim(), FORMAT.trim()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let is_strange = |name: &std::ffi::OsStr| name != "lock";
                let mut names = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name()));
                ensure!(
                    names.try_fold(true, |all, name| name.map(|name| all && !is_strange(&name)))?,
                    "{shown} holds other things than the data of an emulator"
                );
                fs::write(&format, FORMAT).with_context(|| format!("Writing {}", format.display()))?;
            }
            Err(error) => return Err(error).with_context(|| format!("Reading {}", format.display())),
        }
        let path = directory.join("log");
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let file = file.with_context(|| format!("Opening {}", path.display()))?;
        let bytes = read(&file, &mut apply).with_context(|| format!("Reading {}", path.display()))?;
        file.set_len(bytes).with_context(|| format!("Cutting {}", path.display()))?;
        Ok(Self { directory: directory.to_owned(), file, bytes, _lock: Some(lock) })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn append(&mut self, frame: &Frame) -> anyhow::Result<()> {
        if frame.records.is_empty() {
            return Ok(());
        }
        let records = serde_json::to_vec(&frame.records).context("Writing records")?;
        let head = [records.len() as u64, crc64(&records), frame.data_bytes].map(u64::to_le_bytes).concat();
        let start = [&head[..], &records].concat();
        self.file.write_all(&start).context("Writing to the log")?;
        for data in &frame.data {
            self.file.write_all(data).context("Writing to the log")?;
        }
        self.bytes += start.len() as u64 + frame.data_bytes;
        Ok(())
    }

    /// Fills a new log and puts it in the place of this one.
    pub(super) fn replace(
        &mut self,
        fill: impl FnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (new, old) = (self.directory.join("log.new"), self.directory.join("log"));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&new);
        let file = file.with_context(|| format!("Making {}", new.display()))?;
        let mut log = Self { directory: self.directory.clone(), file, bytes: 0, _lock: None };
        fill(&mut log)?;
        log.file.sync_all().with_context(|| format!("Writing {}", new.display()))?;
        fs::rename(&new, &old).with_context(|| format!("Replacing {}", old.display()))?;
        (self.file, self.bytes) = (log.file, log.bytes);
        Ok(())
    }
}

fn lock(directory: &Path) -> anyhow::Result<Lock> {
    let path = directory.join("lock");
    let lock = File::create(&path).with_context(|| format!("Opening {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => bail!("Another emulator uses {}", directory.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("Locking {}", path.display())),
    }
}

/// The bytes of whole frames.
fn read(file: &File, apply: &mut impl FnMut(Record, &Bytes) -> anyhow::Result<()>) -> anyhow::Result<u64> {
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(file);
    let mut at = 0;
    while length - at >= HEAD as u64 {
        let mut head = [0; HEAD];
        reader.read_exact(&mut head)?;
        let [records_bytes, crc, data_bytes] = [0, 8, 16].map(|start| {
            let mut number = [0; 8];
            number.copy_from_slice(&head[start..start + 8]);
            u64::from_le_bytes(number)
        });
        let frame = records_bytes.checked_add(data_bytes).and_then(|bytes| bytes.checked_add(HEAD as u64));
        let Some(frame) = frame.filter(|frame| *frame <= length - at) else { break };
        let mut records = vec![0; records_bytes as usize];
        reader.read_exact(&mut records)?;
        ensure!(crc64(&records) == crc, "The frame at byte {at} is damaged");
        let mut data = vec![0; data_bytes as usize];
        reader.read_exact(&mut data)?;
        let data = Bytes::from(data);
        let records: Vec<Record> = serde_json::from_slice(&records)?;
        records.into_iter().try_for_each(|record| apply(record, &data))?;
        at += frame;
    }
    Ok(at)
}
