//! The files of the signing key: the private one, and the list of public ones.
//!
//! `audit.key` holds the seed in hexadecimal digits, for its owner alone.
//! `audit-keys.txt` holds one line for each key there ever was: the vkey and
//! since when it is used. The list is what a verifier needs; it should be kept
//! somewhere else too, because whoever can write it can add a key.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::note::{SigningKey, VerifyingKey, is_name};
use crate::audit::hex;

/// Where the keys are, and under which name they sign.
#[derive(Debug, Clone)]
pub(in crate::audit) struct KeyFiles {
    private: PathBuf,
    list: PathBuf,
    origin: String,
}

impl KeyFiles {
    /// Files in `directory`; `origin` is the name of every key.
    pub(in crate::audit) fn new(directory: &Path, origin: String) -> Self {
        Self {
            private: directory.join("audit.key"),
            list: directory.join("audit-keys.txt"),
            origin,
        }
    }

    /// The key in use; made at the first start.
    ///
    /// # Errors
    /// When others may read it, when it is no key, or when the disk fails.
    pub(in crate::audit) fn load_or_create(&self) -> io::Result<SigningKey> {
        if !is_name(&self.origin) {
            return Err(io::Error::other("the origin has a space or a `+` in it"));
        }
        // of a rotation that never came to its end
        if let Err(error) = fs::remove_file(self.fresh())
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        match File::open(&self.private) {
            Ok(file) => {
                let key = self.read(&file)?;
                self.list_if_new(key.public())?;
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = self.prepare()?;
                self.adopt()?;
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a new key beside the one in use and lists it.
    pub(in crate::audit) fn prepare(&self) -> io::Result<SigningKey> {
        let no_randomness = || io::Error::other("no random bytes");
        let seed = SigningKey::new_seed().ok_or_else(no_randomness)?;
        let key = SigningKey::from_seed(&self.origin, seed.as_slice()).ok_or_else(no_randomness)?;
        let text = Zeroizing::new(format!("{}\n", hex::text(seed.as_slice())));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.fresh())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.list_if_new(key.public())?;
        Ok(key)
    }

    /// Puts the new key in the place of the old one, which is gone then.
    pub(in crate::audit) fn adopt(&self) -> io::Result<()> {
        fs::rename(self.fresh(), &self.private)?;
        self.sync_directory()
    }

    fn fresh(&self) -> PathBuf {
        self.private.with_extension("key.new")
    }

    fn read(&self, file: &File) -> io::Result<SigningKey> {
        let about = file.metadata()?;
        if about.mode() & FOR_OTHERS != 0 {
            let text = "audit.key can be read by others than its owner: `chmod 600` it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(LARGEST_FILE).read_to_string(&mut text)?;
        let seed = Zeroizing::new(hex::array::<32>(text.trim()).unwrap_or_default());
        let random = seed.iter().any(|byte| *byte != 0);
        SigningKey::from_seed(&self.origin, seed.as_slice())
            .filter(|_key| random)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "audit.key holds no key"))
    }

    fn list_if_new(&self, key: &VerifyingKey) -> io::Result<()> {
        let known = match fs::read_to_string(&self.list) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        if parse_list(&known).is_some_and(|keys| keys.contains(key)) {
            return Ok(());
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o644)
            .open(&self.list)?;
        writeln!(file, "{key} since {:.0}", Timestamp::now())?;
        file.sync_all()?;
        self.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        match self.private.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => {
                File::open(directory)?.sync_all()
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The keys in a list file.
///
/// # Errors
/// When it cannot be read, or holds something that is no key.
pub(in crate::audit) fn listed_keys(path: &Path) -> io::Result<Vec<VerifyingKey>> {
    let text = fs::read_to_string(path)?;
    parse_list(&text).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "holds a line that does not begin with a key",
        )
    })
}

/// Empty lines and lines that begin with `#` are passed over.
fn parse_list(text: &str) -> Option<Vec<VerifyingKey>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| VerifyingKey::parse(line.split(' ').next()?))
        .collect()
}

/// Permission bits of everybody but the owner.
const FOR_OTHERS: u32 = 0o077;
/// More than a key needs.
const LARGEST_FILE: u64 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    #[test]
    fn the_first_start_makes_a_key_that_later_starts_load_and_list_once() {
        let home = tempfile::tempdir().expect("a directory");
        let files = KeyFiles::new(home.path(), "example.test/log".to_owned());
        let first = files.load_or_create().expect("made").public().clone();
        assert_eq!(files.load_or_create().expect("loaded").public(), &first);
        let list = home.path().join("audit-keys.txt");
        assert_eq!(
            listed_keys(&list).expect("a list"),
            std::slice::from_ref(&first)
        );
        let key = home.path().join("audit.key");
        let mode = fs::metadata(&key).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let next = files.prepare().expect("made").public().clone();
        assert_eq!(
            files.load_or_create().expect("loaded").public(),
            &first,
            "not adopted"
        );
        assert!(files.adopt().is_err(), "and gone");
        assert_eq!(listed_keys(&list).expect("a list"), [first, next]);
    }

    #[test]
    fn a_key_others_may_read_and_a_file_without_a_key_are_refused() {
        let home = tempfile::tempdir().expect("a directory");
        let files = KeyFiles::new(home.path(), "example.test/log".to_owned());
        files.load_or_create().expect("made");
        let key = home.path().join("audit.key");
        fs::set_permissions(&key, Permissions::from_mode(0o640)).expect("set");
        assert!(files.load_or_create().is_err());
        for text in ["", "00", &"0".repeat(64), &"g".repeat(64)] {
            fs::write(&key, text).expect("written");
            fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("set");
            assert!(files.load_or_create().is_err(), "{text}");
        }
    }
}
