//! Numbers of people, accounts and vehicles: national and tax numbers with
//! their check digits, and whatever follows a label such as `passport number`.
//!
//! A document is read once as groups of letters and digits; every scheme sees
//! the same groups. A scheme that prints no letter and has one check digit is
//! too weak to stand alone: bare, it gets a confidence only `strict` profiles
//! take.

mod checks;
mod labels;
mod schemes;

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};
use schemes::SCHEMES;

/// Letters and digits of the longest number that is read.
const LONGEST: usize = 20;
const GROUPS: usize = 7;
const SHORTEST: usize = 5;
/// A short word before the first digit belongs to the number: `YZ 61 48 68 B`.
pub(super) const IN_FRONT: usize = 5;

/// A number as written, in upper case without its separators.
#[derive(Debug)]
struct Document {
    characters: Vec<u8>,
    /// For every group: where it ends, and how many characters stand up to it.
    ends: Vec<(usize, usize)>,
}

/// `at` is the first character of a word that holds a digit.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let before = text.run_back(at, Class::ALPHA, 4);
    read_from(text, at, found);
    let letters = letters_before(text, at);
    if letters < at && before == at {
        read_from(text, letters, found);
    }
    found.settle(text, at.saturating_sub(IN_FRONT));
}

/// Where one to three capitals and a blank or dash before `at` begin:
/// `KJA-999PZ`, `YZ 61 48 68 B`.
pub(super) fn letters_before(text: &Text<'_>, at: usize) -> usize {
    if !text.was(at, Class::SPACE.or(Class::DASH)) {
        return at;
    }
    let front = at - 1;
    let word = text.run_back(front, Class::UPPER, 4);
    let sound = (1..=3).contains(&(front - word)) && !text.was(word, Class::WORD);
    if sound { word } else { at }
}

fn read_from(text: &Text<'_>, start: usize, found: &mut Found<'_>) {
    let document = Document::read(text, start);
    // No number is shorter; most words with a digit are.
    if document.characters.len() < SHORTEST {
        return;
    }
    let label = labels::before(text, start);
    // Part of a decimal fraction or of something longer.
    let begun = text.was(
        start,
        Class::DOT.or(Class::DASH).or(Class::WORD).or(Class::SLASH),
    );
    for (end, count) in &document.ends {
        let characters = document.characters.get(..*count).unwrap_or_default();
        if *count < schemes::SHORTEST {
            continue;
        }
        let fits: Vec<_> = SCHEMES
            .iter()
            .filter(|scheme| scheme.fits(characters))
            .collect();
        if fits.is_empty() {
            continue;
        }
        let layout = layout(text.slice(start, *end));
        let goes_on = text.is(*end, Class::DOT.or(Class::DASH)) && text.is(end + 1, Class::DIGIT);
        for scheme in fits {
            let called = label.is_some_and(|label| label.means(scheme.entity));
            let sure = match called {
                true => Confidence::HIGH,
                false if begun || goes_on => Confidence::ANY,
                false if end - start == *count => scheme.bare,
                false if scheme.is_written(&layout) => scheme.written,
                false => Confidence::ANY,
            };
            let one = Candidate::new(start..*end, scheme.entity, sure);
            found.offer(if scheme.entity == Entity::NationalId {
                one.of(scheme.name)
            } else {
                one
            });
        }
    }
    if let Some(label) = label
        && let Some(end) = labelled_end(text, start, label.least)
    {
        let one = Candidate::new(start..end, label.entity, Confidence::LIKELY);
        found.offer(if label.entity == Entity::NationalId {
            one.of("labelled")
        } else {
            one
        });
    }
}

/// Lengths of groups and the separators between them: `3.3.3-2`.
fn layout(written: &[u8]) -> String {
    let mut layout = String::new();
    let mut length = 0_usize;
    for byte in written {
        if byte.is_ascii_alphanumeric() {
            length += 1;
        } else {
            layout.push_str(&length.to_string());
            layout.push(char::from(*byte));
            length = 0;
        }
    }
    layout + &length.to_string()
}

