//! IBAN, ISO 13616: country, its length, MOD 97-10.

use super::{
    checksum::mod_97,
    context::Lexicon,
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

static WORDS: Lexicon = Lexicon::new(&["iban"]);

/// The country before the first digit.
pub(super) const IN_FRONT: usize = 2;
/// Longest there is (ISO 13616-1).
const LONGEST: usize = 34;
/// With a space after every four.
const LONGEST_WRITTEN: usize = LONGEST + LONGEST / 4;

/// `start` is the first check digit; the country stands before it.
pub(super) fn read(text: &Text<'_>, start: usize, found: &mut Found<'_>) {
    let Some(country) = start.checked_sub(2) else {
        return;
    };
    let letters = text.slice(country, start);
    if text.was(country, Class::WORD) || !letters.iter().all(u8::is_ascii_alphabetic) {
        return;
    }
    let upper = letters.to_ascii_uppercase();
    let Some(length) = length_of(&upper) else {
        return;
    };
    let (characters, end) = read_characters(text, country, length);
    let checked = characters.len() == length && !text.is(end, Class::ALNUM) && {
        let (head, body) = characters.split_at_checked(4).unwrap_or_default();
        mod_97(body.iter().chain(head).copied()) == 1
    };
    if checked {
        found.offer(Candidate::new(
            country..end,
            Entity::Iban,
            Confidence::CERTAIN,
        ));
    } else if WORDS.is_within(text, country, 16) && characters.len() >= 8 {
        // Said to be one: a typing error does not make it public.
        found.offer(Candidate::new(
            country..end,
            Entity::Iban,
            Confidence::LIKELY,
        ));
    }
}

/// Up to `length` letters and digits with single spaces or dashes between.
fn read_characters(text: &Text<'_>, from: usize, length: usize) -> (Vec<u8>, usize) {
    let mut characters = Vec::with_capacity(LONGEST);
    let (mut at, mut end) = (from, from);
    while characters.len() < length && at < from + LONGEST_WRITTEN {
        match text.at(at) {
            Some(one) if one.is_ascii_alphanumeric() => {
                characters.push(one.to_ascii_uppercase());
                end = at + 1;
            }
            Some(b' ' | b'-') if text.was(at, Class::ALNUM) => {}
            _ => break,
        }
        at += 1;
    }
    (characters, end)
}

/// SWIFT IBAN Registry, release 99: country and length.
fn length_of(country: &[u8]) -> Option<usize> {
    let at = LENGTHS
        .iter()
        .find(|(code, _)| code.as_bytes() == country)?;
    Some(at.1)
}

const LENGTHS: [(&str, usize); 88] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::Iban;

    #[test]
    fn the_registry_s_examples_are_found_in_both_writings() {
        for value in [
            "GB82WEST12345698765432",
            "GB82 WEST 1234 5698 7654 32",
            "DE89370400440532013000",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO9386011117947",
            "gb82west12345698765432",
        ] {
            assert_finds(&format!("to {value}, please"), Iban, value);
        }
    }

    #[test]
    fn a_wrong_sum_is_no_iban_unless_it_is_called_one() {
        assert_nothing("GB28WEST12345698765432", Iban);
        assert_finds(
            "IBAN GB28WEST12345698765432",
            Iban,
            "GB28WEST12345698765432",
        );
        assert_nothing("XX82WEST12345698765432", Iban);
    }
}
