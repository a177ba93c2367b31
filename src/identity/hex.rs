//! Bytes as hexadecimal digits, and back.

use std::fmt::Write as _;

/// Two lower-case digits a byte.
pub(super) fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a `String` cannot fail
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// The bytes, or nothing where a digit is missing or is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|one| one.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let digits = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(digits, 16).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_both_ways_and_bad_digits_do_not() {
        assert_eq!(encode(&[0, 171, 255]), "00abff");
        assert_eq!(decode("00abFF"), Some(vec![0, 171, 255]));
        for bad in ["0", "0g", "+1", "é"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
