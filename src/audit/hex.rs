//! Bytes as lower-case hexadecimal digits, and back.

/// Two digits a byte.
pub(super) fn text(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let mut out = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

/// Exactly `N` bytes, written as [`text`] writes them.
pub(super) fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != N.checked_mul(2)? {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let mut value = 0_u8;
        for digit in pair {
            let digit = match digit {
                b'0'..=b'9' | b'a'..=b'f' => char::from(*digit).to_digit(16)?,
                _ => return None,
            };
            value = (value << 4) | u8::try_from(digit).ok()?;
        }
        *byte = value;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_both_ways_and_only_one_spelling_is_read() {
        assert_eq!(text(&[0, 171, 255]), "00abff");
        assert_eq!(array("00abff"), Some([0, 171, 255]));
        for bad in ["00abf", "00abfg", "00ABFF", "00abff00", ""] {
            assert_eq!(array::<3>(bad), None, "{bad}");
        }
    }
}
