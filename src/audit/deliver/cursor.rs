//! How far delivery has come, and what could not be delivered.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::audit::{entry::Entry, ledger::Position};

/// Everything before it was accepted or is a dead letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::audit) struct Cursor {
    pub(in crate::audit) position: Position,
    pub(in crate::audit) delivered: u64,
    pub(in crate::audit) dead_lettered: u64,
}

const NAME: &str = "cursor";

const GRAVEYARD: &str = "dead-letter";

impl Cursor {
    /// Reads the file; where there is none, delivery begins at the beginning.
    pub(in crate::audit) fn load(directory: &Path) -> io::Result<Self> {
        match fs::read(directory.join(NAME)) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file; a crash leaves the old one or the new one.
    pub(super) fn save(&self, directory: &Path) -> io::Result<()> {
        write_whole(directory, NAME, &serde_json::to_vec(self)?)
    }
}

/// Puts a record's exact bytes into `dead-letter/`, under its id.
pub(super) fn bury(directory: &Path, entry: &Entry) -> io::Result<()> {
    let graveyard = directory.join(GRAVEYARD);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&graveyard)?;
    File::open(directory)?.sync_all()?;
    let name = entry.record_id().unwrap_or_default();
    write_whole(&graveyard, &format!("{name}.json"), entry.bytes())
}

/// How many dead letters there are.
pub(in crate::audit) fn dead_letters(directory: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(directory.join(GRAVEYARD)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut many = 0_u64;
    for entry in entries {
        let is_letter = entry?
            .path()
            .extension()
            .is_some_and(|ending| ending == "json");
        many = many.saturating_add(u64::from(is_letter));
    }
    Ok(many)
}

fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = directory.join(format!("{name}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, directory.join(name))?;
    File::open(directory)?.sync_all()
}
