//! Payment card numbers: an issuer's range (ISO/IEC 7812), its length, Luhn.

use super::{
    checksum::luhn,
    context::Lexicon,
    found::{Candidate, Found},
    numbers::{Digits, Phrase},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// Words in front of a card number.
static WORDS: Lexicon = Lexicon::new(&[
    "card",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "credit",
    "debit",
    "discover",
    "jcb",
    "diners",
    "maestro",
    "karte",
    "carte",
    "tarjeta",
    "cartao",
    "carta di",
]);

pub(super) fn read(text: &Text<'_>, phrase: &Phrase, found: &mut Found<'_>) {
    let Some(first) = phrase.groups().first() else {
        return;
    };
    let mut best = None;
    for (at, last) in phrase.groups().iter().enumerate() {
        let groups = phrase.groups().get(..=at).unwrap_or_default();
        let digits = phrase.digits(last.total);
        let shaped = (12..=19).contains(&last.total)
            && is_grouped_like_a_card(groups)
            && phrase
                .separator(at + 1)
                .is_some_and(|one| [0, b' ', b'-', b'.'].contains(&one));
        if shaped && luhn(digits) {
            best = Some((last.end, groups.len(), is_issued(digits)));
        }
    }
    let Some((end, groups, issued)) = best else {
        return;
    };
    let named = WORDS.is_before(text, first.start);
    if !issued && !named {
        return;
    }
    // A longer word or a decimal fraction that begins like a card.
    if text.is(end, Class::WORD) || (text.was(first.start, Class::DOT) && groups == 1) {
        return;
    }
    let confidence = match (groups, named) {
        (_, true) => Confidence::CERTAIN,
        (1, false) => Confidence::LIKELY,
        (_, false) => Confidence::HIGH,
    };
    found.offer(Candidate::new(
        first.start..end,
        Entity::CreditCard,
        confidence,
    ));
}

/// One run, fours with a rest, or the 4-6-5 and 4-6-4 of American Express and
/// Diners Club.
fn is_grouped_like_a_card(groups: &[Digits]) -> bool {
    let mut lengths = [0; 6];
    for (length, group) in lengths.iter_mut().zip(groups) {
        *length = group.len();
    }
    match lengths.get(..groups.len()).unwrap_or_default() {
        [_] | [4, 6, 4 | 5] => true,
        [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] => true,
        [_, ..] => false,
        [] => false,
    }
}

/// Issuer ranges and lengths: ISO/IEC 7812-1 major industries as the networks
/// publish them (Visa, Mastercard, American Express, Discover, JCB, Diners
/// Club, UnionPay, Maestro, Mir, RuPay, Troy, Elo).
fn is_issued(digits: &[u8]) -> bool {
    let head = |count: usize| {
        digits
            .get(..count)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |value, digit| {
                value * 10 + u32::from(digit.wrapping_sub(b'0'))
            })
    };
    let (two, three, four) = (head(2), head(3), head(4));
    match digits.len() {
        12 => matches!(two, 50 | 56..=69),
        13 => (40..=49).contains(&two) || matches!(two, 50 | 56..=69),
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37) || matches!(four, 1800 | 2131) || matches!(two, 50 | 56..=58),
        16 => {
            matches!(two, 40..=49 | 50..=59 | 60..=69 | 81 | 82)
                || (2221..=2720).contains(&four)
                || (2200..=2204).contains(&four)
                || (3528..=3589).contains(&four)
                || matches!(four, 9792)
                || matches!(three, 300..=305 | 309)
                || matches!(two, 36 | 38 | 39)
        }
        17 => matches!(two, 50 | 56..=69),
        18 => matches!(two, 50 | 56..=69),
        19 => matches!(two, 40..=49 | 50 | 56..=69) || (3528..=3589).contains(&four),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::CreditCard;

    #[test]
    fn cards_of_every_network_are_found_in_their_usual_groups() {
        for value in [
            "4539148803436467",
            "4539 1488 0343 6467",
            "4539-1488-0343-6467",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "6011111111111117",
            "3530111333300000",
            "30569309025904",
            "6200000000000005",
        ] {
            assert_finds(&format!("pay with {value}, now"), CreditCard, value);
        }
    }

    #[test]
    fn the_number_ends_before_what_follows_it() {
        assert_finds(
            "4539 1488 0343 6467 12/27 123",
            CreditCard,
            "4539 1488 0343 6467",
        );
    }

    #[test]
    fn a_wrong_check_digit_or_an_unknown_issuer_is_no_card() {
        for text in [
            "4539148803436468",
            "9999999999999995",
            "0.4539148803436467",
            "1234567890123456",
        ] {
            assert_nothing(text, CreditCard);
        }
    }
}
