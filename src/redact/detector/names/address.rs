//! Postal addresses: the word for a street, a number beside it, and what goes
//! on from there.

use std::ops::Range;

use super::{
    super::text::{Class, Text},
    gazetteer::Known,
};

/// How far an address reaches from its street to both sides.
const BEFORE: usize = 64;
const AFTER: usize = 120;

/// The address around a word that begins at `start`.
pub(super) fn read(
    known: Known,
    text: &Text<'_>,
    start: usize,
    word: &[u8],
) -> Option<Range<usize>> {
    let end = start + word.len();
    let capital = word.first().is_some_and(u8::is_ascii_uppercase);
    let after_number = text.was(start, Class::SPACE) && text.was(start - 1, Class::DIGIT);
    let named = capital && word.len() > 5 && ends_like_a_street(word);
    let told = (capital || after_number) && said(text, start);
    let place = known.unit || known.post || known.street || known.before_name || named || told;
    if !place && !after_number {
        return None;
    }
    let begun = left(text, start);
    let numbered = text.slice(begun, start).iter().any(u8::is_ascii_digit);
    let until = right(text, end);
    let rest = text.slice(end, until);
    let number_behind = rest.iter().any(u8::is_ascii_digit);
    let follows = next_number(text, end);
    let holds = (known.unit && follows)
        || (known.post && number_behind)
        || (known.street && numbered && begun < start && has_capital(text.slice(begun, start)))
        || (known.before_name && has_capital(rest) && (number_behind || numbered))
        || (named && (follows || numbered))
        || (after_number && is_between_numbers(text, start, word))
        || (told && text.slice(start, until).iter().any(u8::is_ascii_digit));
    holds.then_some(begun..until)
}

fn ends_like_a_street(word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    ENDINGS
        .iter()
        .any(|one| lower.ends_with(one.as_bytes()) && lower.len() > one.len() + 1)
}

/// `address is …`, `live at …`.
fn said(text: &Text<'_>, start: usize) -> bool {
    let before = text
        .slice(start.saturating_sub(24), start)
        .to_ascii_lowercase();
    let before = before
        .strip_suffix(b" ")
        .or(before.strip_suffix(b"\n"))
        .unwrap_or(&before);
    let number = before
        .iter()
        .rposition(|byte| !(byte.is_ascii_digit() || *byte == b' '))
        .map_or(0, |at| at + 1);
    let before = before.get(..number).unwrap_or_default();
    CUES.iter().any(|cue| before.ends_with(cue.as_bytes()))
}

/// A number right behind a word: `Apt. 26`, `Parijsstraat 8`.
fn next_number(text: &Text<'_>, end: usize) -> bool {
    let at = text.run(end, Class::DOT.or(Class::SPACE), 2);
    at > end && text.is(at, Class::DIGIT)
}

/// `4923 Parmova 109`, `01 Luite tee 71`: a house, a street, a number.
fn is_between_numbers(text: &Text<'_>, start: usize, word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    let begun = text.was(start, Class::SPACE) && text.was(start - 1, Class::DIGIT);
    if !begun
        || word.len() < 4
        || MONTHS
            .iter()
            .any(|month| lower.starts_with(month.as_bytes()))
    {
        return false;
    }
    let digits = text.run_back(start - 1, Class::DIGIT, 7);
    if start - digits > 7 || text.was(digits, Class::ALNUM.or(Class::DOT).or(Class::DASH)) {
        return false;
    }
    let mut at = start;
    for _ in 0..4 {
        let end = text.run(at, Class::ALPHA.or(Class::NOT_ASCII), 24);
        if end == at || !text.is(end, Class::SPACE) {
            return false;
        }
        at = end + 1;
        let number = text.run(at, Class::DIGIT, 6);
        if number > at {
            let line = text.at(number).is_none_or(|byte| b"\n,".contains(&byte));
            return number - at < 6 && (line || has_capital(word));
        }
    }
    false
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

fn has_capital(part: &[u8]) -> bool {
    part.iter().any(u8::is_ascii_uppercase)
}

/// Where numbers and capitalised words that end before `at` begin, on one
/// line.
pub(super) fn left(text: &Text<'_>, at: usize) -> usize {
    let mut start = at;
    loop {
        let blank = text.run_back(start, Class::SPACE.or(Class::COMMA).or(Class::DOT), 2);
        let word = text.run_back(blank, Class::ALNUM.or(Class::DASH).or(Class::NOT_ASCII), 32);
        let part = text.slice(word, blank);
        let counts = part.first().is_some_and(|first| {
            first.is_ascii_digit() || first.is_ascii_uppercase() || !first.is_ascii()
        }) || LINKS.iter().any(|link| link.as_bytes() == part);
        if !counts || at - word > BEFORE {
            break;
        }
        start = word;
    }
    // A linking word does not begin an address.
    while let Some(link) = LINKS
        .iter()
        .find(|link| text.starts_with_word(start, link, at))
    {
        start += link.len() + 1;
    }
    start.min(at)
}

/// Where an address that goes on behind `end` ends: numbers, capitalised
/// words, particles and parts, over commas and lines.
fn right(text: &Text<'_>, end: usize) -> usize {
    let mut until = end;
    loop {
        let joint = text.run(until, JOINT, 8);
        // An empty line ends it.
        let lines = text
            .slice(until, joint)
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        let word = text.run(joint, Class::ALNUM.or(Class::DASH).or(Class::NOT_ASCII), 32);
        let part = text.slice(joint, word);
        let counts = part.first().is_some_and(|first| {
            first.is_ascii_digit() || first.is_ascii_uppercase() || !first.is_ascii()
        }) || LINKS.iter().any(|link| link.as_bytes() == part)
            || SMALL_UNITS.iter().any(|unit| unit.as_bytes() == part);
        if lines > 2 || !counts || word - end > AFTER || is_sentence_end(text, until, joint, part) {
            break;
        }
        until = word;
    }
    // A linking word does not end one.
    while let Some(link) = LINKS.iter().find(|link| {
        let from = until.saturating_sub(link.len());
        text.slice(from, until) == link.as_bytes() && text.was(from, Class::SPACE)
    }) {
        until -= link.len() + 1;
    }
    until.max(end)
}

/// Blanks, commas, quoting marks, and the question marks that stand where a
/// bullet was lost on the way.
const JOINT: Class = Class::BLANK
    .or(Class::COMMA)
    .or(Class::DOT)
    .or(Class::GREATER)
    .or(Class::QUESTION);

/// `Street 5. I now live`: a full stop, a blank, a capital.
fn is_sentence_end(text: &Text<'_>, until: usize, joint: usize, part: &[u8]) -> bool {
    let between = text.slice(until, joint);
    let word = text.slice(text.run_back(until, Class::ALPHA, 8), until);
    let short = word.len() <= 5 && !word.is_empty();
    between.starts_with(b". ") && !short && !part.first().is_some_and(u8::is_ascii_digit)
}

impl Text<'_> {
    fn starts_with_word(&self, at: usize, word: &str, end: usize) -> bool {
        at + word.len() < end
            && self.slice(at, at + word.len()) == word.as_bytes()
            && self.is(at + word.len(), Class::SPACE)
    }
}

