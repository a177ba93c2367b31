//! C2SP signed notes with Ed25519, and the checkpoint inside.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::audit::{
    hex,
    tree::{Hash, hash},
};

/// Signature type of Ed25519 (C2SP signed-note §Signatures).
const ALGORITHM: u8 = 0x01;

/// Every signature line begins with an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// A stream's tree at some size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audit) struct Checkpoint {
    pub(in crate::audit) stream: Uuid,
    pub(in crate::audit) size: u64,
    pub(in crate::audit) root: Hash,
}

impl Checkpoint {
    /// The text that is signed: origin, size, root, one line each.
    fn text(&self, origin: &str) -> String {
        let root = STANDARD.encode(self.root);
        format!("{origin}/{}\n{}\n{root}\n", self.stream, self.size)
    }

    /// Reads the text; extension lines are refused.
    fn parse(text: &str) -> Option<(&str, Self)> {
        let (first, rest) = text.strip_suffix('\n')?.split_once('\n')?;
        let (size, root) = rest.split_once('\n')?;
        let (origin, stream) = first.rsplit_once('/')?;
        let plain = !size.starts_with('+') && (size == "0" || !size.starts_with('0'));
        let checkpoint = Self {
            stream: stream.parse().ok()?,
            size: size.parse().ok().filter(|_| plain)?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        Some((origin, checkpoint))
    }

    /// A note of it, signed by each of `keys`.
    pub(in crate::audit) fn note(&self, keys: &[&SigningKey]) -> String {
        let origin = keys.first().map_or("", |key| key.public.name.as_str());
        let text = self.text(origin);
        let lines: Vec<String> = keys.iter().map(|key| key.sign(&text)).collect();
        format!("{text}\n{}", lines.concat())
    }
}

/// A note somebody has, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audit) struct Note {
    pub(in crate::audit) checkpoint: Checkpoint,
    text: String,
    signatures: Vec<(String, Vec<u8>)>,
}

impl Note {
    /// Reads a note; `None` where it is not one, or not of a checkpoint.
    pub(in crate::audit) fn parse(note: &str) -> Option<Self> {
        let (text, signatures) = note.split_once("\n\n")?;
        let text = format!("{text}\n");
        let (_origin, checkpoint) = Checkpoint::parse(&text)?;
        let signatures = signatures
            .lines()
            .map(|line| {
                let (name, blob) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
                Some((name.to_owned(), STANDARD.decode(blob).ok()?))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            checkpoint,
            text,
            signatures,
        })
    }

    /// Whether `key` has signed it.
    pub(in crate::audit) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let origin = Checkpoint::parse(&self.text).map(|(origin, _)| origin);
        origin == Some(key.name.as_str())
            && self.signatures.iter().any(|(name, blob)| {
                let Some((id, signature)) = blob.split_first_chunk::<4>() else {
                    return false;
                };
                *name == key.name
                    && *id == key.id()
                    && UnparsedPublicKey::new(&ED25519, key.key)
                        .verify(self.text.as_bytes(), signature)
                        .is_ok()
            })
    }
}

/// A public key with a name: a C2SP vkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    key: [u8; 32],
}

impl VerifyingKey {
    /// Reads `name+id+key`; `None` where it is not one, or the id is another
    /// key's.
    #[must_use]
    pub fn parse(vkey: &str) -> Option<Self> {
        let (name, rest) = vkey.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (ALGORITHM, key) = key.split_first().map(|(kind, key)| (*kind, key))? else {
            return None;
        };
        let key = Self {
            name: name.to_owned(),
            key: key.try_into().ok()?,
        };
        (is_name(name) && id == hex::text(&key.id())).then_some(key)
    }

    /// SHA-256 of name and key, its first four bytes.
    fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = hash(&[self.name.as_bytes(), b"\n", &[ALGORITHM], &self.key]);
        [a, b, c, d]
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ALGORITHM];
        key.extend_from_slice(&self.key);
        write!(
            out,
            "{}+{}+{}",
            self.name,
            hex::text(&self.id()),
            STANDARD.encode(key)
        )
    }
}

/// Names are not empty and have no spaces or `+` (C2SP signed-note §Format).
pub(in crate::audit) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|one: char| one == '+' || one.is_whitespace())
}

/// A private key.
pub(in crate::audit) struct SigningKey {
    public: VerifyingKey,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key of a seed of 32 bytes (RFC 8032 §5.1.5).
    pub(in crate::audit) fn from_seed(name: &str, seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = pair.public_key().as_ref().try_into().ok()?;
        let public = VerifyingKey {
            name: name.to_owned(),
            key,
        };
        Some(Self { public, pair })
    }

    /// 32 random bytes.
    pub(in crate::audit) fn new_seed() -> Option<Zeroizing<[u8; 32]>> {
        let mut seed = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(seed.as_mut_slice()).ok()?;
        Some(seed)
    }

    pub(in crate::audit) const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The signature line of a note.
    fn sign(&self, text: &str) -> String {
        let mut blob = self.public.id().to_vec();
        blob.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!(
            "{SIGNATURE}{} {}\n",
            self.public.name,
            STANDARD.encode(blob)
        )
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name, &[seed; 32]).expect("a key")
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            stream: Uuid::from_u128(7),
            size: 1_000,
            root: [3; 32],
        }
    }

    #[test]
    fn a_note_is_believed_under_the_key_that_signed_it_alone() {
        let (ours, theirs) = (key("example.test/log", 1), key("example.test/log", 2));
        let note = Note::parse(&checkpoint().note(&[&ours])).expect("a note");
        assert_eq!(note.checkpoint, checkpoint());
        assert!(note.is_signed_by(ours.public()));
        assert!(!note.is_signed_by(theirs.public()));
        assert!(!note.is_signed_by(key("example.test/other", 1).public()));
        let both = Note::parse(&checkpoint().note(&[&ours, &theirs])).expect("a note");
        assert!(both.is_signed_by(ours.public()) && both.is_signed_by(theirs.public()));
    }

    #[test]
    fn no_changed_byte_of_a_note_goes_unnoticed() {
        let ours = key("example.test/log", 1);
        let note = checkpoint().note(&[&ours]);
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes)
                .ok()
                .and_then(|text| Note::parse(&text));
            assert!(
                !changed.is_some_and(|note| note.is_signed_by(ours.public())),
                "byte {at}"
            );
        }
    }

    #[test]
    fn a_vkey_survives_being_written_down() {
        let public = key("example.test/log", 1).public().clone();
        assert_eq!(
            VerifyingKey::parse(&public.to_string()),
            Some(public.clone())
        );
        let other = key("example.test/log", 2).public().to_string();
        let (_, id) = public
            .to_string()
            .split_once('+')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .expect("one");
        let id = id.split('+').next().expect("an id").to_owned();
        let theirs = other.rsplit('+').next().expect("a key").to_owned();
        assert_eq!(
            VerifyingKey::parse(&format!("example.test/log+{id}+{theirs}")),
            None
        );
        assert_eq!(VerifyingKey::parse("not a key"), None);
    }

    #[test]
    fn published_vectors() {
        // the example key of the signed-note specification (Go's sumdb/note)
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(VerifyingKey::parse(vkey).expect("a key").to_string(), vkey);
    }
}
