//! JSON Web Tokens: RFC 7515 and 7516 in compact form, by their first
//! characters: `eyJ` is `{"` in base64url.

use super::{
    Until,
    found::{Candidate, Found, OpenEnd},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

pub(super) const PREFIX: &str = "eyJ";
/// Header and four bytes of payload: more than any header seen.
pub(super) const CERTAIN: usize = 2048;
/// `{"alg":""}` and the least a payload can be, `{}`.
const HEADER: usize = 12;
const PAYLOAD: usize = 3;

const SEGMENT: Class = Class::SLUG;
const REST: Class = Class::SLUG.or(Class::DOT);

/// `at` is where `eyJ` stands. Returns where the walk goes on.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) -> Option<usize> {
    let next = offer(text, at, found);
    found.settle(text, at);
    next
}

fn offer(text: &Text<'_>, at: usize, found: &mut Found<'_>) -> Option<usize> {
    if text.was(at, SEGMENT) {
        return None;
    }
    let header = text.run(at, SEGMENT, CERTAIN);
    if header - at < HEADER || text.at(header) != Some(b'.') {
        return None;
    }
    let payload = text.run(header + 1, SEGMENT, PAYLOAD);
    if payload - header - 1 < PAYLOAD {
        return None;
    }
    let end = text.run(payload, REST, usize::MAX);
    // A full stop behind it is the sentence's.
    let dots = text
        .slice(at, end)
        .iter()
        .rev()
        .take_while(|byte| **byte == b'.')
        .count();
    let one = Candidate::new(at..end - dots, Entity::Jwt, Confidence::CERTAIN);
    if !found.wanted.takes(one.entity, one.confidence) {
        return None;
    }
    found.offer_open(OpenEnd {
        start: at,
        from: payload,
        entity: one.entity,
        until: Until::TokenEnd,
    });
    found.offer(one);
    Some(end)
}

/// See [`Until::consume`].
pub(super) fn consume(text: &str, more: bool) -> (usize, bool) {
    let end = text.bytes().position(|byte| !REST.has(byte));
    let token = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let kept = token.trim_end_matches('.').len();
    // Dots at the cut may be inside the token.
    (kept, end.is_some() || !more)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a test knows its text")]
mod tests {
    use super::*;
    use crate::redact::detector::testing::{assert_finds, assert_nothing};

    fn token() -> String {
        format!(
            "{}hbGciOiJIUzI1NiJ9.{}zdWIiOiJtYWRlLXVwIn0.bm90LWEtc2lnbmF0dXJl",
            PREFIX, PREFIX
        )
    }

    #[test]
    fn tokens_end_before_the_full_stop_of_a_sentence() {
        assert_finds(&format!("it is {}.", token()), Entity::Jwt, &token());
        assert_finds(&format!("Bearer {}\"", token()), Entity::Jwt, &token());
        assert_nothing("eyJhbGciOiJIUzI1NiJ9 alone", Entity::Jwt);
    }

    #[test]
    fn swallowing_piece_by_piece_ends_where_the_whole_does() {
        let text = format!("{}. Next", token());
        for cut in 0..text.len() {
            let (done, end) = consume(&text[..cut], true);
            let rest = if end {
                0
            } else {
                consume(&text[done..], false).0
            };
            assert_eq!(done + rest, token().len(), "cut at {cut}");
        }
    }
}
