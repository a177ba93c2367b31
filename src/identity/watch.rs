//! Follows the keyring file while the gateway runs.
//!
//! Looks four times a second instead of asking the kernel to tell: links
//! swapped by Kubernetes, network file systems and renames all look the same
//! this way, and a revocation is seen within a second on each of them.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use aws_lc_rs::digest;

use super::{
    file,
    keyring::{Keyring, KeyringFault},
};

/// What happened to the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringEvent {
    /// A new keyring is in force.
    Loaded {
        /// How many keys it has, valid or not.
        keys: usize,
    },
    /// The file is at fault; the last good keyring stays in force. Told once
    /// for each state of the file.
    Broken(KeyringFault),
}

/// A thread that follows one file until this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _running: mpsc::Sender<()>,
}

impl Watch {
    /// Loads the keyring, then follows it.
    pub(super) fn start(
        file: &Path,
        report: impl Fn(KeyringEvent) + Send + 'static,
    ) -> Result<(Arc<ArcSwap<Keyring>>, Self), KeyringFault> {
        let mut follower = Follower::open(file)?;
        let ring = Arc::clone(&follower.ring);
        let (running, stopped) = mpsc::channel();
        thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    // a reporter that panics must not end the watch
                    let told = catch_unwind(AssertUnwindSafe(|| follower.look().map(&report)));
                    drop(told);
                }
            })
            .map_err(|_spawn| KeyringFault::Unwatched)?;
        Ok((ring, Self { _running: running }))
    }
}

/// One file and what was last seen of it.
struct Follower {
    file: PathBuf,
    ring: Arc<ArcSwap<Keyring>>,
    stamp: Option<Stamp>,
    content: Option<Vec<u8>>,
    fault: Option<KeyringFault>,
}

impl Follower {
    fn open(file: &Path) -> Result<Self, KeyringFault> {
        let stamp = Stamp::of(file);
        let text = file::read(file)?;
        Ok(Self {
            file: file.to_owned(),
            ring: Arc::new(ArcSwap::from_pointee(Keyring::parse(&text)?)),
            stamp,
            content: Some(fingerprint(&text)),
            fault: None,
        })
    }

    /// Looks once. The stamp is taken before the text is read, so a change in
    /// between is seen the next time.
    fn look(&mut self) -> Option<KeyringEvent> {
        let stamp = Stamp::of(&self.file);
        if stamp.is_some() && stamp == self.stamp && stamp.is_some_and(Stamp::is_settled) {
            return None;
        }
        self.stamp = stamp;
        match file::read(&self.file) {
            Ok(text) => self.take(&text),
            Err(fault) => {
                self.content = None;
                self.break_with(fault)
            }
        }
    }

    fn take(&mut self, text: &str) -> Option<KeyringEvent> {
        let content = Some(fingerprint(text));
        if content == self.content {
            return None;
        }
        self.content = content;
        match Keyring::parse(text) {
            Ok(ring) => {
                let keys = ring.len();
                self.ring.store(Arc::new(ring));
                self.fault = None;
                Some(KeyringEvent::Loaded { keys })
            }
            Err(fault) => self.break_with(fault),
        }
    }

    fn break_with(&mut self, fault: KeyringFault) -> Option<KeyringEvent> {
        if self.fault.as_ref() == Some(&fault) {
            return None;
        }
        self.fault = Some(fault.clone());
        Some(KeyringEvent::Broken(fault))
    }
}

/// What the file system says about a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    bytes: u64,
    written: (i64, i64),
    changed: (i64, i64),
    settled: bool,
}

impl Stamp {
    fn of(file: &Path) -> Option<Self> {
        let about = fs::metadata(file).ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let now = i64::try_from(now.as_secs()).ok()?;
        Some(Self {
            place: (about.dev(), about.ino()),
            bytes: about.size(),
            written: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
            settled: now.saturating_sub(about.ctime()) > TICK_SECONDS,
        })
    }

    /// Whether the last change is old enough for the next one to have another
    /// time: clocks of file systems tick slowly, and two changes within a tick
    /// of the same length look alike. A young file is read every time.
    const fn is_settled(self) -> bool {
        self.settled
    }
}

fn fingerprint(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes())
        .as_ref()
        .to_vec()
}

