//! The walk over the text that stops at anchors.

use super::{
    Detectors, email,
    found::Found,
    network, numbers,
    text::{Class, Text},
    url, vendors,
};

/// Longest run of token characters that is looked at as one value. Published
/// tokens that are longer have a prefix of their own and are swallowed.
pub(super) const LONGEST_RUN: usize = 256;
/// How far before the place where a stream goes on the walk begins again: an
/// anchor may stand before the value it gives away, as `=` does.
const LEAD: usize = 128;

impl Detectors {
    /// Reads everything that may start at `from` or later and returns the
    /// place from which on a longer text could say more.
    pub(super) fn sweep(
        &self,
        bytes: &[u8],
        from: usize,
        more: bool,
        found: &mut Found<'_>,
    ) -> usize {
        let text = Text::new(bytes);
        let mut at = from.saturating_sub(LEAD);
        while let Some(anchor) = next_anchor(bytes, at) {
            at = self.anchor(&text, anchor, found).max(anchor + 1);
        }
        if more {
            found.held.min(tail(&text))
        } else {
            bytes.len()
        }
    }

    /// Shows an anchor to the families it may give away; returns where the
    /// walk goes on. Skipping saves work, never changes what is found.
    fn anchor(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) -> usize {
        match text.at(at) {
            Some(b'@') => email::read(text, at, found),
            Some(b':') => {
                url::read(text, at, found);
                network::read_colons(text, at, found);
            }
            _ => return self.run(text, at, found),
        }
        at + 1
    }

    /// A run of token characters with a digit, `_` or `-` in it: keys by their
    /// prefix, and whatever is made of digits.
    fn run(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) -> usize {
        let start = text.run_back(at, Class::TOKEN, LONGEST_RUN + 1);
        let end = text.run(at, Class::TOKEN, LONGEST_RUN + 1);
        // A run too long to be one value: only what stands near this anchor.
        let long = end - start > LONGEST_RUN;
        let start = if long {
            start.max(at.saturating_sub(vendors::NEAR))
        } else {
            start
        };
        if end - start >= vendors::SHORTEST {
            self.vendors.read(text, start, end, found);
        }
        for place in start..end {
            if text.is(place, Class::DIGIT) && !text.was(place, Class::DIGIT) {
                numbers::read(text, place, found);
            }
        }
        end
    }
}

/// Where a value that a later anchor gives away could start: an e-mail
/// address before its `@`, a token before its first digit or in full.
fn tail(text: &Text<'_>) -> usize {
    let end = text.len();
    let start = text.run_back(end, Class::LOCAL_PART.or(Class::COLON), LONGEST_RUN);
    let marks = text.run_back(start, Class::OTHER_MARKS, numbers::IN_FRONT);
    marks.min(start)
}

fn next_anchor(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest.iter().position(|byte| ANCHOR.has(*byte))?;
    Some(from + at)
}

/// `_` and `-` are anchors because keys made of letters alone have one.
pub(super) const ANCHOR: Class = Class::DIGIT
    .or(Class::AT)
    .or(Class::COLON)
    .or(Class::UNDERSCORE)
    .or(Class::DASH);
