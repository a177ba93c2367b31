//! What stands inside a value without belonging to it: inline markup, Markdown
//! emphasis, concatenation in source code, a line break, blanks between all
//! characters.

use std::ops::Range;

use super::{
    super::text::{Class, Text},
    BEFORE, LONGEST,
};
use crate::redact::fold::View;

/// How much of the text around a cut is looked at.
pub(super) const AROUND: usize = 72;

/// The text around a cut with all cuts taken out.
pub(super) struct Joined<'t> {
    /// Where the view starts in the text.
    pub(super) start: usize,
    pub(super) view: View<'t>,
    /// The part of the view where a value with the cut in it may stand; what is
    /// before it is context.
    pub(super) stretch: Range<usize>,
}

/// `None` where nothing cuts a word.
pub(super) fn join<'t>(text: &Text<'t>, at: usize) -> Option<Joined<'t>> {
    // Before anything is read ahead: most marks have no word on their left.
    if !text.was(at, WORD) {
        return None;
    }
    let length = cut(text, at)?;
    // `1488<b></b> 0343`: groups of digits have blanks of their own.
    let next = at + length;
    let goes_on =
        text.is(next, WORD) || (text.is(next, Class::SPACE) && text.is(next + 1, Class::DIGIT));
    if !goes_on || !is_worth_it(text, at, length) {
        return None;
    }
    let start = text.run_back(at, Class::NOT_LINE, AROUND);
    let end = text.ahead(at + length, AROUND);
    let mut view = View::empty(end - start);
    let (mut place, mut middle) = (start, 0);
    while place < end {
        if place == at {
            middle = view.bytes().len();
        }
        if let Some(skip) = cut(text, place) {
            place += skip;
            continue;
        }
        let byte = text.at(place).filter(u8::is_ascii).unwrap_or(b' ');
        view.push_same(place - start, char::from(byte));
        place += 1;
    }
    let stretch = if is_line(text, at) {
        stretch(&Text::new(view.bytes()), middle)
    } else {
        0..view.bytes().len()
    };
    Some(Joined {
        start,
        view,
        stretch,
    })
}

/// How far a value that a line break cuts at `middle` may reach: a table or a
/// log has such a place at the end of every line, and its values are short.
fn stretch(view: &Text<'_>, middle: usize) -> Range<usize> {
    // `(415) 555` is one value, too.
    let parts = |byte: &u8| !WRAPPED.has(*byte) && !b"()".contains(byte);
    let start = view.slice(0, middle).iter().rposition(parts);
    let end = view.run(middle, WRAPPED, AROUND);
    start.map_or(0, |last| last + 1)..(end + 1).min(view.len())
}

/// Groups of digits, addresses, tokens with what assigns them.
const WRAPPED: Class = WORD
    .or(Class::SPACE)
    .or(Class::COLON)
    .or(Class::EQUALS)
    .or(Class::PERCENT)
    .or(Class::TILDE);
fn is_line(text: &Text<'_>, at: usize) -> bool {
    matches!(text.at(at), Some(b'\n' | b'\r' | b'\\'))
}

/// What a value goes on with behind a cut.
const WORD: Class = Class::SLUG
    .or(Class::DOT)
    .or(Class::AT)
    .or(Class::PLUS)
    .or(Class::SLASH);

/// Lines are cut all the time: only beside a token with a digit or an `@`.
fn is_worth_it(text: &Text<'_>, at: usize, length: usize) -> bool {
    let before = text.slice(text.run_back(at, WORD, 40), at);
    let next = text.run(at + length, Class::SPACE, 1);
    let after = text.slice(next, text.run(next, WORD, 40));
    let marked = |part: &[u8]| {
        part.iter()
            .any(|byte| byte.is_ascii_digit() || *byte == b'@')
    };
    let digits = |part: &[u8]| part.iter().any(u8::is_ascii_digit);
    if is_line(text, at) {
        // An address or a number that surely goes on.
        let open = before.last().is_some_and(|byte| b"-@._+/".contains(byte)) && digits(after);
        let address = before.contains(&b'@') && !is_whole_domain(before) && after.contains(&b'.');
        return open || address || (digits(before) && digits(after) && before.len() >= 4);
    }
    marked(before) || marked(after)
}