/// What a label names: one word of letters, digits, dashes and dots with a
/// digit in it.
fn labelled_end(text: &Text<'_>, start: usize, least: usize) -> Option<usize> {
    let class = Class::ALNUM.or(Class::DASH).or(Class::DOT);
    let end = text.run(start, class, 32);
    let word = text.slice(start, end);
    let kept = word.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let word = text.slice(start, start + kept);
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    // `10-digit` is said of a number.
    let word_inside = word
        .windows(4)
        .any(|part| part.iter().all(u8::is_ascii_lowercase));
    let plain = !word_inside && kept <= 26 && digits >= (least / 2).min(4) && kept >= least;
    (plain && !is_date(word)).then_some(start + kept)
}

/// `2024-01-15`, `1.2.2024`, `2024`.
fn is_date(word: &[u8]) -> bool {
    let groups: Vec<usize> = word
        .split(|byte| !byte.is_ascii_digit())
        .map(<[u8]>::len)
        .collect();
    let year = word.len() == 4 && (word.starts_with(b"19") || word.starts_with(b"20"));
    year || matches!(
        groups.as_slice(),
        [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 2 | 4]
    )
}

impl Document {
    fn read(text: &Text<'_>, start: usize) -> Self {
        let mut document = Self {
            characters: Vec::with_capacity(LONGEST),
            ends: Vec::new(),
        };
        let mut at = start;
        while document.ends.len() < GROUPS {
            let end = text.run(at, Class::ALNUM, LONGEST + 1);
            if end == at || document.characters.len() + (end - at) > LONGEST {
                break;
            }
            let group = text.slice(at, end).iter().map(u8::to_ascii_uppercase);
            document.characters.extend(group);
            document.ends.push((end, document.characters.len()));
            let joint = text.at(end).is_some_and(|byte| b" -./:+".contains(&byte));
            if !joint {
                break;
            }
            at = end + 1;
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::detector::testing::{assert_finds, assert_nothing, found};

    #[test]
    fn numbers_with_letters_or_their_own_writing_stand_alone() {
        for (value, scheme) in [
            ("12345678Z", "es_nif"),
            ("X1234567L", "es_nif"),
            ("131052-308T", "fi_hetu"),
            ("RSSMRA85T10A562S", "it_codice_fiscale"),
            ("529.982.247-25", "br_cpf"),
            ("11010519491231002X", "cn_resident"),
            ("756.9217.0769.85", "ch_ahv"),
            ("S1234567D", "sg_nric"),
            ("93.05.18-223.61", "be_national"),
        ] {
            let found = found(&format!("see {value} there"));
            assert_eq!(found.len(), 1, "{value}: {found:?}");
            assert_eq!(found[0].subtype, Some(scheme), "{value}");
        }
    }

    #[test]
    fn one_check_digit_needs_its_label() {
        for (text, value) in [
            ("PESEL 44051401359", "44051401359"),
            ("his BSN: 111222333", "111222333"),
            ("Aadhaar 2341 2341 2346", "2341 2341 2346"),
        ] {
            assert_finds(text, Entity::NationalId, value);
            assert_nothing(
                value.rsplit_once(' ').map_or(value, |_| "44051401359"),
                Entity::NationalId,
            );
        }
    }

    #[test]
    fn a_label_names_what_follows() {
        assert_finds(
            "her passport number is XK4471230.",
            Entity::Passport,
            "XK4471230",
        );
        assert_finds(
            "Driver's license: D123-4567-8901",
            Entity::DriversLicense,
            "D123-4567-8901",
        );
        assert_finds(
            "account number '0099887766'",
            Entity::BankAccount,
            "0099887766",
        );
        assert_finds("patient ID 774411", Entity::MedicalId, "774411");
        assert_finds("licence plate AB12CDE", Entity::VehicleId, "AB12CDE");
    }

    #[test]
    fn labels_without_a_number_and_numbers_of_days_are_left() {
        for text in [
            "passport control opens 2024-01-15",
            "account number is required",
            "plate 12",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
