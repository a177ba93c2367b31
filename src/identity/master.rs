//! The master secret's file.
//!
//! Made at the first start where there is none, so that nobody has to invent a
//! secret, and refused where others may read it. Replicas share the file.
//! Hexadecimal digits only: a passphrase would be accepted byte for byte by
//! anything more lenient, and is no secret of 256 bits.

use std::{
    fs::{DirBuilder, File},
    io::{self, Read as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::Path,
};

use aws_lc_rs::rand;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{durable, hex};
use crate::primitives::{MASTER_BYTES, MasterKey};

/// Loads the master secret, or makes one where there is no file.
///
/// # Errors
/// When the file can be read by others than its owner, does not hold a
/// secret, or cannot be read or made.
pub fn load_or_create_master(path: &Path) -> Result<MasterKey, MasterFault> {
    match File::open(path) {
        Ok(file) => load(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            load(&File::open(path).map_err(MasterFault::Unreadable)?)
        }
        Err(error) => Err(MasterFault::Unreadable(error)),
    }
}

/// Loads the master secret; refuses where there is no file.
///
/// # Errors
/// As [`load_or_create_master`].
pub fn load_master(path: &Path) -> Result<MasterKey, MasterFault> {
    load(&File::open(path).map_err(MasterFault::Unreadable)?)
}

/// Why there is no master secret.
#[derive(Debug, Error)]
pub enum MasterFault {
    /// It cannot be read.
    #[error("the master secret cannot be read: {0}")]
    Unreadable(io::Error),
    /// It cannot be made.
    #[error("the master secret cannot be made: {0}")]
    Unmade(io::Error),
    /// Others than its owner may read it.
    #[error("the master secret has mode {0:03o}: others may read it, `chmod 600` it")]
    Exposed(u32),
    /// It is a directory, a device, a pipe.
    #[error("the master secret is not a regular file")]
    NotAFile,
    /// The text is not a secret.
    #[error(
        "the master secret is not 64 or more random hexadecimal digits: `openssl rand -hex 32` makes one"
    )]
    NotASecret,
}

/// Checks the file that is open, not the name, which may lead elsewhere later.
fn load(file: &File) -> Result<MasterKey, MasterFault> {
    let about = file.metadata().map_err(MasterFault::Unreadable)?;
    if !about.is_file() {
        return Err(MasterFault::NotAFile);
    }
    let mode = about.mode() & 0o777;
    if mode & FOR_OTHERS != 0 {
        return Err(MasterFault::Exposed(mode));
    }
    let mut text = Zeroizing::new(String::with_capacity(LARGEST_FILE));
    file.take(u64::try_from(LARGEST_FILE).unwrap_or_default())
        .read_to_string(&mut text)
        .map_err(MasterFault::Unreadable)?;
    let bytes = Zeroizing::new(hex::decode(text.trim()).ok_or(MasterFault::NotASecret)?);
    if !looks_random(&bytes) {
        return Err(MasterFault::NotASecret);
    }
    MasterKey::new(&bytes).map_err(|_weak| MasterFault::NotASecret)
}

/// Refuses `0000…` and the like. 32 random bytes with fewer than 16 different
/// values do not happen (less than 2^-70).
fn looks_random(bytes: &[u8]) -> bool {
    let mut seen = Zeroizing::new(bytes.to_vec());
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= MASTER_BYTES / 2
}

/// Two replicas that start together make one secret: the second finds the
/// first's file in its way and loads it.
fn make(path: &Path) -> Result<(), MasterFault> {
    let mut bytes = Zeroizing::new([0_u8; MASTER_BYTES]);
    rand::fill(bytes.as_mut_slice())
        .map_err(|_unspecified| MasterFault::Unmade(io::ErrorKind::Other.into()))?;
    let mut text = Zeroizing::new(hex::encode(bytes.as_slice()));
    text.push('\n');
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(durable::directory_of(path))
        .map_err(MasterFault::Unmade)?;
    match durable::create(path, text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(MasterFault::Unmade(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Permission bits of everybody but the owner.
const FOR_OTHERS: u32 = 0o077;
/// Room for 2,048 bytes of secret.
const LARGEST_FILE: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Purpose;
    use aws_lc_rs::hmac;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
    };

    fn tag(master: &MasterKey) -> Vec<u8> {
        let key = master.derive(Purpose::KeyPepper, "").expect("a key");
        hmac::sign(&key, b"x").as_ref().to_vec()
    }

    fn file_with(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("master.key");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("set");
        (home, path)
    }

    const GOOD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

    #[test]
    fn the_first_start_makes_a_secret_that_later_starts_load() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("state/master.key");
        assert!(load_master(&path).is_err());
        let first = load_or_create_master(&path).expect("made");
        let again = load_or_create_master(&path).expect("loaded");
        assert_eq!(tag(&first), tag(&again));
        assert_eq!(tag(&first), tag(&load_master(&path).expect("loaded")));
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = load_or_create_master(&home.path().join("other")).expect("made");
        assert_ne!(tag(&first), tag(&other));
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o660, 0o610] {
            let (_home, path) = file_with(GOOD, mode);
            assert!(
                matches!(load_or_create_master(&path), Err(MasterFault::Exposed(seen)) if seen == mode),
                "{mode:o}"
            );
        }
        for mode in [0o600, 0o400] {
            let (_home, path) = file_with(GOOD, mode);
            assert!(load_or_create_master(&path).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn a_placeholder_is_not_a_secret() {
        let zeros = "00".repeat(32);
        let passphrase = "change me change me change me change me change me change me chan";
        for text in [
            "",
            "abcd",
            &zeros,
            passphrase,
            GOOD.get(..62).unwrap_or_default(),
        ] {
            let (_home, path) = file_with(text, 0o600);
            assert!(
                matches!(load_or_create_master(&path), Err(MasterFault::NotASecret)),
                "{text}"
            );
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
        }
        let (home, _path) = file_with(GOOD, 0o600);
        assert!(load_or_create_master(home.path()).is_err());
    }
}