/// `@contoso.com` needs nothing more.
fn is_whole_domain(before: &[u8]) -> bool {
    let domain = before
        .rsplit(|byte| *byte == b'@')
        .next()
        .unwrap_or_default();
    domain
        .iter()
        .rposition(|byte| *byte == b'.')
        .is_some_and(|dot| domain.len() > dot + 2)
}

/// The length of something that cuts a value at `at`.
fn cut(text: &Text<'_>, at: usize) -> Option<usize> {
    match text.at(at)? {
        b'<' => markup(text, at),
        b'*' if text.starts(at, b"**") => Some(2),
        b'\n' => Some(1),
        b'\r' if text.starts(at, b"\r\n") => Some(2),
        b'\\' if text.starts(at, b"\\n") => Some(2),
        quote @ (b'"' | b'\'' | b'`') => concatenation(text, at, quote),
        _ => None,
    }
}

/// Inline elements and comments, several in a row, [`LONGEST`] bytes at most;
/// block elements part what they stand between.
fn markup(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    while end - at < LONGEST && text.at(end) == Some(b'<') {
        let within = text.slice(end, text.ahead(end, 48));
        let Some(close) = within.iter().position(|byte| *byte == b'>') else {
            break;
        };
        let close = end + close;
        let name = text.slice(end + 1, close);
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let word = name
            .split(|byte| !byte.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let inline = INLINE
            .iter()
            .any(|one| word.eq_ignore_ascii_case(one.as_bytes()));
        if !inline && !name.starts_with(b"!--") {
            break;
        }
        end = close + 1;
    }
    (end > at).then_some(end - at)
}

const INLINE: [&str; 18] = [
    "b", "i", "u", "s", "em", "strong", "span", "font", "small", "big", "sub", "sup", "mark",
    "code", "tt", "wbr", "a", "ins",
];

/// `" + "`, `' . '`.
fn concatenation(text: &Text<'_>, at: usize, quote: u8) -> Option<usize> {
    let blank = text.run(at + 1, Class::SPACE, 2);
    if !matches!(text.at(blank), Some(b'+' | b'.' | b'&')) {
        return None;
    }
    let next = text.run(blank + 1, Class::BLANK, 24);
    (text.at(next) == Some(quote)).then_some(next + 1 - at)
}

/// What stands before a lone character.
const FREE: Class = Class::SPACE
    .or(Class::QUOTE)
    .or(Class::LINE)
    .or(Class::EQUALS)
    .or(Class::COLON);

/// Where text with a blank between every two characters that ends before `end`
/// starts.
pub(super) fn spaced_start(text: &Text<'_>, end: usize) -> usize {
    let mut start = end;
    while end - start < BEFORE {
        let blank = if text.was(start, Class::SPACE) {
            start - 1
        } else {
            start
        };
        let Some(one) = blank.checked_sub(1) else {
            break;
        };
        let lone = one == 0 || text.was(one, FREE);
        if text.was(blank, Class::BLANK) || !lone || (blank == start && start < end) {
            break;
        }
        start = one;
    }
    start
}

/// Text with a blank between every two characters around `at`, closed up. Only
/// at its first anchor.
pub(super) fn close_up<'t>(text: &Text<'t>, at: usize) -> Option<(usize, View<'t>)> {
    let single = |at: usize| text.was(at, Class::SPACE) && text.is(at + 1, Class::SPACE);
    let first = text.is(at + 1, Class::SPACE) && text.is(at + 3, Class::SPACE);
    if !first && !single(at) {
        return None;
    }
    let start = spaced_start(text, at);
    if (start..at).any(|place| text.is(place, super::super::sweep::ANCHOR)) {
        return None;
    }
    let mut view = View::empty(BEFORE * 2);
    let (mut place, mut count) = (start, 0_usize);
    while place < start + BEFORE * 2 {
        let Some(byte) = text.at(place).filter(|byte| byte.is_ascii_graphic()) else {
            break;
        };
        if text.is(place + 1, Class::ALNUM) {
            break;
        }
        view.push_same(place - start, char::from(byte));
        count += 1;
        if !text.is(place + 1, Class::SPACE) {
            break;
        }
        place += 2;
    }
    (count >= 10).then_some((start, view))
}
