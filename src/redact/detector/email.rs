//! E-mail addresses: RFC 5321 dot-atoms at a host name or address literal.
//!
//! The anchor is the `@`. Quoted local parts are not read: nobody has one.

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// Longest local part, RFC 5321 section 4.5.3.1.1.
const LOCAL: usize = 64;
/// Longest domain, RFC 5321 section 4.5.3.1.2, shortened to the longest that
/// can be registered in practice, so that streams hold less.
const DOMAIN: usize = 128;

pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = local_start(text, at);
    let end = domain_end(text, at + 1);
    if let Some((end, example)) = end
        && start < at
        && !is_service(text.slice(start, at))
    {
        let one = Candidate::new(start..end, Entity::EmailAddress, Confidence::HIGH);
        found.offer(one.example(example));
    }
    found.settle(text, start);
}

/// The dot-atom before the `@`, without the marks that quote or join it.
fn local_start(text: &Text<'_>, at: usize) -> usize {
    let start = text.run_back(at, Class::LOCAL_PART, LOCAL + 1);
    // One too many: no local part at all.
    if at - start > LOCAL {
        return at;
    }
    let local = text.slice(start, at);
    // What follows the last mark that more often surrounds an address than
    // belongs to it: `to=a@b`, `'a@b'`, `/a@b`, `**a@b**`.
    let skip = local
        .iter()
        .rposition(|byte| b"=/*?&{}|!#$^~%".contains(byte))
        .map_or(0, |mark| mark + 1);
    let dots = local
        .iter()
        .skip(skip)
        .take_while(|byte| b".-_+".contains(byte))
        .count();
    let from = start + skip + dots;
    let atom = text.slice(from, at);
    let broken = atom.last() == Some(&b'.') || atom.windows(2).any(|pair| pair == b"..");
    if broken { at } else { from }
}

/// Where the domain that starts here ends, and whether it is one of RFC 2606.
fn domain_end(text: &Text<'_>, from: usize) -> Option<(usize, bool)> {
    if text.at(from) == Some(b'[') {
        return literal_end(text, from + 1);
    }
    let run = text.run(from, Class::ALNUM.or(Class::DASH).or(Class::DOT), DOMAIN);
    let domain = text.slice(from, run);
    let domain = trim_end(domain);
    let mut end = domain.len();
    // `a@b.example.2024` or `a@b.com-` : give up labels until the last one is
    // a top-level domain.
    loop {
        let name = domain.get(..end)?;
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        let last = name.get(dot + 1..)?;
        if is_top_level(last) && labels_are_sound(name) {
            return Some((from + end, is_example(name)));
        }
        end = dot;
    }
}

fn trim_end(name: &[u8]) -> &[u8] {
    let kept = name.iter().rposition(|byte| byte.is_ascii_alphanumeric());
    name.get(..kept.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

/// `[192.0.2.1]`, RFC 5321 section 4.1.3, IPv4 only.
fn literal_end(text: &Text<'_>, from: usize) -> Option<(usize, bool)> {
    let end = text.run(from, Class::DIGIT.or(Class::DOT), 16);
    let address = std::str::from_utf8(text.slice(from, end)).ok()?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    (text.at(end) == Some(b']')).then_some((end + 1, address.is_documentation()))
}

fn labels_are_sound(name: &[u8]) -> bool {
    name.split(|byte| *byte == b'.').all(|label| {
        (1..=63).contains(&label.len())
            && label.first() != Some(&b'-')
            && label.last() != Some(&b'-')
    })
}

/// A country's two letters, a known generic domain, or punycode; not an ending
/// that names a file.
fn is_top_level(label: &[u8]) -> bool {
    let lower = label.to_ascii_lowercase();
    let country = lower.len() == 2 && lower.iter().all(u8::is_ascii_lowercase);
    let generic = GENERIC
        .split_ascii_whitespace()
        .any(|known| known.as_bytes() == lower);
    let file = FILE_ENDINGS.iter().any(|ending| ending.as_bytes() == lower);
    ((country || generic) && !file) || (lower.starts_with(b"xn--") && lower.len() > 6)
}

/// RFC 2606 and RFC 6761.
fn is_example(domain: &[u8]) -> bool {
    let lower = domain.to_ascii_lowercase();
    RESERVED.iter().any(|reserved| {
        lower
            .strip_suffix(reserved.as_bytes())
            .is_some_and(|head| head.is_empty() || head.last() == Some(&b'.'))
    })
}

/// `git@github.com:…` is an address of a machine.
fn is_service(local: &[u8]) -> bool {
    local.eq_ignore_ascii_case(b"git") || local.eq_ignore_ascii_case(b"hg")
}

const RESERVED: [&str; 8] = [
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "example",
    "test",
    "invalid",
    "localhost",
];

/// Generic domains of the IANA root zone that hold mail in practice, and the
/// reserved ones of RFC 2606 (own selection of the
/// largest by registrations).
const GENERIC: &str = include_str!("top_level.txt");

/// Endings of files that are no top-level domain.
const FILE_ENDINGS: [&str; 24] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "scss", "js", "jsx", "ts", "tsx", "json",
    "yaml", "yml", "html", "xml", "txt", "pdf", "log", "service", "target", "local", "internal",
];

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing, examples};
    use crate::redact::entity::Entity::EmailAddress;

    #[test]
    fn addresses_are_found_whatever_surrounds_them() {
        for (text, value) in [
            (
                "write to ana.luz+x@mail.contoso.co.uk.",
                "ana.luz+x@mail.contoso.co.uk",
            ),
            ("<ana@contoso.com>", "ana@contoso.com"),
            ("to=ana@contoso.com&x", "ana@contoso.com"),
            ("**ana@contoso.com**", "ana@contoso.com"),
            ("ANA_LUZ@CONTOSO.COM", "ANA_LUZ@CONTOSO.COM"),
            ("ana@xn--d1acufc.xn--p1ai", "ana@xn--d1acufc.xn--p1ai"),
            ("ana@[198.18.0.7]", "ana@[198.18.0.7]"),
            ("ana@contoso.com-", "ana@contoso.com"),
            ("ana@contoso.com.2024", "ana@contoso.com"),
        ] {
            assert_finds(text, EmailAddress, value);
        }
    }

    #[test]
    fn other_uses_of_the_sign_are_not_addresses() {
        for text in [
            "@decorator",
            "a @ b",
            "user@host",
            "logo@2x.png",
            "react@18.2.0",
            "git@github.com:a/b",
            "ssh ana@server.internal",
            "a..b@contoso.com.",
            "@types/node",
        ] {
            assert_nothing(text, EmailAddress);
        }
    }

    #[test]
    fn reserved_domains_are_marked() {
        assert_eq!(
            examples("a@example.com b@x.test c@contoso.com"),
            [true, true, false]
        );
    }
}
