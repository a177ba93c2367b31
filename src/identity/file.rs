//! The keyring file, as `portcullis keys` changes it.
//!
//! One writer at a time (a lock file beside it), one rename per change: the
//! gateway, which only reads, sees the old keyring or the new one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::{
    durable,
    key::{self, NoRandomness},
    keyring::{self, KeyEntry, Keyring, KeyringFault},
};
use crate::primitives::{Caller, CredentialId, MasterKey, Secret, Team, Tenant};

/// For whom a key is made, and for how long.
#[derive(Debug, Clone)]
pub struct MintRequest {
    /// Who will hold it: see [`Caller::is_owner`].
    pub owner: String,
    /// The unit the owner works for.
    pub team: Team,
    /// Whose data it is; the team's where absent.
    pub tenant: Option<Tenant>,
    /// How long it is valid; [`DEFAULT_EXPIRY`] where absent, at most
    /// [`LONGEST_EXPIRY`], at least a second.
    pub expires_in: Option<Duration>,
}

/// Makes a key and adds its tag to the keyring, which is created where there
/// is none. The key is returned once and kept nowhere.
///
/// # Errors
/// When the request asks for what a key cannot have, or the file cannot be
/// read or written; the file is then unchanged.
pub fn mint(
    file: &Path,
    request: &MintRequest,
    master: &MasterKey,
    now: Timestamp,
) -> Result<(Secret, KeyEntry), KeyFileError> {
    if !Caller::is_owner(&request.owner) {
        return Err(KeyFileError::Owner);
    }
    let expires = expiry(request.expires_in, now)?;
    let fresh = key::new_key()?;
    let pepper = keyring::pepper(master).map_err(KeyringFault::from)?;
    let entry = KeyEntry {
        tag: keyring::tag_of(&pepper, &fresh.key).ok_or(KeyringFault::Unwritable)?,
        id: fresh.id,
        owner: Arc::from(request.owner.as_str()),
        team: request.team.clone(),
        tenant: request.tenant.clone(),
        created: now,
        expires,
        revoked: None,
    };
    change(file, true, |ring| {
        ring.add(entry.clone())?;
        Ok(())
    })?;
    Ok((fresh.key, entry))
}

/// All keys of a keyring, oldest first.
///
/// # Errors
/// When the file cannot be read.
pub fn list(file: &Path) -> Result<Vec<KeyEntry>, KeyFileError> {
    let ring = Keyring::parse(&read(file)?)?;
    Ok(ring.entries().into_iter().cloned().collect())
}

/// Revokes a key; a running gateway refuses it within a second.
///
/// # Errors
/// When there is no such key, or the file cannot be read or written.
pub fn revoke(file: &Path, id: &CredentialId, now: Timestamp) -> Result<KeyEntry, KeyFileError> {
    change(file, false, |ring| {
        ring.revoke(id, now)
            .ok_or_else(|| KeyFileError::Unknown(id.clone()))
    })
}

/// The file's text, bounded.
pub(super) fn read(file: &Path) -> Result<String, KeyringFault> {
    let unreadable = |error: io::Error| KeyringFault::Unreadable(error.kind());
    let mut text = String::new();
    let bytes = File::open(file)
        .map_err(unreadable)?
        .take(keyring::LARGEST_FILE.saturating_add(1))
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= keyring::LARGEST_FILE) {
        Ok(text)
    } else {
        Err(KeyringFault::TooLarge)
    }
}

/// Why the keyring file was not changed.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The keyring itself is at fault.
    #[error(transparent)]
    Keyring(#[from] KeyringFault),
    /// The file, its lock or its directory cannot be used.
    #[error("the keyring cannot be written: {0}")]
    File(#[from] io::Error),
    /// No key has that id.
    #[error("the keyring has no key `{0}`")]
    Unknown(CredentialId),
    /// The owner's name has characters it may not have.
    #[error(
        "an owner is 1 to {} characters of visible ASCII",
        Caller::LONGEST_OWNER
    )]
    Owner,
    /// The key would be valid for too long, or not at all.
    #[error("a key is valid for 1 second to 365 days")]
    Expiry,
    /// No key can be made.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// Reads, changes and writes while nobody else does.
fn change<T>(
    file: &Path,
    may_create: bool,
    edit: impl FnOnce(&mut Keyring) -> Result<T, KeyFileError>,
) -> Result<T, KeyFileError> {
    let file = target_of(file);
    let _lock = lock(&file)?;
    let mut ring = match read(&file) {
        Ok(text) => Keyring::parse(&text)?,
        Err(KeyringFault::Unreadable(io::ErrorKind::NotFound)) if may_create => Keyring::default(),
        Err(fault) => return Err(fault.into()),
    };
    let outcome = edit(&mut ring)?;
    durable::replace(&file, ring.to_text()?.as_bytes())?;
    Ok(outcome)
}

