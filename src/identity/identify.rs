//! From a presented credential to a caller, or to the one refusal there is.

use std::{net::IpAddr, path::Path, sync::Arc};

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use jiff::Timestamp;

use super::{
    failures::Failures,
    key,
    keyring::{self, KeyEntry, Keyring, KeyringFault, Tag},
    presented::Presented,
    watch::{KeyringEvent, Watch},
};
use crate::primitives::{Caller, Code, CredentialId, Limits, MasterKey, Refusal};

/// Knows the keys and who failed to show one.
pub struct Identity {
    ring: Arc<ArcSwap<Keyring>>,
    pepper: hmac::Key,
    failures: Failures,
    _watch: Option<Watch>,
    #[cfg(test)]
    verified: std::sync::atomic::AtomicU64,
}

impl Identity {
    /// Reads the keyring and follows its changes: a revoked key is refused
    /// within a second. `report` is told of every change and every fault; a
    /// keyring that cannot be read leaves the last good one in force.
    ///
    /// # Errors
    /// When there is no good keyring to start with.
    pub fn open(
        file: &Path,
        master: &MasterKey,
        limits: &Limits,
        report: impl Fn(KeyringEvent) + Send + 'static,
    ) -> Result<Self, KeyringFault> {
        let (ring, watch) = Watch::start(file, report)?;
        let mut identity = Self::with_keyring(Keyring::default(), master, limits)?;
        identity.ring = ring;
        identity._watch = Some(watch);
        Ok(identity)
    }

    /// A fixed set of keys.
    ///
    /// # Errors
    /// When the pepper cannot be derived.
    pub fn with_keyring(
        ring: Keyring,
        master: &MasterKey,
        limits: &Limits,
    ) -> Result<Self, KeyringFault> {
        Ok(Self {
            ring: Arc::new(ArcSwap::from_pointee(ring)),
            pepper: keyring::pepper(master)?,
            failures: Failures::new(limits.failed_logins_per_minute),
            _watch: None,
            #[cfg(test)]
            verified: std::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Says whose key was shown. `source` is the peer's address, never a header's.
    ///
    /// INVARIANT: whatever is wrong with a key, one HMAC is verified and one
    /// refusal returned, so neither bytes nor time tell a guesser which part
    /// of the guess was right.
    ///
    /// # Errors
    /// [`Code::InvalidCredential`]; [`Code::TooManyFailures`] where the source
    /// failed too often within a minute.
    pub fn identify(
        &self,
        presented: &Presented,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Caller, Refusal> {
        let ring = self.ring.load();
        let entry = entry_for(&ring, presented);
        let genuine = self.is_genuine(presented, entry.map_or(&NO_TAG, |entry| &entry.tag));
        let caller = entry
            .filter(|entry| genuine && entry.is_valid(now))
            .and_then(KeyEntry::caller);
        caller.ok_or_else(|| match self.failures.count(source, now) {
            None => invalid_credential(),
            Some(wait) => Refusal::new(
                Code::TooManyFailures,
                "too many failed logins from this address: check the key, then try again",
            )
            .with_retry_after(wait),
        })
    }

    /// How many keys are known, valid or not.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.ring.load().len()
    }

    /// Compares in constant time.
    fn is_genuine(&self, presented: &Presented, tag: &Tag) -> bool {
        #[cfg(test)]
        self.verified
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        hmac::verify(&self.pepper, presented.expose().as_bytes(), tag).is_ok()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Identity({} keys)", self.keys())
    }
}

/// The answer to every credential that is not valid.
pub(super) fn invalid_credential() -> Refusal {
    Refusal::new(
        Code::InvalidCredential,
        "the credential is not valid: send a key of this gateway as `Authorization: Bearer`",
    )
}

fn entry_for<'a>(ring: &'a Keyring, presented: &Presented) -> Option<&'a KeyEntry> {
    let id = CredentialId::new(key::public_id(presented.expose())?).ok()?;
    ring.get(&id)
}

/// What a key without an entry is compared with. That it would match is as
/// likely as guessing a key, and a match without an entry opens nothing.
const NO_TAG: Tag = [0; 32];

#[cfg(test)]
mod tests {
    use super::super::{file, file::MintRequest};
    use super::*;
    use crate::primitives::{Secret, Team};
    use std::{net::Ipv4Addr, sync::atomic::Ordering, time::Duration};

    const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    struct Desk {
        home: tempfile::TempDir,
        master: MasterKey,
    }

    impl Desk {
        fn new() -> Self {
            Self {
                home: tempfile::tempdir().expect("a directory"),
                master: MasterKey::new(&[7; 32]).expect("32 bytes"),
            }
        }

        fn file(&self) -> std::path::PathBuf {
            self.home.path().join("keys.yaml")
        }

