//! The text of a JSON string, and the way back to its bytes.

use std::{borrow::Cow, ops::Range};

/// An unescaped string that remembers where its characters came from.
#[derive(Clone)]
pub struct Decoded<'a> {
    /// The text. A lone surrogate reads as U+FFFD.
    pub text: Cow<'a, str>,
    /// Decoded and raw offsets at both ends of every escape, in order.
    anchors: Vec<(usize, usize)>,
}

impl Decoded<'_> {
    /// The raw bytes behind a range of the text. Both ends of `range` lie on
    /// character boundaries; an escape is never cut.
    #[must_use]
    pub fn raw_range(&self, range: Range<usize>) -> Range<usize> {
        self.raw_offset(range.start)..self.raw_offset(range.end)
    }

    fn raw_offset(&self, at: usize) -> usize {
        let after = self.anchors.partition_point(|(decoded, _)| *decoded <= at);
        let (decoded, raw) = after
            .checked_sub(1)
            .and_then(|place| self.anchors.get(place).copied())
            .unwrap_or_default();
        raw.saturating_add(at.saturating_sub(decoded))
    }
}

impl std::fmt::Debug for Decoded<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Decoded({} bytes)", self.text.len())
    }
}

/// Unescapes the content of a JSON string the scanner accepted.
#[must_use]
pub fn decode(raw: &str) -> Decoded<'_> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Decoded {
            text: Cow::Borrowed(raw),
            anchors: Vec::new(),
        };
    }
    let mut text = String::with_capacity(raw.len());
    let mut anchors = Vec::new();
    let mut at = 0;
    while let Some(rest) = raw.get(at..) {
        let Some(run) = memchr::memchr(b'\\', rest.as_bytes()) else {
            text.push_str(rest);
            break;
        };
        text.push_str(rest.get(..run).unwrap_or_default());
        at = at.saturating_add(run);
        anchors.push((text.len(), at));
        let (one, length) = unescape(rest.get(run..).unwrap_or_default());
        text.push(one);
        at = at.saturating_add(length);
        anchors.push((text.len(), at));
    }
    Decoded {
        text: Cow::Owned(text),
        anchors,
    }
}

/// The character an escape stands for, and how many bytes the escape has.
fn unescape(from: &str) -> (char, usize) {
    let one = match from.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(from),
        Some(other) => char::from(*other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (one, 2)
}

fn unicode(from: &str) -> (char, usize) {
    let high = hex(from, 2);
    if (0xD800..0xDC00).contains(&high) && from.get(6..8) == Some("\\u") {
        let low = hex(from, 8);
        if (0xDC00..0xE000).contains(&low) {
            let scalar = 0x1_0000_u32
                .saturating_add(high.saturating_sub(0xD800) << 10)
                .saturating_add(low.saturating_sub(0xDC00));
            return (
                char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER),
                12,
            );
        }
    }
    (
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
        6,
    )
}

fn hex(from: &str, at: usize) -> u32 {
    from.get(at..at.saturating_add(4))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .unwrap_or(0xFFFD)
}

/// `text` as the content of a JSON string, without quotes. Only what RFC 8259
/// §7 demands is escaped.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out
}
