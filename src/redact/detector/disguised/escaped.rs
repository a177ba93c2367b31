//! Percent encoding (RFC 3986), HTML character references, quoted-printable
//! (RFC 2045).

use super::{
    super::text::{Class, Text},
    BEFORE, LONGEST,
};
use crate::redact::fold::View;

/// What escapes and the text around them are made of: no blanks, no quotes.
const STRETCH: Class = Class::LOCAL_PART
    .or(Class::COLON)
    .or(Class::AT)
    .or(Class::SEMICOLON);

/// The stretch around the escape at `at`, undone, and where it starts. `None`
/// if there is no escape, or an earlier one has done it.
pub(super) fn undo<'t>(text: &Text<'t>, at: usize) -> (usize, Option<View<'t>>) {
    if escape(text, at).is_none() {
        return (at, None);
    }
    let start = text.run_back(at, STRETCH, BEFORE);
    let earlier = (start..at).any(|place| escape(text, place).is_some());
    if earlier {
        return (start, None);
    }
    let end = text.run(at, STRETCH, LONGEST);
    let mut view = View::empty(end - start);
    let mut place = start;
    while place < end {
        if let Some((one, length)) = escape(text, place) {
            view.push(place - start, length, one);
            place += length;
        } else {
            let byte = text.at(place).filter(u8::is_ascii).unwrap_or(b' ');
            view.push_same(place - start, char::from(byte));
            place += 1;
        }
    }
    (start, Some(view))
}

/// The character an escape at `at` stands for, and its length.
fn escape(text: &Text<'_>, at: usize) -> Option<(char, usize)> {
    match text.slice(at, at + 1) {
        b"%" | b"=" => {
            let value = digits(text.slice(at + 1, at + 3), 16)?;
            let first = text.at(at + 1)?;
            // `a=4f` is no escape; quoted-printable writes large digits.
            let quoted = text.at(at) == Some(b'=');
            let small = text
                .slice(at + 1, at + 3)
                .iter()
                .any(u8::is_ascii_lowercase);
            // Nor is the beginning of a number, `c=4539`.
            let number = text.is(at + 3, Class::DIGIT);
            let sound = !quoted || (!small && !number && matches!(first, b'2'..=b'7'));
            sound.then_some((char::from_u32(value).filter(char::is_ascii)?, 3))
        }
        b"&" => reference(text, at),
        _ => None,
    }
}

fn reference(text: &Text<'_>, at: usize) -> Option<(char, usize)> {
    let end = text.run(at + 1, Class::ALNUM.or(Class::HASH), 8);
    if text.at(end) != Some(b';') {
        return None;
    }
    let length = end + 1 - at;
    let name = text.slice(at + 1, end);
    if let Some(number) = name.strip_prefix(b"#x").or(name.strip_prefix(b"#X")) {
        return Some((char::from_u32(digits(number, 16)?)?, length));
    }
    if let Some(number) = name.strip_prefix(b"#") {
        return Some((char::from_u32(digits(number, 10)?)?, length));
    }
    let named = NAMED.iter().find(|(known, _)| known.as_bytes() == name)?;
    Some((named.1, length))
}

/// References that hide parts of values.
const NAMED: [(&str, char); 10] = [
    ("commat", '@'),
    ("period", '.'),
    ("plus", '+'),
    ("nbsp", ' '),
    ("colon", ':'),
    ("sol", '/'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("amp", '&'),
    ("num", '#'),
];

fn digits(text: &[u8], radix: u32) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}
