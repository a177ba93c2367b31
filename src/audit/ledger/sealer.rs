//! When and where checkpoints are written.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::chain::Chain;
use crate::audit::seal::{Checkpoint, KeyFiles, SigningKey};

/// A checkpoint is due after so many records (TELEMETRY §5),
const RECORDS: u64 = 1_000;
/// or after so long, if there is a record at all that it would cover.
const TIME: Duration = Duration::from_secs(10);

/// The name of the file beside the segments that has every checkpoint.
pub(in crate::audit) const LOG: &str = "checkpoints.log";

/// Signs the tree.
#[derive(Debug)]
pub(super) struct Sealer {
    log: PathBuf,
    files: KeyFiles,
    key: SigningKey,
    size: u64,
    at: Instant,
}

impl Sealer {
    pub(super) fn new(directory: &Path, files: KeyFiles, key: SigningKey) -> Self {
        Self {
            log: directory.join(LOG),
            files,
            key,
            size: 0,
            at: Instant::now(),
        }
    }

    /// Whether the tree has grown enough.
    pub(super) fn is_due(&self, chain: &Chain, now: Instant) -> bool {
        let more = chain.tree().size().saturating_sub(self.size);
        more >= RECORDS || (more > 0 && now.saturating_duration_since(self.at) >= TIME)
    }

    /// Whether there is something no checkpoint covers.
    pub(super) const fn is_behind(&self, chain: &Chain) -> bool {
        chain.tree().size() > self.size
    }

    /// A note of the tree as it is on the disk.
    pub(super) fn note(&mut self, chain: &Chain, next: Option<&SigningKey>) -> String {
        self.size = chain.tree().size();
        self.at = Instant::now();
        let checkpoint = Checkpoint {
            stream: chain.stream(),
            size: self.size,
            root: chain.tree().root(),
        };
        let keys: Vec<&SigningKey> = std::iter::once(&self.key).chain(next).collect();
        checkpoint.note(&keys)
    }

    /// Puts the note beside the segments too.
    pub(super) fn log(&self, note: &str) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.log)?;
        writeln!(file, "{note}")?;
        file.sync_data()
    }

    /// The next stream's tree is another one.
    pub(super) fn restart(&mut self) {
        self.size = 0;
        self.at = Instant::now();
    }

    /// Makes the key that will sign from the next checkpoint on.
    pub(super) fn prepare(&self) -> io::Result<SigningKey> {
        self.files.prepare()
    }

    /// Destroys the old key.
    pub(super) fn adopt(&mut self, next: SigningKey) -> io::Result<()> {
        self.files.adopt()?;
        self.key = next;
        Ok(())
    }
}
