//! Passwords said rather than assigned: `--password X`, `login a password X`,
//! `the password is 'X'`.

use super::super::{
    found::{Candidate, Found},
    shape,
    text::{Class, Text},
};
use super::value;
use crate::redact::entity::{Confidence, Entity};

/// `at` is where `assw` stands.
pub(in super::super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = text.run_back(at, Class::SLUG, 32);
    let end = text.run(at, Class::ALPHA, 16);
    if let Some((from, until)) = said(text, start, end) {
        found.offer(Candidate::new(
            from..until,
            Entity::Password,
            Confidence::LIKELY,
        ));
    }
    found.settle(text, end);
}

fn said(text: &Text<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    if !text.is(end, Class::SPACE) {
        return None;
    }
    let flag = text.at(start) == Some(b'-');
    let mut at = end + 1;
    let mut linked = false;
    for link in ["is ", "was ", "for user ", "set to ", "to ", "of "] {
        if text.starts_any_case(at, link.as_bytes()) {
            at += link.len();
            linked = true;
        }
    }
    let quoted = matches!(text.at(at), Some(b'"' | b'\'' | b'`'));
    let from = if quoted { at + 1 } else { at };
    let until = text.run(from, PASSWORD, 64);
    let last = text
        .slice(from, until)
        .iter()
        .rposition(|byte| !b".,;:)".contains(byte))?;
    let until = if quoted { until } else { from + last + 1 };
    let word = text.slice(from, until);
    let digits = word.iter().any(u8::is_ascii_digit);
    let marks = word.iter().any(|byte| b"!@#$%^&*_+=~?".contains(byte));
    let letters = word.iter().any(u8::is_ascii_alphabetic);
    let odd = letters && (digits || marks);
    let closed = quoted && text.at(until) == text.at(at);
    let holds = word.len() >= 4
        && !word.starts_with(b"-")
        && !shape::is_placeholder(word)
        && !value::is_keyword(word)
        && ((flag && !quoted) || closed || (odd && word.len() >= 6) || (linked && odd));
    holds.then_some((from, until))
}

/// Anything printable but quotes.
const PASSWORD: Class = Class::LOCAL_PART
    .or(Class::COLON)
    .or(Class::AT)
    .or(Class::OTHER_MARKS)
    .without(Class::QUOTE);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::Password;

    #[test]
    fn passwords_are_heard_in_speech_and_commands() {
        assert_finds("connect --password tide-pool9 now", Password, "tide-pool9");
        assert_finds("the password is 'seashell' today", Password, "seashell");
        assert_finds(
            "machine x login ana password t1depool",
            Password,
            "t1depool",
        );
        assert_finds("and his password !Open4Sea.", Password, "!Open4Sea");
    }

    #[test]
    fn talk_about_passwords_is_left() {
        for text in [
            "password reset links",
            "the password is required",
            "password must have 8 letters",
            "a password manager",
            "password policy v2",
        ] {
            assert_nothing(text, Password);
        }
    }
}
