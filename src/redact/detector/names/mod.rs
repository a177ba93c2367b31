//! Names of people and postal addresses: a gazetteer, the words around, and
//! the shapes of names and streets.
//!
//! This is the weakest stage of all and says so: it knows a fraction of the
//! world's names, and a capital letter is not a person. It is therefore off
//! unless names are wanted, is measured apart, and stands behind
//! [`NameModel`], which something that has learned names may implement.

mod address;
mod gazetteer;
mod person;

use std::{fmt::Debug, ops::Range};

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};
pub use gazetteer::Gazetteer;

/// A stage that finds names and addresses in text.
///
/// For a stream it has to promise what all detectors do: what is offered
/// before the returned place would be offered for every longer text, and
/// depends on at most [`super::LOOK_BEHIND`] bytes before it.
pub trait NameModel: Debug + Send + Sync {
    /// Offers every name or address in `text` that may start at `from` or
    /// later. Returns the place from which on a longer text could say more:
    /// the length of the text where none could.
    fn read(
        &self,
        text: &str,
        from: usize,
        offer: &mut dyn FnMut(Range<usize>, Entity, Confidence),
    ) -> usize;
}

/// Runs a model if anything it finds is wanted.
pub(super) fn read(model: &dyn NameModel, bytes: &[u8], from: usize, found: &mut Found<'_>) {
    let wanted = [Entity::PersonName, Entity::StreetAddress]
        .iter()
        .any(|one| found.wanted.least(*one).is_some());
    let Some(text) = wanted.then(|| std::str::from_utf8(bytes).ok()).flatten() else {
        return;
    };
    let mut offered = Vec::new();
    let held = model.read(text, from, &mut |range, entity, sure| {
        offered.push(Candidate::new(range, entity, sure));
    });
    found.held = found.held.min(held);
    for one in offered {
        found.offer(one);
    }
}

impl NameModel for Gazetteer {
    fn read(
        &self,
        text: &str,
        from: usize,
        offer: &mut dyn FnMut(Range<usize>, Entity, Confidence),
    ) -> usize {
        let reader = Text::new(text.as_bytes());
        let mut held = address::left(&reader, text.len());
        let mut at = from;
        while let Some(start) = next_word(&reader, at) {
            let end = reader.run(start, Class::ALPHA, LONGEST);
            let word = reader.slice(start, end);
            let mut first = start;
            if let Some((range, sure)) = person::read(self, &reader, start, end) {
                offer(range, Entity::PersonName, sure);
            }
            if let Some(range) = address::read(self.of(word), &reader, start, word) {
                first = first.min(range.start);
                offer(range, Entity::StreetAddress, Confidence::LIKELY);
            }
            if reader.take_touched() {
                // Whatever this word begins may go on, or begin further left.
                held = held.min(address::left(&reader, first)).min(start);
            }
            at = end.max(start + 1);
        }
        held
    }
}

/// Longest word that is looked at.
const LONGEST: usize = 32;

/// The next start of a word of letters.
fn next_word(text: &Text<'_>, from: usize) -> Option<usize> {
    let mut at = from;
    while at < text.len() {
        if text.is(at, Class::ALPHA) && !text.was(at, Class::WORD.or(Class::NOT_ASCII)) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{PersonName, StreetAddress};

    #[test]
    fn names_are_found_by_gazetteer_and_by_what_surrounds_them() {
        assert_finds(
            "we met Jessica Thornwood there",
            PersonName,
            "Jessica Thornwood",
        );
        assert_finds("my name is Oduya.", PersonName, "Oduya");
        assert_finds(
            "ask Mr. Quillfeather about it",
            PersonName,
            "Mr. Quillfeather",
        );
        assert_finds("pamela said so", PersonName, "pamela");
    }

    #[test]
    fn other_capitals_are_left() {
        for text in [
            "The Slow Purple Carpet",
            "Machine Learning in Monday's Paper",
            "Will you mark it in May?",
        ] {
            assert_nothing(text, PersonName);
        }
    }

    #[test]
    fn addresses_are_found_in_several_languages() {
        for value in [
            "12 Harbour Street",
            "Via Garofalo 75",
            "Lindenstrasse 8",
            "Calle Mayor 3",
            "P.O. Box 4854",
        ] {
            assert_finds(
                &format!("it went to {value} last night"),
                StreetAddress,
                value,
            );
        }
        assert_nothing("5 people on the street", StreetAddress);
    }
}
