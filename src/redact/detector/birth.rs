//! Dates named as somebody's birthday.

use super::{
    context::Lexicon,
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

static WORDS: Lexicon = Lexicon::new(&[
    "born",
    "dob",
    "d.o.b",
    "date of birth",
    "birth date",
    "birthdate",
    "birthday",
    "date_of_birth",
    "birth_date",
    "geboren",
    "geburtsdatum",
    "ne le",
    "nee le",
    "date de naissance",
    "nacido",
    "nacida",
    "fecha de nacimiento",
    "nato il",
    "nata il",
    "data di nascita",
    "nascimento",
]);
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
/// `September ` before the first digit.
pub(super) const IN_FRONT: usize = 10;

/// `at` is the first digit of a group.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = month_before(text, at);
    let end = numeric(text, at).or_else(|| worded(text, start, at));
    if let Some(end) = end
        && WORDS.is_within(text, start, 32)
    {
        found.offer(Candidate::new(
            start..end,
            Entity::DateOfBirth,
            Confidence::HIGH,
        ));
    }
    found.settle(text, at.saturating_sub(IN_FRONT));
}

/// `9/20/1968`, `20.9.68`, `1968-09-20`.
fn numeric(text: &Text<'_>, at: usize) -> Option<usize> {
    let first = text.run(at, Class::DIGIT, 5);
    let separator = text.at(first).filter(|byte| b"/-. ".contains(byte))?;
    let second = text.run(first + 1, Class::DIGIT, 3);
    if text.at(second) != Some(separator) {
        return None;
    }
    let third = text.run(second + 1, Class::DIGIT, 5);
    let lengths = (first - at, second - first - 1, third - second - 1);
    matches!(lengths, (1 | 2, 1 | 2, 2 | 4) | (4, 1 | 2, 1 | 2)).then_some(third)
}

/// `20 September 1968`, `20th of Sep 1968`, `September 20, 1968`.
fn worded(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let day = text.run(at, Class::DIGIT, 5);
    let mut next = text.run(day, Class::ALPHA, 2);
    if start < at {
        // The month stands in front; a year may follow.
        next = text.run(next, Class::COMMA.or(Class::SPACE), 2);
        let year = text.run(next, Class::DIGIT, 5);
        return Some(if year - next == 4 { year } else { day });
    }
    next = text.run(next, Class::SPACE.or(Class::DOT), 2);
    if text.starts_any_case(next, b"of ") {
        next += 3;
    }
    if !MONTHS
        .iter()
        .any(|month| text.starts_any_case(next, month.as_bytes()))
    {
        return None;
    }
    let month = text.run(next, Class::ALPHA, 9);
    let year = text.run(
        text.run(month, Class::COMMA.or(Class::SPACE), 2),
        Class::DIGIT,
        5,
    );
    Some(if text.was(year, Class::DIGIT) {
        year
    } else {
        month
    })
}

/// The start of a month's name that stands before a day.
pub(super) fn month_before(text: &Text<'_>, at: usize) -> usize {
    if !text.was(at, Class::SPACE) {
        return at;
    }
    let word = text.run_back(at - 1, Class::ALPHA, 9);
    let month = text.slice(word, at - 1).to_ascii_lowercase();
    let known = month.len() >= 3 && MONTHS.iter().any(|one| month.starts_with(one.as_bytes()));
    if known { word } else { at }
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::DateOfBirth;

    #[test]
    fn birthdays_are_found_in_their_usual_forms() {
        for value in [
            "9/20/1968",
            "20.09.1968",
            "1968-09-20",
            "20 September 1968",
            "September 20, 1968",
            "20th of Sep 1968",
        ] {
            assert_finds(
                &format!("She was born on {value} in Rome."),
                DateOfBirth,
                value,
            );
        }
        assert_finds("DOB: 01/02/1990", DateOfBirth, "01/02/1990");
    }

    #[test]
    fn other_dates_are_left() {
        assert_nothing("The meeting is on 9/20/2024.", DateOfBirth);
        assert_nothing("born to run 10 miles", DateOfBirth);
    }
}
