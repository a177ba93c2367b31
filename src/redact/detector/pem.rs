//! Private keys in armour: PEM (RFC 7468, RFC 1421), OpenSSH, PGP (RFC 9580).
//!
//! The key starts at its `-----BEGIN … KEY…-----` line and is masked to the
//! end line, or, where that is missing, as far as the text looks like an
//! armoured body: headers and words of base64. A body word has 16 characters
//! and more; only the last may be shorter.

use super::{
    Until,
    found::{Candidate, Found, OpenEnd},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

pub(super) const PREFIX: &str = "-----BEGIN ";
const DASHES: &[u8] = b"-----";
/// The start is certain within this many bytes: the line and one body word.
pub(super) const CERTAIN: usize = 256;
/// Longest line after the dashes: `BEGIN PGP PRIVATE KEY BLOCK`.
const LABEL: usize = 48;
const WORD: usize = 16;
/// `Proc-Type`, `DEK-Info`, `Version`, `Comment` and some more.
const HEADERS: usize = 8;

/// `at` is the first of the dashes. Returns the end of the key.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) -> Option<usize> {
    let key = body_start(text, at).and_then(|body| body_end(text, body));
    let next = key.and_then(|(end, first)| offer(at, end, first, found));
    // What is there of a body that goes on holds nothing else.
    let open = found.settle(text, at);
    next.map(|end| if open { text.len() } else { end })
}

fn offer(at: usize, end: usize, first: usize, found: &mut Found<'_>) -> Option<usize> {
    let one = Candidate::new(at..end, Entity::PrivateKeyPem, Confidence::CERTAIN);
    if !found.wanted.takes(one.entity, one.confidence) {
        return None;
    }
    found.offer_open(OpenEnd {
        start: at,
        from: first,
        entity: one.entity,
        until: Until::ArmourEnd,
    });
    found.offer(one);
    Some(end)
}

/// The place after `-----BEGIN … PRIVATE KEY…-----`.
fn body_start(text: &Text<'_>, at: usize) -> Option<usize> {
    let label = at + DASHES.len();
    if !text.starts(label, b"BEGIN ") {
        return None;
    }
    let end = text.run(label, Class::ALNUM.or(Class::SPACE), LABEL);
    let name = text.slice(label, end);
    let private = name.ends_with(b"PRIVATE KEY") || name.ends_with(b"PRIVATE KEY BLOCK");
    (private && text.starts(end, DASHES)).then_some(end + DASHES.len())
}

/// What the armour goes on with.
enum Next {
    Header(usize),
    Word(usize),
    /// The end line, or the last word of a body without one.
    Last(usize),
    Stop,
}

/// The end of the armour that starts here, and whether its start is certain;
/// `None` if there is no body at all.
fn body_end(text: &Text<'_>, from: usize) -> Option<(usize, usize)> {
    let (mut at, mut first) = (from, None);
    let (mut end, mut headers) = (from, 0);
    loop {
        match next(text, at, first.is_some()) {
            // More is no armour, and would be read again from every first line.
            Next::Header(_) if headers == HEADERS => return None,
            Next::Header(line) => (at, headers) = (line, headers + 1),
            Next::Word(word) => {
                first = first.or(Some(word));
                (at, end) = (word, word);
            }
            Next::Last(last) => return Some((last, first.unwrap_or(last))),
            Next::Stop => return first.map(|first| (end, first)),
        }
    }
}

fn next(text: &Text<'_>, from: usize, in_body: bool) -> Next {
    let at = skip_joints(text, from);
    if text.starts(at, b"-----END ") {
        let line = text.run(at + DASHES.len(), Class::ALNUM.or(Class::SPACE), LABEL);
        return Next::Last(text.run(line, Class::DASH, DASHES.len()));
    }
    let word = text.run(at, Class::BASE64, usize::MAX);
    let length = word - at;
    if length >= WORD {
        return Next::Word(word);
    }
    if !in_body && length > 0 && text.is(word, Class::COLON.or(Class::DASH)) {
        // `Proc-Type: 4,ENCRYPTED`: to the end of its line.
        return Next::Header(text.run(word, Class::NOT_LINE, LABEL * 4));
    }
    let closes =
        text.slice(at, word).ends_with(b"=") || text.starts(skip_joints(text, word), b"-----END ");
    if in_body && length > 0 && closes {
        Next::Word(word)
    } else {
        Next::Stop
    }
}

/// What joins body words: blanks, and the quotes, pluses and escapes of a key
/// pasted into source code.
fn skip_joints(text: &Text<'_>, from: usize) -> usize {
    let mut at = from;
    while let Some(one) = text.at(at) {
        match one {
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' | b'`' | b'>' | b'|' => at += 1,
            b'\\' if matches!(text.at(at + 1), Some(b'n' | b'r' | b't' | b'\n' | b'\\')) => at += 2,
            b'+' if text.is(at + 1, Class::BLANK) => at += 1,
            _ => break,
        }
    }
    at
}

/// See [`Until::consume`].
pub(super) fn consume(text: &str, more: bool) -> (usize, bool) {
    let reader = Text::new(text.as_bytes());
    let mut at = 0;
    loop {
        let next = next(&reader, at, true);
        if more && reader.take_touched() {
            return (at, false);
        }
        match next {
            Next::Header(line) => at = line,
            Next::Word(word) => at = word,
            Next::Last(last) => return (last, true),
            Next::Stop => return (at, true),
        }
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a test knows its text")]
mod tests {
    use super::*;
    use crate::redact::detector::testing::{assert_finds, assert_nothing};

    fn armour(kind: &str, body: &str) -> String {
        format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----")
    }

    #[test]
    fn keys_are_masked_from_the_first_dash_to_the_last() {
        let body = "MIIEowIBAAKCAQEAmade0up".repeat(3) + "\nshort=";
        for kind in [
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ] {
            let key = armour(kind, &body);
            assert_finds(&format!("here:\n{key}\nbye"), Entity::PrivateKeyPem, &key);
            let pasted = key.replace('\n', "\\n");
            assert_finds(
                &format!("k = \"{pasted}\";"),
                Entity::PrivateKeyPem,
                &pasted,
            );
        }
        let headed = armour(
            "RSA PRIVATE KEY",
            &format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n{body}"),
        );
        assert_finds(&headed, Entity::PrivateKeyPem, &headed);
    }

    #[test]
    fn a_key_cut_off_is_masked_as_far_as_it_goes() {
        let cut = "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAmade0up";
        assert_finds(&format!("{cut} and then some"), Entity::PrivateKeyPem, cut);
    }

    #[test]
    fn public_keys_and_bare_markers_are_left() {
        let public = armour("PUBLIC KEY", "MIIEowIBAAKCAQEAmade0up");
        assert_nothing(&public, Entity::PrivateKeyPem);
        assert_nothing(
            "look for -----BEGIN PRIVATE KEY----- in the file",
            Entity::PrivateKeyPem,
        );
    }

    #[test]
    fn swallowing_piece_by_piece_ends_where_the_whole_does() {
        let body =
            "MIIEowIBAAKCAQEAmade0up\nMIIEowIBAAKCAQEAmade0up\nab==\n-----END PRIVATE KEY-----";
        let text = format!("{body} tail");
        for cut in 0..text.len() {
            let (done, end) = consume(&text[..cut], true);
            let rest = if end {
                0
            } else {
                consume(&text[done..], false).0
            };
            assert_eq!(done + rest, body.len(), "cut at {cut}");
        }
    }
}
