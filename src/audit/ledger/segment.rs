//! Segments: the files of the ledger.
//!
//! A segment begins with a line that says what it is and a frame that says
//! where in which stream it begins: enough to go on from the last segment
//! alone, whatever happened to the ones before. Nothing is ever appended to a
//! segment by another process than the one that made it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    chain::Chain,
    disk::{Appender, Disk},
    frame::{self, Frame},
};
use crate::audit::{hex, tree::Frontier};

/// The first line of every segment.
pub(in crate::audit) const MAGIC: &[u8] = b"portcullis audit segment 1\n";

/// File names are the segment's number with ten digits and this ending.
const ENDING: &str = "segment";

/// What a segment's first frame says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::audit) struct Opening {
    stream: Uuid,
    /// Records before this segment.
    size: u64,
    previous_hash: Option<String>,
    previous_record: Option<Uuid>,
    /// Roots of the tree's complete subtrees, largest first.
    frontier: Vec<String>,
    /// Requests that have begun and not ended.
    open: BTreeSet<Uuid>,
}

impl Opening {
    pub(in crate::audit) fn new(chain: &Chain, open: &BTreeSet<Uuid>) -> Self {
        Self {
            stream: chain.stream(),
            size: chain.tree().size(),
            previous_hash: chain.previous_hash().map(|hash| hex::text(hash)),
            previous_record: chain.previous_record(),
            frontier: chain
                .tree()
                .roots()
                .iter()
                .map(|root| hex::text(root))
                .collect(),
            open: open.clone(),
        }
    }

    /// The chain's end before this segment, if what is written makes sense.
    pub(in crate::audit) fn chain(&self) -> Option<Chain> {
        let roots = self
            .frontier
            .iter()
            .map(|text| hex::array(text))
            .collect::<Option<_>>()?;
        let hash = match &self.previous_hash {
            Some(text) => Some(hex::array(text)?),
            None => None,
        };
        let tree = Frontier::restore(self.size, roots)?;
        Some(Chain::restore(
            self.stream,
            hash,
            self.previous_record,
            tree,
        ))
    }

    pub(in crate::audit) const fn size(&self) -> u64 {
        self.size
    }

    pub(in crate::audit) const fn open(&self) -> &BTreeSet<Uuid> {
        &self.open
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut out = MAGIC.to_vec();
        frame::write(&mut out, &serde_json::to_vec(self)?);
        Ok(out)
    }
}

/// The segment being written.
#[derive(Debug)]
pub(in crate::audit) struct Writing {
    file: Box<dyn Appender>,
    number: u64,
    length: u64,
    opening: u64,
}

impl Writing {
    /// Makes a segment; when this returns, it is durable.
    pub(in crate::audit) fn create(
        disk: &dyn Disk,
        directory: &Path,
        number: u64,
        capacity: u64,
        opening: &Opening,
    ) -> io::Result<Self> {
        let file = disk.create(&path(directory, number), capacity)?;
        let mut segment = Self {
            file,
            number,
            length: 0,
            opening: 0,
        };
        segment.append(&opening.bytes()?)?;
        segment.opening = segment.length;
        Ok(segment)
    }

    /// Whether there is more than the opening.
    pub(in crate::audit) const fn has_records(&self) -> bool {
        self.length > self.opening
    }

    /// Appends frames; when this returns, they are durable.
    pub(in crate::audit) fn append(&mut self, frames: &[u8]) -> io::Result<()> {
        self.file.append(frames)?;
        self.file.sync()?;
        let more = u64::try_from(frames.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        Ok(())
    }

    /// Gives the unused rest back.
    pub(in crate::audit) fn seal(mut self) -> io::Result<()> {
        self.file.shorten(self.length)
    }

    pub(in crate::audit) const fn number(&self) -> u64 {
        self.number
    }

    pub(in crate::audit) const fn length(&self) -> u64 {
        self.length
    }
}

/// Reads a segment frame by frame.
#[derive(Debug)]
pub(in crate::audit) struct Reading<R> {
    from: R,
    offset: u64,
}

impl Reading<BufReader<File>> {
    /// Opens the file; `Ok(None)` where it does not begin as a segment does.
    pub(in crate::audit) fn open(path: &Path) -> io::Result<Option<(Self, Opening)>> {
        Self::start(BufReader::with_capacity(READ_BYTES, File::open(path)?))
    }

    /// Goes on behind what was read at another time.
    pub(in crate::audit) fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        if offset > self.offset {
            self.from.seek(SeekFrom::Start(offset))?;
            self.offset = offset;
        }
        Ok(())
    }
}

impl<R: Read> Reading<R> {
    /// Reads the line and the frame every segment begins with.
    pub(in crate::audit) fn start(mut from: R) -> io::Result<Option<(Self, Opening)>> {
        let mut magic = [0; MAGIC.len()];
        match from.read_exact(&mut magic) {
            Ok(()) if magic == MAGIC => {}
            Ok(()) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let offset = u64::try_from(MAGIC.len()).unwrap_or(u64::MAX);
        let mut reading = Self { from, offset };
        let Frame::Whole(opening) = reading.frame()? else {
            return Ok(None);
        };
        let opening = serde_json::from_slice(&opening).ok();
        Ok(opening.map(|opening| (reading, opening)))
    }

    /// The next frame. What is not whole is passed over, for those who go on.
    pub(in crate::audit) fn frame(&mut self) -> io::Result<Frame> {
        let frame = frame::read(&mut self.from)?;
        if let Frame::Whole(content) | Frame::Damaged(content) = &frame {
            let bytes = content.len().saturating_add(frame::HEAD);
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            self.offset = self.offset.saturating_add(bytes);
        }
        Ok(frame)
    }

    /// Whether everything from here on is zero.
    pub(in crate::audit) fn rest_is_unused(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4_096];
        loop {
            let got = self.from.read(&mut buffer)?;
            if got == 0 {
                return Ok(true);
            }
            if buffer.iter().take(got).any(|byte| *byte != 0) {
                return Ok(false);
            }
        }
    }

    /// Where the last frame ended.
    pub(in crate::audit) const fn offset(&self) -> u64 {
        self.offset
    }
}

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;

/// The file of segment `number`.
pub(in crate::audit) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.{ENDING}"))
}

/// The numbers of all segments in a directory, lowest first.
pub(in crate::audit) fn list(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        numbers.extend(number_of(&entry?.path()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number in a segment's file name.
pub(in crate::audit) fn number_of(path: &Path) -> Option<u64> {
    let is_segment = path.extension()? == ENDING;
    let digits = path.file_stem()?.to_str()?;
    let plain = is_segment && digits.bytes().all(|one| one.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