        fn mint(&self, expires_in: Option<Duration>) -> (Secret, KeyEntry) {
            let request = MintRequest {
                owner: "alice".into(),
                team: Team::new("data-science").expect("a team"),
                tenant: None,
                expires_in,
            };
            file::mint(&self.file(), &request, &self.master, NOW).expect("minted")
        }

        fn identity(&self) -> Identity {
            let text = file::read(&self.file()).expect("read");
            let ring = Keyring::parse(&text).expect("a keyring");
            Identity::with_keyring(ring, &self.master, &Limits::default()).expect("a pepper")
        }
    }

    fn show(identity: &Identity, text: &str, now: Timestamp) -> Result<Caller, Refusal> {
        identity.identify(&Presented::of(text), SOURCE, now)
    }

    #[test]
    fn a_key_leads_to_its_caller() {
        let desk = Desk::new();
        let (key, entry) = desk.mint(None);
        let caller = show(&desk.identity(), key.expose(), NOW).expect("a caller");
        assert_eq!(&*caller.owner, "alice");
        assert_eq!(caller.team.as_str(), "data-science");
        assert_eq!(caller.tenant.as_str(), "data-science");
        assert_eq!(caller.credential, entry.id);
    }

    #[test]
    fn whatever_is_wrong_with_a_key_the_refusal_and_the_work_are_the_same() {
        let desk = Desk::new();
        let (good, _) = desk.mint(None);
        let (expired, entry) = desk.mint(Some(Duration::from_secs(60)));
        let (revoked, gone) = desk.mint(None);
        file::revoke(&desk.file(), &gone.id, NOW).expect("revoked");
        let stranger = key::new_key().expect("random bytes").key;
        let identity = desk.identity();
        let later = entry.expires;
        let forged = good.expose().replace(|one: char| one.is_ascii_digit(), "0");
        for text in [
            expired.expose(),
            revoked.expose(),
            stranger.expose(),
            &forged,
            "' OR 1=1--",
            "pc_",
            "x",
        ] {
            let before = identity.verified.load(Ordering::Relaxed);
            let refusal = show(&identity, text, later).expect_err("refused");
            assert_eq!(refusal, invalid_credential());
            assert_eq!(identity.verified.load(Ordering::Relaxed), before + 1);
        }
        assert!(show(&identity, good.expose(), later).is_ok());
    }

    #[test]
    fn expired_key_is_refused_from_the_very_second_on() {
        let desk = Desk::new();
        let (key, entry) = desk.mint(Some(Duration::from_secs(60)));
        let identity = desk.identity();
        let last = entry.expires - jiff::SignedDuration::from_secs(1);
        assert!(show(&identity, key.expose(), last).is_ok());
        assert!(show(&identity, key.expose(), entry.expires).is_err());
    }

    #[test]
    fn the_right_id_with_another_secret_is_refused() {
        let desk = Desk::new();
        let (key, entry) = desk.mint(None);
        let (other, _) = desk.mint(None);
        // with a checksum that holds, so that the tag alone stands in the way
        let mut ring = Keyring::default();
        ring.add(KeyEntry {
            tag: keyring::tag_of(&keyring::pepper(&desk.master).expect("a pepper"), &key)
                .expect("a tag"),
            id: key::public_id(other.expose())
                .and_then(|id| CredentialId::new(id).ok())
                .expect("an id"),
            ..entry
        })
        .expect("room");
        let identity =
            Identity::with_keyring(ring, &desk.master, &Limits::default()).expect("a pepper");
        assert!(show(&identity, other.expose(), NOW).is_err());
    }

    #[test]
    fn a_keyring_of_another_master_secret_opens_nothing() {
        let mut desk = Desk::new();
        let (key, _) = desk.mint(None);
        assert!(show(&desk.identity(), key.expose(), NOW).is_ok());
        desk.master = MasterKey::new(&[8; 32]).expect("32 bytes");
        assert!(show(&desk.identity(), key.expose(), NOW).is_err());
    }

    #[test]
    fn the_eleventh_failure_is_429_and_a_valid_key_is_unaffected() {
        let desk = Desk::new();
        let (key, _) = desk.mint(None);
        let identity = desk.identity();
        let code = |text| show(&identity, text, NOW).map_err(|refusal| refusal.code());
        for _ in 0..10 {
            assert_eq!(code("pc_x"), Err(Code::InvalidCredential));
            assert!(code(key.expose()).is_ok());
        }
        let refusal = show(&identity, "pc_x", NOW).expect_err("refused");
        assert_eq!(refusal.code(), Code::TooManyFailures);
        assert_eq!(refusal.retry_after(), Some(Duration::from_secs(60)));
        assert!(code(key.expose()).is_ok());
    }

    #[test]
    fn an_empty_keyring_lets_nobody_in() {
        let desk = Desk::new();
        let (key, _) = desk.mint(None);
        let empty = Identity::with_keyring(Keyring::default(), &desk.master, &Limits::default());
        assert!(show(&empty.expect("a pepper"), key.expose(), NOW).is_err());
    }
}