/// Four looks a second: a change is in force well within the second promised.
const INTERVAL: Duration = Duration::from_millis(250);
/// The coarsest clock of a file system in use is FAT's, with two seconds.
const TICK_SECONDS: i64 = 2;

#[cfg(test)]
mod tests {
    use super::super::file::{MintRequest, mint, revoke};
    use super::*;
    use crate::primitives::{MasterKey, Team};
    use jiff::Timestamp;
    use std::{os::unix::fs::symlink, time::Instant};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn mint_in(file: &Path) -> crate::primitives::CredentialId {
        let request = MintRequest {
            owner: "alice".into(),
            team: Team::new("data-science").expect("a team"),
            tenant: None,
            expires_in: None,
        };
        let master = MasterKey::new(&[7; 32]).expect("32 bytes");
        mint(file, &request, &master, NOW).expect("minted").1.id
    }

    #[test]
    fn a_change_is_taken_once() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        let id = mint_in(&file);
        let mut follower = Follower::open(&file).expect("a keyring");
        assert_eq!(follower.look(), None);
        mint_in(&file);
        assert_eq!(follower.look(), Some(KeyringEvent::Loaded { keys: 2 }));
        assert_eq!(follower.look(), None);
        revoke(&file, &id, NOW).expect("revoked");
        assert_eq!(follower.look(), Some(KeyringEvent::Loaded { keys: 2 }));
        let ring = follower.ring.load();
        assert!(!ring.get(&id).expect("there").is_valid(NOW));
    }

    #[test]
    fn a_change_of_the_same_length_in_place_is_seen() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        mint_in(&file);
        let mut follower = Follower::open(&file).expect("a keyring");
        let text = fs::read_to_string(&file).expect("read");
        fs::write(&file, text.replace("alice", "carol")).expect("written");
        assert_eq!(follower.look(), Some(KeyringEvent::Loaded { keys: 1 }));
    }

    #[test]
    fn a_broken_file_leaves_the_old_keyring_and_is_told_once() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        mint_in(&file);
        let good = fs::read(&file).expect("read");
        let mut follower = Follower::open(&file).expect("a keyring");
        for wreck in [Some("version: 9\nkeys: []\n"), None, Some("keys: [")] {
            match wreck {
                Some(text) => fs::write(&file, text).expect("written"),
                None => fs::remove_file(&file).expect("removed"),
            }
            let event = follower.look();
            assert!(matches!(event, Some(KeyringEvent::Broken(_))), "{event:?}");
            assert_eq!(follower.look(), None);
            assert_eq!(follower.ring.load().len(), 1);
        }
        fs::write(&file, good).expect("written");
        assert_eq!(follower.look(), Some(KeyringEvent::Loaded { keys: 1 }));
    }

    #[test]
    fn a_swapped_link_is_followed() {
        let home = tempfile::tempdir().expect("a directory");
        let (one, two) = (home.path().join("1"), home.path().join("2"));
        for (folder, keys) in [(&one, 1), (&two, 2)] {
            fs::create_dir(folder).expect("a directory");
            for _ in 0..keys {
                mint_in(&folder.join("keys.yaml"));
            }
        }
        let (data, next) = (home.path().join("..data"), home.path().join("next"));
        symlink(&one, &data).expect("linked");
        let mut follower = Follower::open(&data.join("keys.yaml")).expect("a keyring");
        symlink(&two, &next).expect("linked");
        fs::rename(&next, &data).expect("swapped");
        assert_eq!(follower.look(), Some(KeyringEvent::Loaded { keys: 2 }));
    }

    #[test]
    fn without_a_keyring_there_is_no_start() {
        let home = tempfile::tempdir().expect("a directory");
        let missing = Watch::start(&home.path().join("keys.yaml"), |_| {});
        assert!(matches!(missing, Err(KeyringFault::Unreadable(_))));
    }

    #[test]
    fn the_thread_brings_changes_and_survives_its_reporter() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("keys.yaml");
        mint_in(&file);
        let (ring, _watch) = Watch::start(&file, |_| panic!("reporter")).expect("started");
        for keys in [2, 3] {
            mint_in(&file);
            let since = Instant::now();
            while ring.load().len() < keys && since.elapsed() < Duration::from_secs(30) {
                thread::sleep(Duration::from_millis(10));
            }
            assert_eq!(ring.load().len(), keys);
        }
    }
}
