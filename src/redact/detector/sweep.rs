//! The walk over the text that stops at anchors.

use std::{iter::Peekable, sync::LazyLock};

use memchr::memmem::{FindIter, Finder};

use super::{
    Detectors, OutOfTime, assigned, birth, email,
    found::Found,
    hash, header, ids, names, network, numbers, shaped,
    text::{Class, Text},
    url, vendors, wallet, webhook,
};

/// Longest run of token characters that is looked at as one value. Published
/// tokens that are longer have a prefix of their own and are swallowed.
pub(super) const LONGEST_RUN: usize = 256;
/// How far before the place where a stream goes on the walk begins again: an
/// anchor may stand before the value it gives away, as `=` does.
const LEAD: usize = 128;
/// Bytes of text and of undone disguises that are read before the next question
/// whether to go on.
pub(super) const PACE: usize = 4 * 1024;

impl Detectors {
    /// Reads everything that may start at `from` or later and returns the
    /// place from which on a longer text could say more.
    ///
    /// # Errors
    /// When `go_on` said no; it is asked about every [`PACE`] bytes of work.
    pub(super) fn sweep(
        &self,
        bytes: &[u8],
        from: usize,
        more: bool,
        go_on: &mut dyn FnMut() -> bool,
        found: &mut Found<'_>,
    ) -> Result<usize, OutOfTime> {
        let text = Text::new(bytes);
        self.walk(&text, from.saturating_sub(LEAD), go_on, found)?;
        Ok(if more {
            found.held.min(tail(&text))
        } else {
            bytes.len()
        })
    }

    /// Reads what was undone, from an anchor at `from` on, at one go.
    pub(super) fn sweep_from(&self, bytes: &[u8], from: usize, found: &mut Found<'_>) {
        let text = Text::new(bytes);
        // Nobody is asked, so nobody says no.
        let _done = self.walk(&text, from, &mut || true, found);
    }

    fn walk(
        &self,
        text: &Text<'_>,
        from: usize,
        go_on: &mut dyn FnMut() -> bool,
        found: &mut Found<'_>,
    ) -> Result<(), OutOfTime> {
        let bytes = text.slice(0, text.len());
        let mut at = from;
        let mut word = Words::new(bytes, at);
        let mut ask_at = from + PACE;
        while let Some(anchor) = next_anchor(bytes, at) {
            word.read_before(self, anchor, text, found);
            at = self.anchor(text, anchor, found).max(anchor + 1);
            let work = at + found.undone;
            if work >= ask_at {
                if !go_on() {
                    return Err(OutOfTime);
                }
                ask_at = work + PACE;
            }
        }
        word.read_before(self, bytes.len(), text, found);
        names::read(self.names.as_ref(), bytes, from, found);
        Ok(())
    }

    /// Shows an anchor to the families it may give away; returns where the
    /// walk goes on. Skipping saves work, never changes what is found.
    fn anchor(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) -> usize {
        match text.at(at) {
            Some(b'@') => {
                email::read(text, at, found);
                self.spaced(text, at, found);
            }
            Some(b':') => {
                url::read(text, at, found);
                network::read_colons(text, at, found);
                assigned::read(text, at, found);
                shaped::read_colon(text, at, found);
            }
            Some(b'$') => return hash::read(text, at, found),
            Some(b'/') => {
                if text.at(at + 1) == Some(b'/') {
                    webhook::read(text, at, found);
                }
                found.settle(text, at);
                return self.run(text, at, found);
            }
            Some(b'=') => {
                assigned::read(text, at, found);
                self.escaped(text, at, found);
            }
            Some(b'>') => assigned::read(text, at, found),
            Some(b'"' | b'\'' | b'`') => {
                assigned::read_quoted(text, at, found);
                self.cut(text, at, found);
            }
            Some(b'%' | b'&') => self.escaped(text, at, found),
            Some(b'<' | b'*' | b'\\' | b'\n' | b'\r') => self.cut(text, at, found),
            Some(0xE) => self.turned(text, at, found),
            _ => return self.run(text, at, found),
        }
        at + 1
    }

    /// A run of token characters with a digit, `_` or `-` in it: keys by their
    /// prefix, and whatever is made of digits.
    fn run(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) -> usize {
        let start = text.run_back(at, Class::TOKEN, LONGEST_RUN + 1);
        let end = text.run(at, Class::TOKEN, LONGEST_RUN + 1);
        if end - start == 1 {
            self.spaced(text, at, found);
        }
        // A run too long to be one value: only what stands near this anchor.
        let long = end - start > LONGEST_RUN;
        let start = if long {
            start.max(at.saturating_sub(vendors::NEAR))
        } else {
            start
        };
        // ... and whole words.
        let end = if long {
            text.run(end, Class::ALNUM, 64)
        } else {
            end
        };
        let mut next = end;
        if end - start >= vendors::SHORTEST {
            next = next.max(self.vendors.read(text, start, end, long, found));
            shaped::read_dotted(text, start, end, found);
            if !long {
                self.encoded(text, start, end, found);
            }
        } else if matches!(text.slice(start, end), b"-u" | b"--user" | b"-p") {
            header::read_flag(text, start, end, found);
        }
        words(text, start, end, found);
        next
    }
}

