//! Addresses of wallets: Base58Check, Bech32 (BIP 173, BIP 350), Ethereum,
//! Monero.

use aws_lc_rs::digest;

use super::{
    found::{Candidate, Found},
    text::Text,
};
use crate::redact::entity::{Confidence, Entity};

const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// `start` to `end` is a run of letters and digits.
pub(super) fn read(text: &Text<'_>, start: usize, end: usize, found: &mut Found<'_>) {
    let word = text.slice(start, end);
    let sure = match word.len() {
        26..=35 if is_base58check(word, BITCOIN) => Confidence::CERTAIN,
        26..=35 if word.starts_with(b"r") && is_base58check(word, RIPPLE) => Confidence::CERTAIN,
        42 if is_ethereum(word) => Confidence::HIGH,
        14..=90 if is_bech32(word) => Confidence::CERTAIN,
        95 | 106 if is_monero(word) => Confidence::HIGH,
        _ => return,
    };
    found.offer(Candidate::new(start..end, Entity::CryptoWallet, sure));
}

/// 25 bytes of which the last four are a double SHA-256 of the others.
fn is_base58check(word: &[u8], alphabet: &[u8; 58]) -> bool {
    let Some(bytes) = base58(word, alphabet) else {
        return false;
    };
    let Some((body, sum)) = bytes.split_at_checked(21) else {
        return false;
    };
    let once = digest::digest(&digest::SHA256, body);
    let twice = digest::digest(&digest::SHA256, once.as_ref());
    twice.as_ref().starts_with(sum)
}

fn base58(word: &[u8], alphabet: &[u8; 58]) -> Option<[u8; 25]> {
    let mut bytes = [0_u8; 25];
    for one in word {
        let mut carry = alphabet.iter().position(|known| known == one)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

fn is_bech32(word: &[u8]) -> bool {
    let known = ["bc1", "tb1", "ltc1", "addr1"]
        .iter()
        .find(|head| word.starts_with(head.as_bytes()));
    let Some(head) = known.map(|head| head.len() - 1) else {
        return false;
    };
    let prefix = word.get(..head).unwrap_or_default();
    let high = prefix.iter().map(|byte| u32::from(byte >> 5));
    let low = prefix.iter().map(|byte| u32::from(byte & 31));
    let mut sum = 1;
    for value in high.chain([0]).chain(low) {
        sum = polymod(sum, value);
    }
    for one in word.iter().skip(head + 1) {
        let Some(value) = BECH32.iter().position(|known| known == one) else {
            return false;
        };
        sum = polymod(sum, u32::try_from(value).unwrap_or(0));
    }
    // 1 is Bech32, the other Bech32m
    matches!(sum, 1 | 0x2BC8_30A3)
}

fn polymod(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3B6A_57B2,
        0x2650_8E6D,
        0x1EA1_19FA,
        0x3D42_33DD,
        0x2A14_62B3,
    ];
    let top = sum >> 25;
    let mut next = (sum & 0x1FF_FFFF) << 5 ^ value;
    for (bit, constant) in GENERATOR.iter().enumerate() {
        if top >> bit & 1 == 1 {
            next ^= constant;
        }
    }
    next
}

fn is_ethereum(word: &[u8]) -> bool {
    word.strip_prefix(b"0x")
        .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit) && super::shape::distinct(hex) > 6)
}

fn is_monero(word: &[u8]) -> bool {
    matches!(word.first(), Some(b'4' | b'8')) && word.iter().all(|byte| BITCOIN.contains(byte))
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::CryptoWallet;

    #[test]
    fn addresses_with_a_right_sum_are_found() {
        for value in [
            // the first block's reward; examples of BIP 173 and BIP 350
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ] {
            assert_finds(&format!("send to {value}."), CryptoWallet, value);
        }
    }

    #[test]
    fn a_wrong_character_is_no_address() {
        assert_nothing("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", CryptoWallet);
        assert_nothing("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", CryptoWallet);
    }
}
