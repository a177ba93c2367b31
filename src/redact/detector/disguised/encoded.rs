//! Base64 (RFC 4648, both alphabets) and hexadecimal digits.

use super::super::text::{Class, Text};

/// Shortest run that is worth decoding.
const SHORTEST: usize = 16;

/// The text a run decodes to, and where the encoded text ends. `None` for
/// anything that does not decode to printable text.
pub(super) fn decode(text: &Text<'_>, start: usize, end: usize) -> Option<(String, usize)> {
    let run = text.slice(start, end);
    let padded = text.run(end, Class::EQUALS, 2);
    if padded - start < SHORTEST {
        return None;
    }
    if run.len().is_multiple_of(2) && run.iter().all(u8::is_ascii_hexdigit) {
        return printable(hexadecimal(run)).map(|text| (text, end));
    }
    printable(base64(run)?).map(|text| (text, padded))
}

fn hexadecimal(run: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|one| u8::try_from(one).ok())
            .unwrap_or(0)
    };
    run.chunks_exact(2)
        .filter_map(|pair| match pair {
            [high, low] => Some(digit(*high) << 4 | digit(*low)),
            _ => None,
        })
        .collect()
}

/// Stops at the first byte no text has: most runs are something else.
fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(run.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in run {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let one = u8::try_from(held >> bits & 0xFF).ok()?;
            if one < 0x20 && !matches!(one, b'\n' | b'\r' | b'\t') {
                return None;
            }
            out.push(one);
        }
    }
    Some(out)
}

fn printable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    text.chars()
        .all(|one| !one.is_control() || one.is_whitespace())
        .then_some(text)
}
