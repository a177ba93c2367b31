//! Addresses of machines: IPv4, IPv6, hardware addresses.
//!
//! Private, loopback and unspecified addresses say little about anybody: they
//! get a confidence the `default` profile ignores, and their range as
//! sub-type, so that a profile can ask for them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    context::Lexicon,
    found::{Candidate, Found},
    numbers::Phrase,
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// Words that make four dotted numbers an address.
static WORDS: Lexicon = Lexicon::new(&[
    "ip",
    "ipv4",
    "address",
    "addr",
    "host",
    "server",
    "client",
    "from",
    "remote",
    "peer",
    "connect",
    "connected",
    "connection",
    "ping",
    "ssh",
    "login",
    "gateway",
    "dns",
    "source",
    "src",
    "dst",
    "destination",
    "listen",
    "bind",
    "visitor",
    "logged",
]);

static VERSIONS: Lexicon = Lexicon::new(&["version", "release", "rev", "v"]);
static V6_WORDS: Lexicon = Lexicon::new(&["ip", "ipv6", "inet6"]);

/// Four dotted groups below 256.
pub(super) fn read_dotted(text: &Text<'_>, phrase: &Phrase, found: &mut Found<'_>) {
    let (Some(first), Some(last)) = (phrase.groups().first(), phrase.groups().get(3)) else {
        return;
    };
    let written = text.slice(first.start, last.end);
    let Some(address) = std::str::from_utf8(written)
        .ok()
        .and_then(|one| one.parse::<Ipv4Addr>().ok())
    else {
        return;
    };
    let joined = text.was(first.start, Class::DOT.or(Class::DASH).or(Class::WORD))
        || text.is(last.end, Class::WORD)
        || (text.at(last.end) == Some(b'.') && text.is(last.end + 1, Class::ALNUM));
    // `version 1.2.3.4`, `v1.2.3.4`
    if joined || VERSIONS.is_within(text, first.start, 12) {
        return;
    }
    let (range, sure) = range_of_v4(address);
    // Four small numbers are also versions, sections and samples.
    let named = WORDS.is_within(text, first.start, 48) || address.is_documentation();
    let sure = if named || sure == Confidence::WEAK {
        sure
    } else {
        Confidence::new(50)
    };
    let one = Candidate::new(first.start..last.end, Entity::IpAddress, sure).of(range);
    found.offer(one.example(address.is_documentation()));
}

/// IANA IPv4 Special-Purpose Address Registry (RFC 6890).
fn range_of_v4(address: Ipv4Addr) -> (&'static str, Confidence) {
    let [a, b, ..] = address.octets();
    match (a, b) {
        _ if address.is_documentation() => ("documentation", Confidence::HIGH),
        (127, _) => ("loopback", Confidence::WEAK),
        (0, _) | (255, _) => ("unspecified", Confidence::WEAK),
        (10, _) | (192, 168) | (172, 16..=31) | (169, 254) | (100, 64..=127) => {
            ("private", Confidence::WEAK)
        }
        (224..=254, _) => ("multicast", Confidence::WEAK),
        _ => ("public", Confidence::HIGH),
    }
}

/// Hexadecimal groups with colons: the first colon is the anchor.
pub(super) fn read_colons(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = text.run_back(at, Class::HEX, 5);
    if at - start > 4 || text.was(start, Class::WORD.or(Class::COLON)) {
        return;
    }
    let end = text.run(at, Class::HEX.or(Class::COLON).or(Class::DOT), 46);
    let written = text.slice(start, end);
    let colons = written.iter().filter(|byte| **byte == b':').count();
    if colons >= 2 && !text.is(end, Class::WORD) {
        if is_hardware(written) {
            found.offer(Candidate::new(
                start..end,
                Entity::MacAddress,
                Confidence::HIGH,
            ));
        } else {
            read_v6(text, start, written, found);
        }
    }
    found.settle(text, start);
}

fn read_v6(text: &Text<'_>, start: usize, written: &[u8], found: &mut Found<'_>) {
    // A sentence may end here: `at ::1.` or `fe80::1:`
    let kept = written.iter().rposition(|byte| byte.is_ascii_hexdigit());
    let whole = kept.map_or(written.len(), |last| last + 1);
    let name = written.get(..whole).unwrap_or_default();
    let Some(address) = std::str::from_utf8(name)
        .ok()
        .and_then(|one| one.parse::<Ipv6Addr>().ok())
    else {
        return;
    };
    let groups = name
        .split(|byte| *byte == b':')
        .filter(|group| !group.is_empty())
        .count();
    let named = || V6_WORDS.is_within(text, start, 24);
    let documentation = matches!(address.segments(), [0x2001, 0xDB8, ..]);
    let (range, sure) = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => ("loopback", Confidence::WEAK),
        [0xFE80..=0xFEBF | 0xFC00..=0xFDFF, ..] => ("private", Confidence::WEAK),
        _ if groups < 3 && !name.contains(&b'.') && !named() => ("public", Confidence::WEAK),
        _ => ("public", Confidence::HIGH),
    };
    let one = Candidate::new(start..start + whole, Entity::IpAddress, sure).of(if documentation {
        "documentation"
    } else {
        range
    });
    found.offer(one.example(documentation));
}

/// Six pairs with colons or dashes (IEEE 802, EUI-48), not all alike.
fn is_hardware(written: &[u8]) -> bool {
    let pairs = || written.split(|byte| *byte == b':' || *byte == b'-');
    written.len() == 17
        && pairs().count() == 6
        && pairs().all(|pair| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit))
        && written
            .iter()
            .any(|byte| !matches!(byte, b'0' | b':' | b'-'))
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing, examples};
    use crate::redact::entity::Entity::{IpAddress, MacAddress};

    #[test]
    fn addresses_are_found() {
        assert_finds("from 8.8.4.4.", IpAddress, "8.8.4.4");
        assert_finds(
            "at 2a00:1450:4001:81b::200e,",
            IpAddress,
            "2a00:1450:4001:81b::200e",
        );
        assert_finds("at ::ffff:8.8.4.4.", IpAddress, "::ffff:8.8.4.4");
        assert_finds("eth0 00:1a:2B:3c:4d:5e up", MacAddress, "00:1a:2B:3c:4d:5e");
    }

    #[test]
    fn versions_times_and_private_addresses_are_left() {
        for text in [
            "version 1.2.3.4",
            "1.3.6.1.4.1.311",
            "10.0.0.1",
            "127.0.0.1",
            "std::dec",
            "12:34:56",
            "a::b",
            "256.1.1.1",
            "::1",
        ] {
            assert_nothing(text, IpAddress);
        }
    }

    #[test]
    fn documentation_ranges_are_marked() {
        assert_eq!(
            examples("192.0.2.7 and 2001:db8::7:1 and host 8.8.4.4"),
            [true, true, false]
        );
    }
}
