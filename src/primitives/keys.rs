//! One master secret, many keys: HKDF-SHA-256 (RFC 5869) with a label each.
//!
//! A key for one purpose or tenant says nothing about another, so a leaked
//! placeholder key does not weaken the key pepper, and replicas that share the
//! master secret agree on everything else without talking to each other.

use std::fmt;

use aws_lc_rs::{hkdf, hmac};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes a master secret must have at least: the output of SHA-256.
pub const MASTER_BYTES: usize = 32;

/// What a derived key is for. The label is part of the derivation: changing
/// one changes every value made with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Tags of API keys in the keyring.
    KeyPepper,
    /// Placeholders, per tenant.
    Placeholders,
    /// HMACs of content in the audit record, per tenant.
    ContentHmac,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::KeyPepper => b"portcullis key pepper v1",
            Self::Placeholders => b"portcullis placeholders v1",
            Self::ContentHmac => b"portcullis content hmac v1",
        }
    }
}

/// The master secret is too short, or the derivation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a master secret is {MASTER_BYTES} random bytes or more")]
pub struct WeakMaster;

/// The secret everything else is derived from.
pub struct MasterKey(hkdf::Prk);

impl MasterKey {
    /// Takes the secret's bytes.
    ///
    /// # Errors
    /// When there are fewer than [`MASTER_BYTES`].
    pub fn new(bytes: &[u8]) -> Result<Self, WeakMaster> {
        if bytes.len() < MASTER_BYTES {
            return Err(WeakMaster);
        }
        Ok(Self(
            hkdf::Salt::new(hkdf::HKDF_SHA256, b"portcullis").extract(bytes),
        ))
    }

    /// The HMAC-SHA-256 key for a purpose and, within it, a context such as a
    /// tenant's name (empty where there is only one).
    ///
    /// # Errors
    /// Never for the lengths used here; the primitive's error is passed on
    /// instead of being assumed away.
    pub fn derive(&self, purpose: Purpose, context: &str) -> Result<hmac::Key, WeakMaster> {
        let mut key = Zeroizing::new([0_u8; MASTER_BYTES]);
        let info = [purpose.label(), b"\0", context.as_bytes()];
        self.0
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
            .map_err(|_unspecified| WeakMaster)?;
        Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(master: &MasterKey, purpose: Purpose, context: &str) -> Vec<u8> {
        hmac::sign(&master.derive(purpose, context).unwrap(), b"x")
            .as_ref()
            .to_vec()
    }

    #[test]
    fn purposes_and_tenants_have_keys_of_their_own() {
        let master = MasterKey::new(&[7; 32]).unwrap();
        let one = tag(&master, Purpose::Placeholders, "a");
        assert_eq!(one, tag(&master, Purpose::Placeholders, "a"));
        assert_ne!(one, tag(&master, Purpose::Placeholders, "b"));
        assert_ne!(one, tag(&master, Purpose::ContentHmac, "a"));
        assert!(MasterKey::new(&[7; 31]).is_err());
    }
}
