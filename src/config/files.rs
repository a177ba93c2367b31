//! Reading the files of a configuration, with a bound and a digest.
//!
//! The digest is `portcullis.config.digest` of the audit record: it says under
//! which rules a request was decided. Credentials, keys and the master secret
//! are left out of it, so that it can be published.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    str,
};

use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use super::fault::Place;

/// Reads files and remembers what they said.
pub(super) struct Files {
    seen: Context,
}

/// Why a file is no use: the problem, what to do, and where in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) problem: String,
    pub(super) instead: String,
    pub(super) place: Option<Place>,
}

impl Unusable {
    fn new(problem: impl Into<String>, instead: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            instead: instead.into(),
            place: None,
        }
    }
}

impl Files {
    pub(super) fn new() -> Self {
        Self {
            seen: Context::new(&SHA256),
        }
    }

    /// Reads a text file and adds it to the digest, under a name that does not
    /// depend on the machine.
    pub(super) fn text(&mut self, name: &str, path: &Path) -> Result<String, Unusable> {
        let bytes = read_bounded(path, LARGEST_TEXT)?;
        for part in [name.as_bytes(), &bytes] {
            self.seen.update(&part.len().to_be_bytes());
            self.seen.update(part);
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(error) => Err(not_utf8(error.as_bytes(), error.utf8_error())),
        }
    }

    /// SHA-256 over names and contents, each behind its length; lower-case hex.
    pub(super) fn digest(self) -> String {
        let digest = self.seen.finish();
        digest
            .as_ref()
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// Reads a file nobody else may read (THREATS ADM-09).
pub(super) fn secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    private(path)?;
    read_bounded(path, LARGEST_SECRET).map(Zeroizing::new)
}

/// Whether a secret file is an ordinary file closed to the world. The group
/// may read it: that is how orchestrators hand secrets to a process.
pub(super) fn private(path: &Path) -> Result<(), Unusable> {
    let about = path.metadata().map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        return Err(Unusable::new("is not an ordinary file", "name a file"));
    }
    let mode = about.permissions().mode();
    if mode & OTHERS != 0 {
        return Err(Unusable::new(
            format!(
                "can be reached by every user of this machine (mode {:04o})",
                mode & 0o7777
            ),
            "run `chmod 0400` on it",
        ));
    }
    Ok(())
}

fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| unreadable(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= most) {
        return Ok(bytes);
    }
    Err(Unusable::new(
        format!("is larger than {} KiB", most.div_euclid(1024)),
        "name the right file",
    ))
}

fn unreadable(error: &io::Error) -> Unusable {
    let (problem, instead) = if error.kind() == io::ErrorKind::NotFound {
        ("there is no such file", "create it, or correct the path")
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        (
            "may not be read by this user",
            "give the user that runs the gateway the right to read it",
        )
    } else if error.kind() == io::ErrorKind::IsADirectory {
        ("is a folder", "name a file")
    } else {
        return Unusable::new(
            format!("cannot be read: {}", error.kind()),
            "check the file",
        );
    };
    Unusable::new(problem, instead)
}

fn not_utf8(bytes: &[u8], error: str::Utf8Error) -> Unusable {
    let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let good = str::from_utf8(good).unwrap_or_default();
    let last = good.rsplit('\n').next().unwrap_or_default();
    Unusable {
        place: Some(Place {
            line: good.matches('\n').count().saturating_add(1),
            column: last.chars().count().saturating_add(1),
        }),
        ..Unusable::new("is not UTF-8 from here on", "save the file as UTF-8")
    }
}

/// Bytes of a configuration or policy file. A thousand grants take 200 KiB.
const LARGEST_TEXT: u64 = 1024 * 1024;

/// Bytes of a credential file. The longest tokens in use are a few KiB.
const LARGEST_SECRET: u64 = 64 * 1024;

/// Permission bits of everybody who is neither owner nor group.
const OTHERS: u32 = 0o007;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_tells_which_file_said_what() {
        let folder = tempfile::tempdir().unwrap();
        let one = folder.path().join("one");
        std::fs::write(&one, "ab").unwrap();
        let digest = |names: &[&str]| {
            let mut files = Files::new();
            for name in names {
                files.text(name, &one).unwrap();
            }
            files.digest()
        };
        assert_eq!(digest(&["x"]).len(), 64);
        assert_eq!(digest(&["x"]), digest(&["x"]));
        assert_ne!(digest(&["x"]), digest(&["y"]));
        assert_ne!(digest(&["x"]), digest(&["x", "x"]));
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
        let error = Files::new().text("big", &path).unwrap_err();
        assert_eq!(error.problem, "is larger than 1024 KiB");
    }
}
