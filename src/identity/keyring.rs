//! The keys this gateway issued: who owns each, until when, and its tag.
//!
//! A tag is HMAC-SHA-256 of the whole key under the pepper. Only tags are
//! kept, so a stolen keyring opens nothing, and whoever can write the file but
//! has no master secret cannot add a key that works. Pure: text in, keyring out.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::primitives::{
    Caller, CredentialId, CredentialKind, MasterKey, Purpose, Secret, SettingFault, Team, Tenant,
    WeakMaster,
};

/// One key as the keyring knows it. The key itself is nowhere in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The public id, as in the key.
    pub id: CredentialId,
    /// HMAC-SHA-256 of the key under the pepper.
    pub(super) tag: Tag,
    /// Who holds the key.
    pub owner: Arc<str>,
    /// The unit the owner works for.
    pub team: Team,
    /// Whose data it is; the team's where absent.
    pub tenant: Option<Tenant>,
    /// When it was made.
    pub created: Timestamp,
    /// The first instant at which it is no longer valid.
    pub expires: Timestamp,
    /// Since when it is revoked.
    pub revoked: Option<Timestamp>,
}

/// An HMAC-SHA-256 output.
pub(super) type Tag = [u8; TAG_BYTES];

impl KeyEntry {
    /// Whether the key may be used at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.expires
    }

    /// Who that is, once the key was shown.
    pub(super) fn caller(&self) -> Option<Caller> {
        let tenant = match &self.tenant {
            Some(tenant) => tenant.clone(),
            None => Tenant::new(self.team.as_str()).ok()?,
        };
        Some(Caller {
            owner: Arc::clone(&self.owner),
            team: self.team.clone(),
            tenant,
            credential: self.id.clone(),
            kind: CredentialKind::ApiKey,
        })
    }
}

/// All keys, by public id.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    entries: HashMap<CredentialId, KeyEntry>,
}

impl Keyring {
    /// Reads a keyring file's text.
    ///
    /// # Errors
    /// The first fault: a keyring is written by this program, so there is
    /// nothing to gain from collecting more than one.
    pub fn parse(text: &str) -> Result<Self, KeyringFault> {
        let file: KeyringText =
            serde_saphyr::from_str(text).map_err(|error| KeyringFault::Syntax {
                line: error
                    .without_snippet()
                    .location()
                    .map(|place| place.line())
                    .unwrap_or_default(),
            })?;
        if file.version != VERSION {
            return Err(KeyringFault::Version(file.version));
        }
        if file.keys.len() > MOST_KEYS {
            return Err(KeyringFault::TooMany);
        }
        let mut ring = Self::default();
        for (at, entry) in file.keys.into_iter().enumerate() {
            let entry = read_entry(entry)
                .map_err(|fault| KeyringFault::Entry(fault.below(&format!("keys[{at}]"))))?;
            if ring.entries.contains_key(&entry.id) {
                return Err(KeyringFault::Twice(entry.id));
            }
            ring.entries.insert(entry.id.clone(), entry);
        }
        Ok(ring)
    }

    /// Writes the text [`Keyring::parse`] reads, entries in order of creation.
    ///
    /// # Errors
    /// When the text cannot be made; the keyring is then to be left as it was.
    pub fn to_text(&self) -> Result<String, KeyringFault> {
        let file = KeyringText {
            version: VERSION,
            keys: self.entries().into_iter().map(write_entry).collect(),
        };
        serde_saphyr::to_string(&file).map_err(|_format| KeyringFault::Unwritable)
    }

    /// The key with that public id.
    #[must_use]
    pub fn get(&self, id: &CredentialId) -> Option<&KeyEntry> {
        self.entries.get(id)
    }

