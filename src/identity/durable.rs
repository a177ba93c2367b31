//! Files that are whole or not there.
//!
//! The text goes to a file beside the target, readable by its owner alone,
//! reaches the disk, and only then takes the target's name; then the directory
//! reaches the disk too. A crash leaves the old file or the new one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// Puts `bytes` in the place of whatever `path` is now.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = Temporary::with(path, bytes)?;
    fs::rename(&temporary.0, path)?;
    sync_directory(path)
}

/// Makes `path`, which must not exist: a link, unlike a rename, does not
/// replace what another process made meanwhile.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = Temporary::with(path, bytes)?;
    fs::hard_link(&temporary.0, path)?;
    sync_directory(path)
}

/// The directory a file is in.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// A file under a name nobody else uses, removed when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn with(target: &Path, bytes: &[u8]) -> io::Result<Self> {
        let name = format!(".portcullis-{}", Uuid::new_v4().simple());
        let temporary = Self(directory_of(target).join(name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary.0)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(temporary)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // after a rename there is nothing left to remove
        fs::remove_file(&self.0).ok();
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_new_file_is_for_its_owner_and_alone_in_its_directory() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("x");
        replace(&path, b"one").expect("written");
        replace(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(home.path()).expect("listed").count(), 1);
    }

    #[test]
    fn creating_does_not_replace() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("x");
        create(&path, b"one").expect("written");
        let second = create(&path, b"two").expect_err("taken");
        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"one");
        assert_eq!(fs::read_dir(home.path()).expect("listed").count(), 1);
    }
}
