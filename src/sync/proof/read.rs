//! Reads a piece of a file on both sides and compares what it read by its hash, which is the evidence if it differs.

use std::sync::atomic::Ordering;

use azure_storage_file_share::{FileProperties, MAX_RANGE_BYTES, ShareClient};
use sha2::{Digest, Sha256};

use super::beside::beside;
use super::pieces::Piece;
use super::run::Asked;
use super::steps::{Reading, Step};
use crate::sync::failure::{Failure, Result};

/// Bytes that take one permit.
pub(super) const PAGE: u64 = 64 << 10;
/// Bytes in memory at once, of both sides.
pub(super) const ROOM: u64 = 64 << 20;

/// What came of a step.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) step: Step,
    /// Compared bytes; none of a file that is settled.
    pub(super) bytes: u64,
    /// Of the file, with whether its data differs.
    pub(super) finding: Option<(Failure, bool)>,
}

impl Taken {
    /// What may be read later, and cannot be now.
    pub(super) fn unanswered(&self) -> Option<Failure> {
        let failure = match (&self.finding, &self.step) {
            (Some((failure, _)), _) | (None, Step::Found(failure)) => failure,
            _ => return None,
        };
        failure.may_pass.then(|| failure.clone())
    }
}

impl Asked<'_> {
    pub(super) async fn take(&self, step: Step) -> Result<Taken> {
        let nothing = |step| Taken { step, bytes: 0, finding: None };
        let Step::Piece(file, piece) = &step else { return Ok(nothing(step)) };
        let pages = (2 * piece.bytes()).div_ceil(PAGE) as u32;
        let _room = self.room.acquire_many(pages).await.expect("the semaphore is never closed");
        if file.is_settled.load(Ordering::Relaxed) {
            return Ok(nothing(step));
        }
        let finding = match self.compare(file, piece).await {
            Err(error) if error.ends_the_pass() => return Err(error),
            Err(error) => Some((error.at(&file.path), false)),
            Ok(difference) => difference.map(|difference| (difference, true)),
        };
        if finding.is_some() {
            file.is_settled.store(true, Ordering::Relaxed);
        }
        let bytes = piece.bytes();
        Ok(Taken { step, bytes, finding })
    }

    async fn compare(&self, file: &Reading, piece: &Piece) -> Result<Option<Failure>> {
        let (source, target) = futures::try_join!(
            read(&self.shares.source, &file.path, piece, piece.source),
            read(&self.shares.target, &file.path, piece, piece.target)
        )?;
        let ((source, shown), (target, there)) = (source, target);
        if source == target {
            let differs = shown.zip(there).and_then(|(shown, there)| beside(&shown, &there));
            return Ok(differs.map(|detail| Failure::new(file.path.clone(), "NotEqual", detail)));
        }
        let detail = format!(
            "Bytes {} to {} have the SHA-256 {} in the source's share snapshot and {} in the target's",
            piece.range.start,
            piece.range.end - 1,
            hex(&source),
            hex(&target)
        );
        Ok(Some(Failure::new(file.path.clone(), "ContentDiffers", detail)))
    }
}

/// Its hash, with what the file shows beside its data. Nothing allocated is all zeros, and nothing of it is asked.
async fn read(
    share: &ShareClient,
    path: &str,
    piece: &Piece,
    is_allocated: bool,
) -> Result<([u8; 32], Option<FileProperties>)> {
    if !is_allocated {
        static ZEROS: [u8; MAX_RANGE_BYTES as usize] = [0; MAX_RANGE_BYTES as usize];
        return Ok((Sha256::digest(&ZEROS[..piece.bytes() as usize]).into(), None));
    }
    let read = share.file_client(path).get(Some(piece.range.clone())).await?;
    Ok((Sha256::digest(&read.bytes).into(), Some(read.properties)))
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
