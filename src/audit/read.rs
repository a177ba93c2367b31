//! Reading the ledger back, also while it is being written.
//!
//! Segments are read in order up to the first frame that is not whole. In the
//! last segment that is where the writer is; in an earlier one it is where a
//! disk failed or somebody cut, which `verify` tells apart. Records that a
//! failing disk made the writer repeat are given once.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{
    entry::Entry,
    ledger::{self, Frame, Position, Reading},
};

/// All records of the ledger in `directory`, oldest first.
///
/// # Errors
/// When the directory cannot be listed.
pub fn read(directory: &Path) -> io::Result<Records> {
    read_from(directory, Position::default())
}

/// The records after `position`.
///
/// # Errors
/// When the directory cannot be listed.
pub(super) fn read_from(directory: &Path, position: Position) -> io::Result<Records> {
    let segments = ledger::list(directory)?
        .into_iter()
        .filter(|number| *number >= position.segment)
        .collect();
    Ok(Records {
        directory: directory.to_owned(),
        segments,
        skip: position,
        current: None,
        last: None,
        reached: position,
    })
}

/// The records of a ledger.
#[derive(Debug)]
pub struct Records {
    directory: PathBuf,
    segments: VecDeque<u64>,
    /// What is before this was read already.
    skip: Position,
    current: Option<(u64, Reading<BufReader<File>>)>,
    last: Option<(Uuid, u64)>,
    reached: Position,
}

impl Records {
    /// Where the last record ended.
    #[must_use]
    pub const fn reached(&self) -> Position {
        self.reached
    }

    fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        loop {
            if self.current.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let Some((number, reading)) = &mut self.current else {
                return Ok(None);
            };
            let Frame::Whole(bytes) = reading.frame()? else {
                self.current = None;
                continue;
            };
            let here = Position {
                segment: *number,
                offset: reading.offset(),
            };
            self.reached = here;
            let Some(entry) = Entry::parse(bytes) else {
                continue;
            };
            if !self.is_repeated(&entry) {
                return Ok(Some(entry));
            }
        }
    }

    /// A segment that was deleted since the listing, or is not one yet, is
    /// passed over.
    fn open_next(&mut self) -> io::Result<bool> {
        while let Some(number) = self.segments.pop_front() {
            match Reading::open(&ledger::path(&self.directory, number)) {
                Ok(Some((mut reading, _opening))) => {
                    if number == self.skip.segment {
                        reading.skip_to(self.skip.offset)?;
                    }
                    self.current = Some((number, reading));
                    return Ok(true);
                }
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn is_repeated(&mut self, entry: &Entry) -> bool {
        let Some(here) = entry.stream().zip(entry.sequence()) else {
            return false;
        };
        let repeated = self
            .last
            .is_some_and(|(stream, number)| stream == here.0 && here.1 <= number);
        if !repeated {
            self.last = Some(here);
        }
        repeated
    }
}

impl Iterator for Records {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_entry().transpose()
    }
}
