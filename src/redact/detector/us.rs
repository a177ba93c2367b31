//! United States: social security and individual taxpayer numbers.
//!
//! SSA, "SSN randomization": areas 000, 666 and 900 to 999, group 00 and
//! serial 0000 are never issued. IRS: taxpayer numbers are 9xx with a group of
//! 50-65, 70-88, 90-92 or 94-99. Nine bare digits need their word.

use super::{
    context::Lexicon,
    found::{Candidate, Found},
    numbers::Phrase,
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

static SSN_WORDS: Lexicon = Lexicon::new(&["ssn", "social", "ssid", "ss#", "ss #", "tax id"]);
static ITIN_WORDS: Lexicon = Lexicon::new(&["itin", "taxpayer", "tax id", "individual tax"]);

pub(super) fn read(text: &Text<'_>, phrase: &Phrase, found: &mut Found<'_>) {
    let mut lengths = [0; 3];
    for (length, group) in lengths.iter_mut().zip(phrase.groups()) {
        *length = group.len();
    }
    let (groups, separated) = match lengths {
        [3, 2, 4] => (3, true),
        [9, ..] => (1, false),
        _ => return,
    };
    let (Some(separator), Some(first)) = (phrase.separator(groups), phrase.groups().first()) else {
        return;
    };
    let Some(last) = phrase.groups().get(groups - 1) else {
        return;
    };
    // A further group belongs to it: something longer.
    if text.is(last.end, Class::WORD)
        || is_joined_on(text, last.end, separator)
        || text.was(first.start, Class::DASH)
    {
        return;
    }
    let range = first.start..last.end;
    let digits = phrase.digits(9);
    if is_ssn(digits) {
        let named = SSN_WORDS.is_before(text, first.start);
        let confidence = match (named, separated, separator) {
            (true, ..) => Confidence::CERTAIN,
            (false, true, b'-') => Confidence::HIGH,
            (false, true, b' ' | b'.' | b':') => Confidence::LIKELY,
            (false, ..) => Confidence::WEAK,
        };
        found.offer(Candidate::new(range.clone(), Entity::UsSsn, confidence));
    }
    if is_itin(digits) {
        let named = ITIN_WORDS.is_before(text, first.start);
        let confidence = match (named, separated, separator) {
            (true, ..) => Confidence::CERTAIN,
            (false, true, b'-') => Confidence::HIGH,
            (false, true, _) => Confidence::LIKELY,
            (false, ..) => Confidence::WEAK,
        };
        found.offer(Candidate::new(range, Entity::UsItin, confidence));
    }
}

fn is_joined_on(text: &Text<'_>, end: usize, separator: u8) -> bool {
    let joint = if separator == 0 { b'-' } else { separator };
    joint != b' ' && text.at(end) == Some(joint) && text.is(end + 1, Class::DIGIT)
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| {
        value * 10 + u32::from(digit.wrapping_sub(b'0'))
    })
}

fn parts(digits: &[u8]) -> (u32, u32, u32) {
    let part = |range: std::ops::Range<usize>| number(digits.get(range).unwrap_or_default());
    (part(0..3), part(3..5), part(5..9))
}

fn is_ssn(digits: &[u8]) -> bool {
    let (area, group, serial) = parts(digits);
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

fn is_itin(digits: &[u8]) -> bool {
    let (area, group, serial) = parts(digits);
    area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99) && serial != 0
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{UsItin, UsSsn};

    #[test]
    fn numbers_are_found_by_form_or_by_name() {
        assert_finds("it is 219-09-9999.", UsSsn, "219-09-9999");
        assert_finds("SSN 219099999", UsSsn, "219099999");
        assert_finds("his ssn: 219 09 9999", UsSsn, "219 09 9999");
        assert_finds("912-71-1234", UsItin, "912-71-1234");
    }

    #[test]
    fn numbers_never_issued_and_bare_digits_are_not() {
        for text in [
            "000-12-3456",
            "666-12-3456",
            "219-00-1234",
            "219-09-0000",
            "219099999",
            "219-09-9999-1",
        ] {
            assert_nothing(text, UsSsn);
        }
        assert_nothing("912-93-1234", UsItin);
    }
}
