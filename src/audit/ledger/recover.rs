//! What an earlier process left behind.
//!
//! The last segment's opening says everything about the ones before, so one
//! segment is read, whatever the size of the ledger. A tail that a crash tore
//! is cut off, but kept beside the segment: if it was no crash, it is evidence.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{
    chain::Chain,
    disk,
    frame::Frame,
    segment::{self, Opening, Reading},
};
use crate::audit::{entry::Entry, record::Event};

/// The end of the last stream.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) chain: Chain,
    /// Requests without a terminal record.
    pub(super) open: BTreeSet<Uuid>,
    /// Whether the stream was ended.
    pub(super) closed: bool,
    /// Bytes that were no whole record.
    pub(super) cut: u64,
}

/// What a directory holds.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) left: Option<Left>,
    pub(super) next_segment: u64,
    pub(super) bytes: u64,
}

/// Reads what is there and cuts torn tails.
///
/// # Errors
/// When the disk fails.
pub(super) fn survey(directory: &Path) -> io::Result<Survey> {
    let numbers = segment::list(directory)?;
    let next_segment = numbers.last().map_or(1, |last| last.saturating_add(1));
    let mut left = None;
    for number in numbers.iter().rev() {
        let path = segment::path(directory, *number);
        let opened = Reading::open(&path)?
            .and_then(|(reading, opening)| opening.chain().map(|chain| (reading, opening, chain)));
        if let Some((reading, opening, chain)) = opened {
            left = Some(replay(&path, reading, &opening, chain)?);
            break;
        }
        // made and never completed: nothing in it was acknowledged
        fs::rename(&path, torn(&path))?;
    }
    disk::sync_directory(directory)?;
    let mut bytes = 0_u64;
    for number in segment::list(directory)? {
        let about = fs::metadata(segment::path(directory, number))?;
        bytes = bytes.saturating_add(about.len());
    }
    Ok(Survey {
        left,
        next_segment,
        bytes,
    })
}

fn replay(
    path: &Path,
    mut reading: Reading<io::BufReader<File>>,
    opening: &Opening,
    mut chain: Chain,
) -> io::Result<Left> {
    let mut open = opening.open().clone();
    let mut closed = false;
    let mut whole = reading.offset();
    while let Frame::Whole(bytes) = reading.frame()? {
        let Some(entry) = Entry::parse(bytes) else {
            break;
        };
        whole = reading.offset();
        let event = Event::from_name(entry.event_name());
        if event == Some(Event::Checkpoint) {
            continue;
        }
        chain.extend(entry.bytes(), entry.record_id().unwrap_or_default());
        closed = event == Some(Event::StreamClosed);
        match (event, entry.request_id()) {
            (Some(Event::Received), Some(request)) => {
                open.insert(request);
            }
            (Some(event), Some(request)) if event.is_terminal() => {
                open.remove(&request);
            }
            _ => {}
        }
    }
    let cut = cut(path, whole)?;
    Ok(Left {
        chain,
        open,
        closed,
        cut,
    })
}

/// Ends the file at `length`; what is beyond and not unused goes into a file
/// of its own. Returns how much that was.
fn cut(path: &Path, length: u64) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length))?;
    file.read_to_end(&mut tail)?;
    let used = tail
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at.saturating_add(1));
    if let Some(tail) = tail.get(..used).filter(|tail| !tail.is_empty()) {
        let mut kept = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(torn(path))?;
        kept.write_all(tail)?;
        kept.sync_all()?;
    }
    file.set_len(length)?;
    file.sync_all()?;
    Ok(u64::try_from(used).unwrap_or(u64::MAX))
}

fn torn(path: &Path) -> PathBuf {
    path.with_extension("torn")
}
