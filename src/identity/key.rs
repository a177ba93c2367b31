//! How our own keys look, and how new ones are made.
//!
//! `pc_<16 of a-z0-9>_<36 of A-Za-z0-9><6 of A-Za-z0-9>`: a public id that may
//! be logged, 36 random characters (214 bits), and a CRC-32 of everything
//! before it in base 62. The checksum is no secret and proves nothing; it lets
//! a secret scanner tell a key from a look-alike, and a person a typing error
//! from a revoked key. [`PATTERN`] is the expression to give to such scanners.

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::primitives::{CredentialId, Secret};

/// A key and the part of it that may be shown.
pub(super) struct NewKey {
    pub(super) id: CredentialId,
    pub(super) key: Secret,
}

/// The system gave no random bytes, without which no key can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Makes a key nobody has seen.
pub(super) fn new_key() -> Result<NewKey, NoRandomness> {
    let id = random_text(ID_ALPHABET, ID_LENGTH)?;
    let secret = random_text(BASE62, SECRET_LENGTH)?;
    let body = Zeroizing::new(format!("{PREFIX}{}_{}", *id, *secret));
    let key = Secret::new(format!("{}{}", *body, checksum(body.as_bytes())));
    let id = CredentialId::new(&id).map_err(|_name| NoRandomness)?;
    Ok(NewKey { id, key })
}

/// Whether a text has the form of a key with the right checksum. Says nothing
/// about whether the key exists.
#[must_use]
pub fn is_well_formed(text: &str) -> bool {
    public_id(text).is_some()
}

/// The public id, if the text is well formed.
pub(super) fn public_id(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let alike = id.len() == ID_LENGTH
        && id.bytes().all(|one| ID_ALPHABET.contains(&one))
        && secret.len() == SECRET_LENGTH.saturating_add(CHECKSUM_LENGTH)
        && secret.bytes().all(|one| one.is_ascii_alphanumeric());
    let body = text.len().checked_sub(CHECKSUM_LENGTH)?;
    let (body, sum) = text.split_at_checked(body)?;
    (alike && checksum(body.as_bytes()) == sum).then_some(id)
}

/// Characters drawn evenly: bytes past the last whole multiple of the alphabet
/// are thrown away instead of favouring its first characters.
fn random_text(alphabet: &[u8], length: usize) -> Result<Zeroizing<String>, NoRandomness> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        rand::fill(bytes.as_mut_slice()).map_err(|_unspecified| NoRandomness)?;
        let wanted = length.saturating_sub(text.len());
        let drawn = bytes
            .iter()
            .filter_map(|byte| pick(alphabet, *byte))
            .take(wanted);
        text.extend(drawn);
    }
    Ok(text)
}

fn pick(alphabet: &[u8], byte: u8) -> Option<char> {
    let size = u8::try_from(alphabet.len()).ok()?;
    let last = u8::MAX.checked_sub(u8::MAX.checked_rem(size)?)?;
    if byte >= last {
        return None;
    }
    let at = usize::from(byte.checked_rem(size)?);
    alphabet.get(at).map(|one| char::from(*one))
}

/// CRC-32 in base 62, six digits, most significant first.
fn checksum(bytes: &[u8]) -> String {
    let mut rest = crc32(bytes);
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        let at = rest.checked_rem(BASE).unwrap_or_default();
        rest = rest.checked_div(BASE).unwrap_or_default();
        *digit = usize::try_from(at)
            .ok()
            .and_then(|at| BASE62.get(at))
            .copied()
            .unwrap_or(b'0');
    }
    digits.iter().map(|one| char::from(*one)).collect()
}

/// CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), bit by bit: keys
/// are short.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = crc & 1 == 1;
            crc >>= 1;
            if odd {
                crc ^= 0xEDB8_8320;
            }
        }
    }
    !crc
}

/// The published form of a key, for secret scanners.
pub const PATTERN: &str = r"\bpc_[a-z0-9]{16}_[A-Za-z0-9]{42}\b";

const PREFIX: &str = "pc_";
const ID_LENGTH: usize = 16;
/// log2(62^36) = 214 bits, above the 192 DEPENDENCIES asks for.
const SECRET_LENGTH: usize = 36;
/// 62^6 is more than 2^32.
const CHECKSUM_LENGTH: usize = 6;
const BASE: u32 = 62;
const ID_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::meta::Regex;

    #[test]
    fn a_new_key_matches_the_published_pattern_and_no_other_key() {
        let pattern = Regex::new(PATTERN).expect("a pattern");
        let one = new_key().expect("random bytes");
        let two = new_key().expect("random bytes");
        let text = one.key.expose();
        assert!(pattern.is_match(text));
        assert_eq!(public_id(text), Some(one.id.as_str()));
        assert_ne!(text, two.key.expose());
        assert_ne!(one.id, two.id);
    }

    #[test]
    fn a_typing_error_is_recognised_at_every_place() {
        let key = new_key().expect("random bytes").key;
        let key = key.expose();
        for at in 0..key.len() {
            let mut bytes = key.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(bytes).expect("ASCII");
            assert!(!is_well_formed(&wrong), "place {at}");
        }
        let (short, _) = key.split_at(key.len() - 1);
        assert!(!is_well_formed(short));
        assert!(!is_well_formed(&format!("{key}a")));
    }

    #[test]
    fn what_is_not_a_key_is_not_well_formed() {
        for text in ["", "pc_", "pc__", "' OR 1=1--", "pc_é_é", "sk-proj-x"] {
            assert!(!is_well_formed(text), "{text}");
        }
    }

    #[test]
    fn the_checksum_is_the_crc_of_its_standard() {
        // the check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRCs
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn every_character_of_the_alphabet_is_drawn_equally_often() {
        let mut seen = std::collections::HashMap::new();
        for byte in 0..=u8::MAX {
            if let Some(one) = pick(BASE62, byte) {
                *seen.entry(one).or_insert(0) += 1;
            }
        }
        assert_eq!(seen.len(), 62);
        assert!(seen.values().all(|times| *times == 4));
    }
}
