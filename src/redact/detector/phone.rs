//! Telephone numbers: E.164 with its prefix, North America, national forms.
//!
//! A number without `+` and without a familiar grouping needs a word in front.

use super::{
    context::Lexicon,
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// `+(` before the first digit.
pub(super) const IN_FRONT: usize = 2;
/// Longest number of digits, ITU-T E.164 section 6.2.1, with an exit code.
const DIGITS: usize = 17;
const GROUPS: usize = 7;

static WORDS: Lexicon = Lexicon::new(&[
    "phone",
    "tel",
    "call",
    "mobile",
    "mob",
    "cell",
    "fax",
    "whatsapp",
    "sms",
    "dial",
    "contact",
    "reach me",
    "reach us",
    "ring",
    "text me",
    "hotline",
    "handy",
    "telefon",
    "telephone",
    "celular",
    "movil",
    "movil",
    "numero",
    "numero",
    "ph:",
    "ph.",
    "number is",
    "phone_number",
]);

/// The groups of a number as written.
#[derive(Debug, Default)]
struct Written {
    start: usize,
    end: usize,
    digits: Vec<u8>,
    groups: Vec<usize>,
    plus: bool,
    bracket: bool,
    /// Separators, one per joint: the first character of each.
    joints: Vec<u8>,
}

/// `start` is the first digit of a group; `+` and `(` may stand before it.
pub(super) fn read(text: &Text<'_>, start: usize, found: &mut Found<'_>) {
    let Some(from) = first_character(text, start) else {
        return;
    };
    let written = write_down(text, from);
    if written.digits.len() < 7 || written.groups.iter().all(|one| *one == 1) {
        return;
    }
    // What follows makes it something else: a word, a longer number.
    if text.is(written.end, Class::WORD) && !has_extension(text, written.end) {
        return;
    }
    let Some((confidence, digits)) = judge(text, &written) else {
        return;
    };
    let end = extension_end(text, written.end);
    let example = is_example(&digits);
    let one = Candidate::new(written.start..end, Entity::PhoneNumber, confidence);
    found.offer(one.example(example));
}

/// Where a number whose first digit stands at `start` begins; `None` if a
/// group before it belongs to the same number, or a word runs into it.
fn first_character(text: &Text<'_>, start: usize) -> Option<usize> {
    let mut from = start;
    if text.before(from) == Some(b'(') {
        from -= 1;
    }
    if text.before(from) == Some(b'+') {
        from -= 1;
    }
    let before = text.before(from);
    let joined = match before {
        Some(b'.' | b'-' | b'/' | b',' | b'_') => text.was(from - 1, Class::ALNUM),
        Some(one) => one.is_ascii_alphanumeric() || one == b'+' || one == b'$' || one == b'#',
        None => false,
    };
    (!joined).then_some(from)
}

fn write_down(text: &Text<'_>, from: usize) -> Written {
    let mut out = Written {
        start: from,
        ..Written::default()
    };
    let mut at = from;
    if text.at(at) == Some(b'+') {
        out.plus = true;
        at += 1;
    }
    loop {
        if text.at(at) == Some(b'(') {
            out.bracket = true;
            at += 1;
        }
        let end = text.run(at, Class::DIGIT, DIGITS + 1);
        if end == at || out.digits.len() + (end - at) > DIGITS {
            break;
        }
        out.digits.extend_from_slice(text.slice(at, end));
        out.groups.push(end - at);
        out.end = end;
        if out.groups.len() == GROUPS {
            break;
        }
        let (joint, next) = joint(text, end);
        if next == end {
            break;
        }
        out.joints.push(joint);
        at = next;
    }
    out.joints.truncate(out.groups.len().saturating_sub(1));
    out
}

/// The separator that starts here: `-`, `.`, a blank, `/`, `) `, ` (`, `)-`.
fn joint(text: &Text<'_>, at: usize) -> (u8, usize) {
    match text.at(at) {
        Some(b')') => match text.at(at + 1) {
            Some(b' ' | b'-' | b'.') => (b')', at + 2),
            _ => (b')', at + 1),
        },
        Some(b' ') => match text.at(at + 1) {
            Some(b'-') if text.at(at + 2) == Some(b' ') => (b'-', at + 3),
            _ => (b' ', at + 1),
        },
        Some(one @ (b'-' | b'.' | b'/')) => (one, at + 1),
        _ => (0, at),
    }
}

/// How sure, and the digits in international or national form.
fn judge(text: &Text<'_>, written: &Written) -> Option<(Confidence, Vec<u8>)> {
    let named = || WORDS.is_before(text, written.start);
    let digits = written.digits.as_slice();
    if written.plus {
        let known = country(digits)? + 6 <= digits.len() && digits.len() <= 15;
        return known.then(|| (Confidence::HIGH, digits.to_vec()));
    }
    if let Some(rest) = digits.strip_prefix(b"00").or(digits.strip_prefix(b"011"))
        && (9..=15).contains(&rest.len())
        && country(rest).is_some()
    {
        let sure = written.groups.len() > 1 && !written.joints.contains(&b'.');
        let confidence = if named() {
            Confidence::HIGH
        } else if sure {
            Confidence::LIKELY
        } else {
            Confidence::WEAK
        };
        return Some((confidence, rest.to_vec()));
    }
    if let Some(confidence) = north_american(written) {
        let sure = if named() {
            Confidence::HIGH
        } else {
            confidence
        };
        return Some((sure, digits.to_vec()));
    }
    if digits.first() == Some(&b'0')
        && (9..=12).contains(&digits.len())
        && digits.get(1) != Some(&b'0')
    {
        let confidence = national(written);
        let sure = if named() {
            Confidence::HIGH
        } else {
            confidence
        };
        return Some((sure, digits.to_vec()));
    }
    let plausible = (7..=15).contains(&digits.len()) && !is_date(written);
    let confidence = if plausible && named() {
        Confidence::LIKELY
    } else {
        Confidence::WEAK
    };
    plausible.then(|| (confidence, digits.to_vec()))
}

/// `2024-01-15` and `15.01.2024`.
fn is_date(written: &Written) -> bool {
    matches!(
        written.groups.as_slice(),
        [4, 2, 2, ..] | [1 | 2, 1 | 2, 4, ..]
    )
}

/// NANPA: area and exchange are N11-free NXX; 1 may stand in front.
fn north_american(written: &Written) -> Option<Confidence> {
    let (digits, groups) = match written.groups.as_slice() {
        [1, rest @ ..] if written.digits.first() == Some(&b'1') => (written.digits.get(1..)?, rest),
        [11] if written.digits.first() == Some(&b'1') => {
            (written.digits.get(1..)?, written.groups.as_slice())
        }
        all => (written.digits.as_slice(), all),
    };
    let sound = digits.len() == 10
        && digits
            .first()
            .is_some_and(|one| (b'2'..=b'9').contains(one))
        && digits.get(3).is_some_and(|one| (b'2'..=b'9').contains(one));
    if !sound {
        return None;
    }
    let last = written.joints.last().copied().unwrap_or(0);
    match groups {
        [3, 3, 4] if written.bracket || last == b'-' || last == b'.' => Some(Confidence::HIGH),
        [3, 3, 4] => Some(Confidence::LIKELY),
        [3, 7] if written.bracket => Some(Confidence::HIGH),
        [6, 4] | [3, 7] if last == b'-' => Some(Confidence::LIKELY),
        _ => Some(Confidence::WEAK),
    }
}

/// A trunk 0 and groups as national plans write them: the first has 2 to 6
/// digits, the others 2 to 8.
fn national(written: &Written) -> Confidence {
    let usual = match written.groups.as_slice() {
        [2..=6, rest @ ..] => !rest.is_empty() && rest.iter().all(|one| (2..=8).contains(one)),
        _ => false,
    };
    let dotted = written.joints.contains(&b'.');
    if usual && !dotted {
        Confidence::LIKELY
    } else {
        Confidence::WEAK
    }
}

fn has_extension(text: &Text<'_>, end: usize) -> bool {
    extension_end(text, end) > end
}

/// ` x123`, ` ext. 123`, at most six digits.
fn extension_end(text: &Text<'_>, end: usize) -> usize {
    let mut at = if text.is(end, Class::SPACE) {
        end + 1
    } else {
        end
    };
    let word = ["extension", "ext.", "ext", "x"]
        .iter()
        .find(|word| text.starts_any_case(at, word.as_bytes()));
    let Some(word) = word else { return end };
    at += word.len();
    if text.is(at, Class::SPACE) {
        at += 1;
    }
    let last = text.run(at, Class::DIGIT, 6);
    if last > at && !text.is(last, Class::ALNUM) {
        last
    } else {
        end
    }
}

/// 555-0100 to 555-0199 of any area (NANPA, "555 line numbers"), and the
/// numbers Ofcom keeps for drama.
fn is_example(digits: &[u8]) -> bool {
    let tail = digits
        .get(digits.len().saturating_sub(7)..)
        .unwrap_or_default();
    let american = tail.starts_with(b"55501") && digits.len() >= 10;
    let drama: [&[u8]; 4] = [b"2079460", b"1632960", b"7700900", b"1134960"];
    let number = digits
        .strip_prefix(b"44")
        .or(digits.strip_prefix(b"0"))
        .unwrap_or(digits);
    american
        || drama
            .iter()
            .any(|head| number.starts_with(head) && number.len() == 10)
}

/// Length of the country code in front, if ITU has assigned it (E.164 list of
/// 2016-11 with later notices).
fn country(digits: &[u8]) -> Option<usize> {
    let value = |count: usize| {
        let head = digits.get(..count)?;
        Some(head.iter().fold(0_u32, |value, digit| {
            value * 10 + u32::from(digit.wrapping_sub(b'0'))
        }))
    };
    if matches!(value(1)?, 1 | 7) {
        return Some(1);
    }
    let two = matches!(value(2)?,
        20 | 27 | 30..=34 | 36 | 39 | 40 | 41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86
        | 90..=95 | 98);
    if two {
        return Some(2);
    }
    let three = matches!(value(3)?,
        211..=213 | 216 | 218 | 220..=258 | 260..=269 | 290 | 291 | 297..=299 | 350..=359
        | 370..=383 | 385..=387 | 389 | 420 | 421 | 423 | 500..=509 | 590..=599 | 670 | 672..=683
        | 685..=692 | 800 | 808 | 850 | 852 | 853 | 855 | 856 | 870 | 878 | 880..=883 | 886 | 888
        | 960..=968 | 970..=977 | 979 | 992..=996 | 998);
    three.then_some(3)
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing, examples};
    use crate::redact::entity::Entity::PhoneNumber;

    #[test]
    fn numbers_are_found_in_the_ways_people_write_them() {
        for value in [
            "+14155552671",
            "+1 415-555-2671",
            "(415) 555-2671",
            "415-555-2671",
            "415.555.2671",
            "1-415-555-2671",
            "+49 (0)30 901820",
            "+44 20 7946 1234",
            "020 7946 1234",
            "030/9018201",
            "+33 1 42 68 53 00",
            "0049 30 901820",
            "+1-415-555-2671x1234",
            "415-555-2671 ext. 12",
        ] {
            assert_finds(&format!("it is {value}."), PhoneNumber, value);
        }
    }

    #[test]
    fn bare_digits_need_their_word() {
        assert_nothing("4155552671", PhoneNumber);
        assert_finds("call me: 4155552671", PhoneNumber, "4155552671");
        assert_finds("Telefon 5321234567", PhoneNumber, "5321234567");
    }

    #[test]
    fn other_numbers_are_not_telephones() {
        for text in [
            "2024-01-15",
            "1.2.3.4567890",
            "call on 2024-01-15",
            "+999 123 456 789",
            "12345-12345",
            "10.0.0.1",
            "3.14159265358979",
            "v415-555-2671",
        ] {
            assert_nothing(text, PhoneNumber);
        }
    }

    #[test]
    fn numbers_for_films_are_marked() {
        assert_eq!(
            examples("+1 415-555-0132 or 415-555-2671 or 020 7946 0958"),
            [true, false, true]
        );
    }
}
