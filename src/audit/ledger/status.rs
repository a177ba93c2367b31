//! What the ledger says about itself, and what it is told about connections.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::primitives::{Code, RequestId};

/// A place in the ledger: everything before it has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Position {
    /// Number of the segment.
    pub segment: u64,
    /// Bytes into it.
    pub offset: u64,
}

/// How the ledger is doing, for readiness and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether new requests are taken.
    pub accepting: bool,
    /// What last went wrong, while it matters.
    pub fault: Option<String>,
    /// Bytes on the disk, on their way there, and promised.
    pub bytes: u64,
    /// Bytes there may be.
    pub max_bytes: u64,
    /// Records made durable since the start.
    pub records: u64,
    /// Groups they were written in.
    pub commits: u64,
    /// Microseconds all commits took together.
    pub commit_micros: u64,
    /// Writes and syncs that failed.
    pub faults: u64,
    /// Requests refused because they could not be recorded.
    pub rejections: u64,
    /// Requests begun and not ended.
    pub open: u64,
    /// Thousandths of the file system that are free, where it says; below
    /// [`Status::LITTLE_ROOM`] somebody should look.
    pub free_permille: Option<u64>,
}

impl Status {
    /// A twentieth.
    pub const LITTLE_ROOM: u64 = 50;

    /// Whether the disk is about to be full.
    #[must_use]
    pub fn has_little_room(&self) -> bool {
        self.free_permille
            .is_some_and(|free| free < Self::LITTLE_ROOM)
    }
}

/// A connection that ended before there was a request.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionRejected {
    /// The peer.
    pub source: IpAddr,
    /// Which of our ports.
    pub listener: &'static str,
    /// Why, in our own words.
    pub reason: &'static str,
    /// The code of the answer, if there was one.
    pub code: Code,
    /// The id the answer carried.
    pub request: RequestId,
}
