//! A file that is read as a stream: a row that grows without end, as one does behind a
//! quotation mark that nobody closes, is given up before it fills the memory.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// The largest row, in bytes.
pub(super) const LARGEST_ROW: usize = 64 * 1024;

/// What is read, hashed on its way.
pub(super) struct Metered<R> {
    source: R,
    since_row: usize,
    hash: Sha256,
}

/// A row is larger than a row may be.
#[derive(Debug, thiserror::Error)]
#[error("a row is larger than {LARGEST_ROW} bytes")]
pub(super) struct RowTooLarge;

impl<R: Read> Metered<R> {
    pub(super) fn of(source: R) -> Self {
        Self { source, since_row: 0, hash: Sha256::new() }
    }

    /// A row ends here, and another one begins.
    pub(super) fn next_row(&mut self) {
        self.since_row = 0;
    }

    /// The hash of everything read.
    pub(super) fn into_hash(self) -> Sha256 {
        self.hash
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What is read ahead of a row is at most one buffer, so that no row which is small
        // enough is given up.
        if self.since_row > LARGEST_ROW {
            return Err(io::Error::other(RowTooLarge));
        }
        let read = self.source.read(buffer)?;
        self.since_row += read;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
