//! The few things the ledger asks of a file system, apart, so that tests can
//! let each of them fail.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::{fs::FallocateFlags, io::Errno};

/// Makes files.
pub(in crate::audit) trait Disk: Send + fmt::Debug {
    /// A new file with `room` bytes reserved; its name is durable too.
    fn create(&self, path: &Path, room: u64) -> io::Result<Box<dyn Appender>>;
}

/// A file that only grows.
pub(in crate::audit) trait Appender: Send + fmt::Debug {
    /// Appends all of `bytes`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Waits until everything appended is on the disk. After an error the
    /// kernel may have forgotten what it could not write, so nobody asks again.
    fn sync(&mut self) -> io::Result<()>;
    /// Gives the reserved rest back.
    fn shorten(&mut self, length: u64) -> io::Result<()>;
}

/// The real one.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path, room: u64) -> io::Result<Box<dyn Appender>> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, room) {
            // a file system that cannot reserve room runs out of it later
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(errno) => {
                fs::remove_file(path)?;
                return Err(errno.into());
            }
        }
        file.sync_all()?;
        if let Some(directory) = path.parent() {
            sync_directory(directory)?;
        }
        Ok(Box::new(file))
    }
}

impl Appender for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn shorten(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

/// Makes names in a directory durable.
pub(in crate::audit) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Thousandths of the file system that this process may still fill.
pub(in crate::audit) fn free_permille(path: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(path).ok()?;
    about
        .f_bavail
        .saturating_mul(1_000)
        .checked_div(about.f_blocks)
}
