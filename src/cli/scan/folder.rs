//! Files to scan: which ones, and their text.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

/// The files of a folder in the order of their names. Hidden ones belong to
/// it: `.env` is where secrets are. Links are not followed.
pub(super) fn walk(folder: &Path) -> impl Iterator<Item = Result<PathBuf, String>> {
    let files = WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    files.filter_map(|entry| match entry {
        Ok(entry) => {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            is_file.then(|| Ok(entry.into_path()))
        }
        Err(error) => Some(Err(error.to_string())),
    })
}

/// The text of a file; `None` where it is not text.
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    text_of(bytes)
}

/// Bytes as text; `None` where they are not.
pub(super) fn text_of(bytes: Vec<u8>) -> Result<Option<String>, String> {
    if u64::try_from(bytes.len()).is_ok_and(|size| size > LARGEST) {
        let most = LARGEST.div_euclid(1 << 20);
        return Err(format!("is larger than {most} MiB, split it"));
    }
    // A NUL makes it something else than text, as grep has it.
    let text = String::from_utf8(bytes).ok();
    Ok(text.filter(|text| !text.contains('\0')))
}

/// Bytes of one text.
pub(super) const LARGEST: u64 = 64 << 20;