    /// All keys, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<&KeyEntry> {
        let mut all: Vec<_> = self.entries.values().collect();
        all.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        all
    }

    /// How many keys there are, valid or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a key.
    pub(super) fn add(&mut self, entry: KeyEntry) -> Result<(), KeyringFault> {
        if self.entries.contains_key(&entry.id) {
            return Err(KeyringFault::Twice(entry.id));
        }
        if self.entries.len() >= MOST_KEYS {
            return Err(KeyringFault::TooMany);
        }
        self.entries.insert(entry.id.clone(), entry);
        Ok(())
    }

    /// Revokes a key; one that is revoked already stays revoked since then.
    pub(super) fn revoke(&mut self, id: &CredentialId, now: Timestamp) -> Option<KeyEntry> {
        let entry = self.entries.get_mut(id)?;
        entry.revoked.get_or_insert(now);
        Some(entry.clone())
    }
}

/// The key of the tags, derived from the master secret.
///
/// # Errors
/// When the derivation fails.
pub(super) fn pepper(master: &MasterKey) -> Result<hmac::Key, WeakMaster> {
    master.derive(Purpose::KeyPepper, "")
}

/// The tag of a key.
pub(super) fn tag_of(pepper: &hmac::Key, key: &Secret) -> Option<Tag> {
    let tag = hmac::sign(pepper, key.expose().as_bytes());
    tag.as_ref().try_into().ok()
}

