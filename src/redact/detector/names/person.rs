//! Is a word the beginning of somebody's name?

use std::ops::Range;

use super::{
    super::text::{Class, Text},
    gazetteer::{Gazetteer, Known},
};
use crate::redact::entity::Confidence;

/// Words of a name at most.
const WORDS: usize = 4;
const LONGEST: usize = 32;

/// `start` to `end` is a word of letters.
pub(super) fn read(
    known: &Gazetteer,
    text: &Text<'_>,
    start: usize,
    end: usize,
) -> Option<(Range<usize>, Confidence)> {
    let word = text.slice(start, end);
    if word.len() < 2
        || text.is(end, Class::DIGIT.or(Class::UNDERSCORE).or(Class::AT))
        || stands_in_code(text, start)
    {
        return None;
    }
    let one = known.of(word);
    let capital = word.first().is_some_and(u8::is_ascii_uppercase);
    if !capital {
        // Written small: only names that are nothing else.
        let plain = one.first && !one.ordinary && !one.last && !one.common && word.len() > 3;
        return plain.then(|| (start..small_end(known, text, end), Confidence::LIKELY));
    }
    if part_of_name_before(known, text, start) {
        return None;
    }
    if let Some(name) = after_title(text, word, end) {
        let name_end = text.run(name, Class::ALPHA, LONGEST);
        let (until, _) = whole(known, text, name_end);
        return Some((start..until, Confidence::HIGH));
    }
    let (name_end, words) = whole(known, text, end);
    let sure = judge(known, text, start, one, word, name_end, words)?;
    let further = words > 1 && !(one.last && !one.first && cue(text, start) == Cue::None);
    let name_end = if further { name_end } else { end };
    Some((start..name_end, sure))
}

/// `Mr. Quillfeather`: where the name behind a title starts.
fn after_title(text: &Text<'_>, word: &[u8], end: usize) -> Option<usize> {
    let lower = word.to_ascii_lowercase();
    if !TITLES.iter().any(|title| title.as_bytes() == lower) {
        return None;
    }
    let dot = if text.at(end) == Some(b'.') {
        end + 1
    } else {
        end
    };
    (text.is(dot, Class::SPACE) && text.is(dot + 1, Class::UPPER)).then_some(dot + 1)
}

/// How sure a capitalised word and those behind it are a name.
fn judge(
    known: &Gazetteer,
    text: &Text<'_>,
    start: usize,
    one: Known,
    word: &[u8],
    end: usize,
    words: usize,
) -> Option<Confidence> {
    let second = text.slice(start + word.len(), end);
    let second = second
        .split(u8::is_ascii_whitespace)
        .rfind(|part| part.len() > 1)
        .unwrap_or_default();
    let family =
        words > 1 && (known.of(second).last || known.of(second).first || is_family_name(second));
    if one.first && !one.ordinary {
        return Some(if words > 1 {
            Confidence::HIGH
        } else {
            Confidence::LIKELY
        });
    }
    let cue = cue(text, start);
    if cue == Cue::Strong && !one.common {
        return Some(Confidence::HIGH);
    }
    if one.common || word.iter().skip(1).any(u8::is_ascii_uppercase) {
        return None;
    }
    let listed = follows_name(known, text, start) || precedes_name(known, text, start + word.len());
    let named = one.last || one.first;
    let likely = (one.first && words > 1)
        || family
        || (words > 1 && cue == Cue::Weak)
        || (listed && (named || is_family_name(word)))
        || (cue == Cue::Weak && named)
        || (named
            && word.len() > 2
            && (inside_sentence(text, start) || acts(text, start + word.len())))
        || (one.last && is_family_name(word) && words == 1);
    likely.then_some(Confidence::LIKELY)
}