/// Words that name a street behind its name.
pub(super) const STREETS: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "ln",
    "drive",
    "boulevard",
    "blvd",
    "court",
    "ct",
    "way",
    "place",
    "square",
    "terrace",
    "close",
    "crescent",
    "highway",
    "hwy",
    "parkway",
    "pkwy",
    "route",
    "walk",
    "row",
    "grove",
    "gardens",
    "cliffs",
    "mews",
    "hill",
    "alley",
    "trail",
    "loop",
    "pike",
    "turnpike",
    "plaza",
    "court",
    "quay",
    "green",
];
/// Words that name a street before its name.
pub(super) const BEFORE_NAME: &[&str] = &[
    "via",
    "viale",
    "vicolo",
    "piazza",
    "piazzetta",
    "largo",
    "corso",
    "rua",
    "r",
    "rue",
    "calle",
    "avenida",
    "av",
    "avda",
    "avenue",
    "ul",
    "ulica",
    "ulice",
    "plaza",
    "paseo",
    "camino",
    "quai",
    "boulevard",
    "chemin",
    "impasse",
    "allee",
    "travessa",
    "praca",
    "rúa",
    "carrer",
    "carretera",
    "jalan",
    "jl",
    "str",
    "strada",
    "place",
];
/// Parts of street names that end one word in Germanic, Nordic, Finnish and
/// Hungarian addresses.
const ENDINGS: &[&str] = &[
    "strasse", "strase", "stra", "gasse", "platz", "weg", "allee", "gatan", "gata", "vagen",
    "veien", "vegen", "vej", "gade", "laan", "straat", "dreef", "plein", "katu", "tie", "kuja",
    "polku", "utca", "plads", "torget", "stien", "ring", "damm", "ufer", "kade", "gracht", "steeg",
    "stigen", "backen", "holl", "moor", "hof", "erij", "havn", "marken", "parken", "hoeve",
    "singel",
];
pub(super) const UNITS: &[&str] = &[
    "apt",
    "apartment",
    "suite",
    "flat",
    "unit",
    "postbox",
    "room",
    "floor",
];
const SMALL_UNITS: &[&str] = &["apt", "apartment", "suite", "flat", "unit", "box"];
/// Boxes and military post.
pub(super) const POSTS: &[&str] = &[
    "box", "psc", "apo", "fpo", "dpo", "usns", "usnv", "uss", "uscgc", "postbus", "postfach",
];
const LINKS: &[&str] = &[
    "de", "da", "do", "dos", "das", "del", "della", "la", "le", "les", "los", "las", "der", "den",
    "van", "von", "of", "the", "and", "du", "des", "di", "u", "na", "pod", "z", "ul", "via", "rue",
    "rua", "s", "nad",
];
const CUES: &[&str] = &[
    "address is",
    "address is:",
    "address:",
    "live in",
    "live at",
    "lived in",
    "lived at",
    "sent to",
    "office is at",
    "meet me at",
    "station is on",
    "located at",
    "it is",
    "delivered to",
    "deliver to",
    "ship to",
    "arrived at",
    "enter on",
    "corner of",
    "address to the same:",
    "sent to? user:",
    "moved to",
    "reside at",
    "resides at",
    "living at",
];
