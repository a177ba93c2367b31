//! Numbers written in groups, read once and shown to every scheme.

use super::{
    card,
    found::Found,
    iban, network, phone,
    text::{Class, Text},
    us,
};

/// A value may start this many bytes before its first digit.
pub(super) const IN_FRONT: usize = 2;
/// Digits and groups read at most: an IBAN of 34 in groups of four, twice.
const DIGITS: usize = 40;
const GROUPS: usize = 10;

/// A run of digits inside a phrase.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Digits {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many digits the phrase has up to the end of this group.
    pub(super) total: usize,
}

impl Digits {
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Groups of digits with one separator between each two.
#[derive(Debug)]
pub(super) struct Phrase {
    digits: [u8; DIGITS],
    groups: [Digits; GROUPS],
    used: usize,
    separators: [u8; GROUPS],
}

impl Phrase {
    fn read(text: &Text<'_>, start: usize) -> Self {
        let mut phrase = Self {
            digits: [0; DIGITS],
            groups: [Digits::default(); GROUPS],
            used: 0,
            separators: [0; GROUPS],
        };
        let (mut at, mut total) = (start, 0);
        while let Some(group) = phrase.groups.get_mut(phrase.used) {
            let end = text.run(at, Class::DIGIT, DIGITS + 1);
            let digits = text.slice(at, end);
            let Some(room) = phrase.digits.get_mut(total..total + digits.len()) else {
                break;
            };
            room.copy_from_slice(digits);
            total += digits.len();
            *group = Digits {
                start: at,
                end,
                total,
            };
            phrase.used += 1;
            let separator = text.at(end).filter(|byte| b" -./:".contains(byte));
            let (Some(separator), true) = (separator, text.is(end + 1, Class::DIGIT)) else {
                break;
            };
            if let Some(held) = phrase.separators.get_mut(phrase.used - 1) {
                *held = separator;
            }
            at = end + 1;
        }
        phrase
    }

    pub(super) fn groups(&self) -> &[Digits] {
        self.groups.get(..self.used).unwrap_or_default()
    }

    /// The first `count` digits, as ASCII.
    pub(super) fn digits(&self, count: usize) -> &[u8] {
        self.digits.get(..count).unwrap_or_default()
    }

    /// The separator all of the first `groups` groups share; 0 for one group.
    pub(super) fn separator(&self, groups: usize) -> Option<u8> {
        let between = self.separators.get(..groups.checked_sub(1)?)?;
        let first = between.first().copied().unwrap_or(0);
        between.iter().all(|one| *one == first).then_some(first)
    }
}

/// Shows the number whose first digit stands here to the schemes.
pub(super) fn read(text: &Text<'_>, start: usize, found: &mut Found<'_>) {
    iban::read(text, start, found);
    found.settle(text, start.saturating_sub(iban::IN_FRONT));
    phone::read(text, start, found);
    found.settle(text, start.saturating_sub(phone::IN_FRONT));
    if text.was(start, Class::ALNUM) {
        return;
    }
    let phrase = Phrase::read(text, start);
    if phrase.groups().is_empty() {
        return;
    }
    network::read_dotted(text, &phrase, found);
    card::read(text, &phrase, found);
    us::read(text, &phrase, found);
    found.settle(text, start);
}