/// Where a name whose first word ends at `end` ends, and of how many words it
/// is: further capitalised words, initials, particles.
fn whole(known: &Gazetteer, text: &Text<'_>, end: usize) -> (usize, usize) {
    let (mut end, mut words) = (end, 1);
    while words < WORDS {
        let Some(next) = joint(text, end) else { break };
        let word_end = text.run(next, Class::ALPHA, LONGEST);
        let word = text.slice(next, word_end);
        let Some(first) = word.first() else { break };
        if first.is_ascii_lowercase() {
            // `van der Berg`: a particle counts if a capital follows.
            if !PARTICLES.iter().any(|particle| particle.as_bytes() == word) {
                break;
            }
            let Some(after) = joint(text, word_end) else {
                break;
            };
            let more = text.is(after, Class::UPPER)
                || PARTICLES.iter().any(|one| {
                    text.starts(after, one.as_bytes()) && text.is(after + one.len(), Class::SPACE)
                });
            if !more {
                break;
            }
            end = word_end;
            continue;
        }
        let initial = word.len() == 1 && text.at(word_end) == Some(b'.');
        if known.of(word).common || (word.len() == 1 && !initial) {
            break;
        }
        end = if initial { word_end + 1 } else { word_end };
        words += 1;
    }
    // `and` after a particle is no part of it
    while text.was(end, Class::SPACE) {
        end -= 1;
    }
    (end, words)
}

/// The next word of a name: after a blank, a dash or an apostrophe.
fn joint(text: &Text<'_>, end: usize) -> Option<usize> {
    let next = match text.at(end)? {
        b' ' | b'-' => end + 1,
        b'\'' if text.is(end + 1, Class::UPPER) => end + 1,
        _ => return None,
    };
    text.is(next, Class::ALPHA).then_some(next)
}