/// What a link leads to: renaming over the link would cut it.
fn target_of(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_missing| file.to_owned())
}

/// Waits for the lock, held until the file returned is dropped.
fn lock(file: &Path) -> io::Result<File> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(durable::directory_of(file).join(name))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(lock)
}

fn expiry(asked: Option<Duration>, now: Timestamp) -> Result<Timestamp, KeyFileError> {
    let asked = asked.unwrap_or(DEFAULT_EXPIRY);
    if asked < Duration::from_secs(1) || asked > LONGEST_EXPIRY {
        return Err(KeyFileError::Expiry);
    }
    let asked = SignedDuration::try_from(asked).map_err(|_range| KeyFileError::Expiry)?;
    now.checked_add(asked)
        .map_err(|_range| KeyFileError::Expiry)
}

const DAY: Duration = Duration::from_secs(86_400);
/// DESIGN §5.
pub const DEFAULT_EXPIRY: Duration = DAY.saturating_mul(90);
/// DESIGN §5.
pub const LONGEST_EXPIRY: Duration = DAY.saturating_mul(365);

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn master() -> MasterKey {
        MasterKey::new(&[7; 32]).expect("32 bytes")
    }

    fn for_alice(expires_in: Option<Duration>) -> MintRequest {
        MintRequest {
            owner: "alice".into(),
            team: Team::new("data-science").expect("a team"),
            tenant: None,
            expires_in,
        }
    }

    #[test]
    fn a_key_is_stored_as_a_tag_in_a_file_of_its_owner() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        let (key, entry) = mint(&file, &for_alice(None), &master(), NOW).expect("minted");
        let text = fs::read_to_string(&file).expect("read");
        let secret = key.expose().rsplit('_').next().expect("a secret");
        assert!(!text.contains(secret));
        assert!(text.contains(entry.id.as_str()));
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(list(&file).expect("listed"), [entry]);
    }

    #[test]
    fn a_key_expires_after_90_days_and_never_later_than_365() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        let valid_for = |asked| {
            mint(&file, &for_alice(asked), &master(), NOW)
                .map(|(_, entry)| entry.expires.duration_since(NOW).as_hours() / 24)
        };
        assert_eq!(valid_for(None).expect("minted"), 90);
        assert_eq!(valid_for(Some(DAY * 365)).expect("minted"), 365);
        for wrong in [DAY * 365 + Duration::from_secs(1), Duration::ZERO] {
            assert!(matches!(valid_for(Some(wrong)), Err(KeyFileError::Expiry)));
        }
    }

    #[test]
    fn revoking_keeps_the_first_date_and_knows_its_keys() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        let (_, entry) = mint(&file, &for_alice(None), &master(), NOW).expect("minted");
        revoke(&file, &entry.id, NOW).expect("revoked");
        let again = revoke(&file, &entry.id, Timestamp::MAX).expect("revoked");
        assert_eq!(again.revoked, Some(NOW));
        assert!(!list(&file).expect("listed")[0].is_valid(NOW));
        let other = CredentialId::new("nobody").expect("an id");
        assert!(matches!(
            revoke(&file, &other, NOW),
            Err(KeyFileError::Unknown(_))
        ));
    }

    #[test]
    fn a_broken_keyring_is_not_written_over() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        fs::write(&file, "version: 1\nkeys: [").expect("written");
        assert!(mint(&file, &for_alice(None), &master(), NOW).is_err());
        assert_eq!(fs::read(&file).expect("read"), b"version: 1\nkeys: [");
        assert!(
            revoke(
                &home.path().join("none"),
                &CredentialId::new("a").expect("an id"),
                NOW
            )
            .is_err()
        );
    }

    #[test]
    fn a_link_to_the_keyring_stays_a_link() {
        let home = tempfile::tempdir().expect("a directory");
        let (file, link) = (home.path().join("real"), home.path().join("link"));
        mint(&file, &for_alice(None), &master(), NOW).expect("minted");
        symlink(&file, &link).expect("linked");
        mint(&link, &for_alice(None), &master(), NOW).expect("minted");
        assert!(link.is_symlink());
        assert_eq!(list(&file).expect("listed").len(), 2);
    }

    #[test]
    fn writers_at_the_same_time_lose_no_key() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..4 {
                        mint(&file, &for_alice(None), &master(), NOW).expect("minted");
                    }
                });
            }
        });
        assert_eq!(list(&file).expect("listed").len(), 16);
    }

    #[test]
    fn a_keyring_beyond_its_size_is_not_read() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        let sparse = File::create(&file).expect("created");
        sparse
            .set_len(keyring::LARGEST_FILE + 1)
            .expect("stretched");
        assert_eq!(read(&file), Err(KeyringFault::TooLarge));
    }
}