/// Why a keyring cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyringFault {
    /// It cannot be read.
    #[error("the keyring cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
    /// It is larger than a keyring may be.
    #[error("the keyring is larger than {LARGEST_FILE} bytes")]
    TooLarge,
    /// It is not YAML of the expected shape. The text is not repeated.
    #[error("the keyring is not well formed: line {line}")]
    Syntax {
        /// Where reading stopped, from 1; 0 where that is not known.
        line: u64,
    },
    /// It was written by a version that counts differently.
    #[error("the keyring has version {0}: this program reads version {VERSION}")]
    Version(u64),
    /// One entry is wrong.
    #[error("`{}` {}: {}", .0.path, .0.problem, .0.instead)]
    Entry(SettingFault),
    /// Two entries have one id.
    #[error("the keyring has the key `{0}` twice")]
    Twice(CredentialId),
    /// There are more keys than a keyring may hold.
    #[error("the keyring has more than {MOST_KEYS} keys: remove those that expired")]
    TooMany,
    /// It cannot be written as text.
    #[error("the keyring cannot be written as text")]
    Unwritable,
    /// The watching thread could not be started.
    #[error("the keyring cannot be watched: no thread")]
    Unwatched,
    /// The pepper could not be derived.
    #[error(transparent)]
    Master(#[from] WeakMaster),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyringText {
    version: u64,
    #[serde(default)]
    keys: Vec<EntryText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryText {
    id: String,
    tag: String,
    owner: String,
    team: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    created: String,
    expires: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

fn read_entry(text: EntryText) -> Result<KeyEntry, SettingFault> {
    if !Caller::is_owner(&text.owner) {
        return Err(SettingFault::new(
            "owner",
            "is not a name",
            "write up to 128 characters of visible ASCII",
        ));
    }
    Ok(KeyEntry {
        id: CredentialId::new(&text.id).map_err(|name| named("id", &name))?,
        tag: read_tag(&text.tag)?,
        owner: Arc::from(text.owner),
        team: Team::new(&text.team).map_err(|name| named("team", &name))?,
        tenant: text
            .tenant
            .map(|tenant| Tenant::new(&tenant))
            .transpose()
            .map_err(|name| named("tenant", &name))?,
        created: read_time("created", &text.created)?,
        expires: read_time("expires", &text.expires)?,
        revoked: text
            .revoked
            .map(|time| read_time("revoked", &time))
            .transpose()?,
    })
}

fn write_entry(entry: &KeyEntry) -> EntryText {
    EntryText {
        id: entry.id.to_string(),
        tag: write_tag(&entry.tag),
        owner: entry.owner.to_string(),
        team: entry.team.to_string(),
        tenant: entry.tenant.as_ref().map(ToString::to_string),
        created: entry.created.to_string(),
        expires: entry.expires.to_string(),
        revoked: entry.revoked.map(|time| time.to_string()),
    }
}

fn named(path: &str, name: &crate::primitives::InvalidName) -> SettingFault {
    SettingFault::new(path, "is not a name", name.to_string())
}

fn read_time(path: &str, text: &str) -> Result<Timestamp, SettingFault> {
    text.parse().map_err(|_jiff| {
        SettingFault::new(
            path,
            "is not an instant",
            "write one as in 2026-11-23T12:00:00Z",
        )
    })
}

fn read_tag(text: &str) -> Result<Tag, SettingFault> {
    super::hex::decode(text)
        .and_then(|bytes| bytes.as_slice().try_into().ok())
        .ok_or_else(|| {
            SettingFault::new(
                "tag",
                "is not a tag",
                "64 hexadecimal digits, as `keys mint` writes them",
            )
        })
}

fn write_tag(tag: &Tag) -> String {
    super::hex::encode(tag)
}

const VERSION: u64 = 1;
/// SHA-256's output (FIPS 180-4).
const TAG_BYTES: usize = 32;
/// A key's entry is about 300 bytes: 10,000 take 3 MB and load within 0.1 s.
pub(super) const MOST_KEYS: usize = 10_000;
/// Bytes of a keyring file.
pub(super) const LARGEST_FILE: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> KeyEntry {
        KeyEntry {
            id: CredentialId::new(id).expect("an id"),
            tag: [7; 32],
            owner: Arc::from("alice"),
            team: Team::new("data-science").expect("a team"),
            tenant: None,
            created: Timestamp::UNIX_EPOCH,
            expires: "2026-11-23T12:00:00Z".parse().expect("an instant"),
            revoked: None,
        }
    }

    fn ring(ids: &[&str]) -> Keyring {
        let mut ring = Keyring::default();
        for id in ids {
            ring.add(entry(id)).expect("room");
        }
        ring
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut before = ring(&["a", "b"]);
        before.revoke(&CredentialId::new("b").expect("an id"), Timestamp::MAX);
        let mut odd = entry("0123456789012345");
        odd.owner = Arc::from("null");
        odd.team = Team::new("007").expect("a team");
        odd.tenant = Some(Tenant::new("1e3").expect("a tenant"));
        before.add(odd).expect("room");
        let text = before.to_text().expect("text");
        let after = Keyring::parse(&text).expect("a keyring");
        assert_eq!(before.entries(), after.entries());
    }

    #[test]
    fn a_keyring_that_is_not_understood_is_refused() {
        let good = ring(&["a"]).to_text().expect("text");
        assert!(Keyring::parse(&good).is_ok());
        let later = good.replace("version: 1", "version: 2");
        assert_eq!(Keyring::parse(&later).err(), Some(KeyringFault::Version(2)));
        for (from, to) in [
            ("owner:", "ownr:"),
            ("0707", "070"),
            ("2026-11-23", "tomorrow"),
            ("data-science", "data science"),
            ("alice", "\"ali ce\""),
            ("version: 1", ""),
        ] {
            assert!(good.contains(from), "{good}");
            assert!(Keyring::parse(&good.replacen(from, to, 1)).is_err(), "{to}");
        }
        assert!(Keyring::parse("").is_err());
    }

    #[test]
    fn one_id_is_one_key() {
        let mut one = ring(&["a"]);
        assert!(matches!(one.add(entry("a")), Err(KeyringFault::Twice(_))));
        let text = ring(&["a", "b"]).to_text().expect("text");
        let twice = text.replace("id: b", "id: a");
        assert!(matches!(
            Keyring::parse(&twice),
            Err(KeyringFault::Twice(_))
        ));
    }

    #[test]
    fn a_fault_does_not_repeat_the_text() {
        let fault =
            Keyring::parse("version: 1\nkeys: [ {id: CANARY, tag: CANARY} ]").expect_err("x");
        assert!(!format!("{fault} {fault:?}").contains("CANARY"));
    }

    #[test]
    fn the_tenant_is_the_team_unless_the_key_names_another() {
        let mut one = entry("a");
        assert_eq!(
            one.caller().expect("a caller").tenant.as_str(),
            "data-science"
        );
        one.tenant = Some(Tenant::new("acme").expect("a tenant"));
        assert_eq!(one.caller().expect("a caller").tenant.as_str(), "acme");
    }
}