/// A small-written name goes on with a family name.
fn small_end(known: &Gazetteer, text: &Text<'_>, end: usize) -> usize {
    let Some(next) = joint(text, end) else {
        return end;
    };
    let word_end = text.run(next, Class::ALPHA, LONGEST);
    let word = text.slice(next, word_end);
    let one = known.of(word);
    if (one.last || is_family_name(word)) && !one.common && word.len() > 4 {
        word_end
    } else {
        end
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    /// `Mr.`, `my name is`: a name follows.
    Strong,
    /// `by`, `with`: a name may follow.
    Weak,
    None,
}

fn cue(text: &Text<'_>, start: usize) -> Cue {
    let from = start.saturating_sub(24);
    let before = text.slice(from, start).to_ascii_lowercase();
    let ends = |cues: &[&str]| {
        cues.iter().any(|cue| {
            before
                .strip_suffix(cue.as_bytes())
                .is_some_and(|head| !head.last().is_some_and(u8::is_ascii_alphabetic))
        })
    };
    if ends(STRONG) {
        Cue::Strong
    } else if ends(WEAK) {
        Cue::Weak
    } else {
        Cue::None
    }
}

/// `Linda, Amber`, `Matthew and Mary`: right after a known name.
fn follows_name(known: &Gazetteer, text: &Text<'_>, start: usize) -> bool {
    let joint = [&b", and "[..], b" and ", b", ", b" & "]
        .into_iter()
        .find(|joint| text.slice(start.saturating_sub(joint.len()), start) == *joint);
    let Some(end) = joint.map(|joint| start - joint.len()) else {
        return false;
    };
    let word = text.slice(text.run_back(end, Class::ALPHA, LONGEST), end);
    let one = known.of(word);
    word.first().is_some_and(u8::is_ascii_uppercase)
        && (one.first || one.last || is_family_name(word))
        && !one.common
}

/// `Victor, Andrew`: right before a known name.
fn precedes_name(known: &Gazetteer, text: &Text<'_>, end: usize) -> bool {
    let joint = [&b", and "[..], b" and ", b", "]
        .into_iter()
        .find(|joint| text.starts(end, joint));
    let Some(next) = joint.map(|joint| end + joint.len()) else {
        return false;
    };
    let word = text.slice(next, text.run(next, Class::ALPHA, LONGEST));
    let one = known.of(word);
    word.first().is_some_and(u8::is_ascii_uppercase) && (one.first || one.last) && !one.common
}

/// A capital that no beginning of a sentence explains.
fn inside_sentence(text: &Text<'_>, start: usize) -> bool {
    let before = start
        .checked_sub(2)
        .and_then(|at| text.slice(at, start).first().copied());
    text.was(start, Class::SPACE)
        && before.is_some_and(|byte| byte.is_ascii_lowercase() || byte == b',')
}

/// What people do follows: `had given`, `began`, `'s`.
fn acts(text: &Text<'_>, end: usize) -> bool {
    ACTS.iter().any(|act| text.starts(end, act.as_bytes()))
}

/// Whether a word belongs to a name that started before it.
fn part_of_name_before(known: &Gazetteer, text: &Text<'_>, start: usize) -> bool {
    if !text.was(start, Class::SPACE.or(Class::DASH)) {
        return false;
    }
    let word = text.slice(text.run_back(start - 1, Class::ALPHA, LONGEST), start - 1);
    let one = known.of(word);
    word.first().is_some_and(u8::is_ascii_uppercase) && one.first && !one.ordinary
}

/// A path, a variable, a handle, a domain.
fn stands_in_code(text: &Text<'_>, start: usize) -> bool {
    match text.before(start) {
        Some(b'/' | b'.' | b'_' | b'@' | b'#' | b'$' | b'\\' | b'<' | b'=') => {
            !(text.was(start, Class::DOT) && text.was(start - 1, Class::SPACE))
        }
        _ => false,
    }
}

/// Endings of family names in a dozen languages.
fn is_family_name(word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.len() > 4
        && ENDINGS
            .iter()
            .any(|ending| lower.ends_with(ending.as_bytes()))
}

const ENDINGS: &[&str] = &[
    "sson", "son", "sen", "ov", "ova", "ev", "eva", "ski", "ska", "sky", "wicz", "vic", "cic",
    "enko", "escu", "yan", "ian", "nez", "dez", "guez", "berg", "stein", "mann", "idis", "poulos",
    "dottir", "nen", "elli", "etti", "ini", "strom", "quist", "gren", "lund", "feld", "hardt",
    "czyk", "kova", "nova", "ovich", "evich", "wala", "oglu", "shvili", "adze", "uk",
];
const ACTS: &[&str] = &[
    " had ", " has ", " is ", " was ", " said", " says", " began ", " spent ", " went ", " asked",
    " told ", " wants ", " just ", " wrote ", " will ", " and I", "'s ", ": \"",
];
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "professor",
    "sir",
    "officer",
    "detective",
    "senator",
    "captain",
];
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "da", "di", "del", "della", "dos", "du", "la", "le", "bin",
    "ibn", "al", "el", "ter", "zu", "af",
];
const STRONG: &[&str] = &[
    "mr. ",
    "mr ",
    "mrs. ",
    "mrs ",
    "ms. ",
    "ms ",
    "miss ",
    "dr. ",
    "dr ",
    "prof. ",
    "professor ",
    "officer ",
    "detective ",
    "senator ",
    "captain ",
    "sergeant ",
    "judge ",
    "sir ",
    "lady ",
    "name is ",
    "name's ",
    "named him ",
    "named her ",
    "calls me ",
    "call me ",
    "i'm ",
    "i am ",
    "name: ",
    "dear ",
    "\"name\": \"",
    "founder ",
    "ceo ",
    "uncle ",
    "aunt ",
    "manager ",
    "agent ",
    "employee ",
    "customer ",
    "patient ",
    "client ",
    "applicant ",
    "tenant ",
    "resident ",
    "citizen ",
    "nominee ",
];
const WEAK: &[&str] = &[
    "by ",
    "with ",
    "from ",
    "to ",
    "of ",
    "for ",
    "and ",
    "meet ",
    "hi ",
    "hello ",
    "hey ",
    "this is ",
    "ask ",
    "tell ",
    "called ",
    "named ",
    "starring ",
    "ft ",
    "feat. ",
    "featuring ",
    "cc ",
    "thanks ",
    "thank you ",
    "regards,\n",
    "yours,\n",
    "sincerely,\n",
    "is ",
    "was ",
    "like ",
    "love ",
    "unlike ",
    "have you been to a ",
    "not by ",
    "add ",
    "via ",
    "vs ",
    "tell ",
];