/// The words of a run, letters and digits each: what has a digit in it.
fn words(text: &Text<'_>, start: usize, end: usize, found: &mut Found<'_>) {
    let mut at = start;
    while at < end {
        let word_end = text.run(at, Class::ALNUM, end - at);
        if word_end == at {
            at += 1;
            continue;
        }
        let first = text.slice(at, word_end).iter().position(u8::is_ascii_digit);
        // A piece of a longer run may begin or end inside a word.
        let whole = !text.was(at, Class::ALNUM) && !text.is(word_end, Class::ALNUM);
        if let (Some(first), true) = (first, whole) {
            ids::read(text, at, found);
            wallet::read(text, at, word_end, found);
            found.settle(text, at);
            birth::read(text, at + first, found);
        }
        let mut place = at + first.unwrap_or(word_end - at);
        while place < word_end {
            if text.is(place, Class::DIGIT) && !text.was(place, Class::DIGIT) {
                numbers::read(text, place, found);
            }
            place += 1;
        }
        at = word_end;
    }
}

/// Where a value that a later anchor gives away could start: an e-mail
/// address before its `@`, a token before its first digit or in full, a month
/// or a country's letters before a number, the first of characters with blanks
/// between.
fn tail(text: &Text<'_>) -> usize {
    let end = text.len();
    let stretch = Class::LOCAL_PART
        .or(Class::COLON)
        .or(Class::AT)
        .or(Class::SEMICOLON);
    let start = text.run_back(end, stretch, LONGEST_RUN);
    let marks = text.run_back(start, Class::OTHER_MARKS, numbers::IN_FRONT);
    marks
        .min(birth::month_before(text, start))
        .min(ids::letters_before(text, start))
        .min(super::disguised::spaced_tail(text))
}

/// Words that give a value away without a mark: passwords that are spoken of,
/// the schemes of HTTP, and prefixes of keys that may be letters alone. Their
/// rarest letters, looked for in one pass each.
struct Words<'t> {
    finders: [Peekable<FindIter<'t, 'static>>; WORDS.len()],
    from: usize,
}

const WORDS: [&str; 7] = [
    "assw", "ASSW", "ssphrase", "earer ", "Basic ", "AKIA", "ASIA",
];
const FIRST_SCHEME: usize = 3;
/// One key in thirty of these has no digit and so no anchor.
const FIRST_KEY: usize = 5;
static FINDERS: LazyLock<[Finder<'static>; WORDS.len()]> = LazyLock::new(|| WORDS.map(Finder::new));

impl<'t> Words<'t> {
    fn new(bytes: &'t [u8], from: usize) -> Self {
        let rest = bytes.get(from..).unwrap_or_default();
        let finders = FINDERS.each_ref().map(|one| one.find_iter(rest).peekable());
        Self { finders, from }
    }

    fn read_before(
        &mut self,
        detectors: &Detectors,
        end: usize,
        text: &Text<'_>,
        found: &mut Found<'_>,
    ) {
        let end = end.saturating_sub(self.from);
        for (number, (finder, word)) in self.finders.iter_mut().zip(WORDS).enumerate() {
            while let Some(at) = finder.next_if(|at| *at < end) {
                let at = at + self.from;
                if number < FIRST_SCHEME {
                    assigned::read_word(text, at, found);
                } else if number < FIRST_KEY {
                    header::read_scheme(text, at, word.len(), found);
                } else {
                    detectors.run(text, at, found);
                }
            }
        }
    }
}

fn next_anchor(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest.iter().position(|byte| ANCHOR.has(*byte))?;
    Some(from + at)
}

/// `_` and `-` are anchors because keys made of letters alone have one.
pub(super) const ANCHOR: Class = Class::DIGIT
    .or(Class::AT)
    .or(Class::COLON)
    .or(Class::EQUALS)
    .or(Class::GREATER)
    .or(Class::DOLLAR)
    .or(Class::PERCENT)
    .or(Class::AMPERSAND)
    .or(Class::STAR)
    .or(Class::LESS)
    .or(Class::LINE)
    .or(Class::BACKSLASH)
    .or(Class::TURN)
    .or(Class::SLASH)
    .or(Class::QUOTE)
    .or(Class::UNDERSCORE)
    .or(Class::DASH);
