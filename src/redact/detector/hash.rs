//! Hashes of passwords: crypt(5) formats, PHC strings, Kerberos tickets.
//!
//! The anchor is the first `$` of `$id$…`; identifiers from crypt(5) of
//! libxcrypt 4.4, the PHC string format, and the examples page of hashcat.

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

const LONGEST: usize = 2048;
const BODY: Class = Class::TOKEN
    .or(Class::EQUALS)
    .or(Class::DOLLAR)
    .or(Class::COMMA)
    .or(Class::AT)
    .or(Class::STAR);

/// `at` is a `$`. Returns where the walk goes on: a hash holds no other.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) -> usize {
    let mut next = at + 1;
    let start = named_before(text, at);
    let id_end = text.run(at + 1, Class::SLUG, 24);
    let id = text.slice(at + 1, id_end);
    if text.at(id_end) == Some(b'$')
        && (IDS.iter().any(|known| known.as_bytes() == id) || start < at)
    {
        let end = text.run(at, BODY, LONGEST);
        let kept = text
            .slice(at, end)
            .iter()
            .rposition(|byte| !b".,".contains(byte));
        let end = at + kept.map_or(0, |last| last + 1);
        let parts = text.slice(at, end).split(|byte| *byte == b'$').count();
        if end - start >= 20 && parts >= 3 {
            let one = Candidate::new(start..end, Entity::PasswordHash, Confidence::HIGH);
            if found.wanted.takes(one.entity, one.confidence) {
                next = end;
            }
            found.offer(one);
        }
    }
    found.settle(text, start);
    next
}

/// Django writes the name before the first `$`.
fn named_before(text: &Text<'_>, at: usize) -> usize {
    let start = text.run_back(at, Class::WORD, 24);
    let name = text.slice(start, at);
    let known = [
        "pbkdf2_sha256",
        "pbkdf2_sha1",
        "bcrypt_sha256",
        "argon2",
        "scrypt",
    ];
    if known.iter().any(|one| one.as_bytes() == name) {
        start
    } else {
        at
    }
}

const IDS: [&str; 32] = [
    "1",
    "2",
    "2a",
    "2b",
    "2x",
    "2y",
    "3",
    "5",
    "6",
    "7",
    "8",
    "9",
    "14",
    "y",
    "gy",
    "md5",
    "sha1",
    "apr1",
    "argon2i",
    "argon2d",
    "argon2id",
    "scrypt",
    "pbkdf2",
    "pbkdf2-sha256",
    "pbkdf2-sha512",
    "krb5tgs",
    "krb5asrep",
    "krb5pa",
    "P",
    "H",
    "S",
    "bcrypt-sha256",
];

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::PasswordHash;

    #[test]
    fn hashes_of_common_schemes_are_found() {
        for value in [
            "$2b$12$madeupmadeupmadeupmadeOuMadeUpHashThatIsLongEnoughToBe",
            "$6$saltsalt$MadeUpHash.MadeUpHash/MadeUpHash",
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$bWFkZXVwaGFzaG1hZGV1cA",
            "pbkdf2_sha256$260000$saltsalt$bWFkZXVwaGFzaG1hZGV1cA==",
        ] {
            assert_finds(&format!("ana:{value}:19000"), PasswordHash, value);
        }
    }

    #[test]
    fn prices_and_variables_are_left() {
        for text in ["costs $5 and $6 each", "$HOME$PATH", "$1$ $2"] {
            assert_nothing(text, PasswordHash);
        }
    }
}
