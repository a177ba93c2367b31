//! One text seen as another, with the way back.
//!
//! Detectors read a *folded* text: full-width, mathematical and foreign digits
//! and letters as ASCII, look-alike letters of other scripts as Latin ones,
//! invisible characters gone. What they find is masked in the original, whose
//! other bytes stay as they are.
//!
//! INVARIANT: folding looks at one character at a time, so the folded text of
//! a longer text begins with that of the shorter one. Characters are never
//! re-ordered. Plain ASCII is borrowed, not copied.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "places in texts in memory stay below isize::MAX; differences are of ordered places; \
              the property tests run with overflow checks"
)]

use std::borrow::Cow;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A text to read, and where each of its bytes came from.
#[derive(Debug)]
pub struct View<'t> {
    bytes: Cow<'t, [u8]>,
    /// Empty: every byte is its own.
    pieces: Vec<Piece>,
    original: usize,
}

/// Bytes of a view that came from one stretch of the original.
#[derive(Debug, Clone, Copy)]
struct Piece {
    at: usize,
    original: usize,
    /// `None`: byte for byte. Else all bytes stand for so many original ones.
    whole: Option<usize>,
}

impl<'t> View<'t> {
    /// The text as detectors read it.
    #[must_use]
    pub fn folded(text: &'t str) -> Self {
        if text.is_ascii() {
            return Self {
                bytes: Cow::Borrowed(text.as_bytes()),
                pieces: Vec::new(),
                original: text.len(),
            };
        }
        let mut view = View::empty(text.len());
        for (at, one) in text.char_indices() {
            if one.is_ascii() {
                view.push_same(at, one);
            } else {
                let length = one.len_utf8();
                fold(one, |folded| view.push(at, length, folded));
            }
        }
        view
    }

    /// A view to be filled piece by piece; `original` is the length of what it
    /// is a view of.
    pub(super) const fn empty(original: usize) -> Self {
        Self {
            bytes: Cow::Owned(Vec::new()),
            pieces: Vec::new(),
            original,
        }
    }

    /// Appends a character that stands in the original as it is.
    pub(super) fn push_same(&mut self, original: usize, one: char) {
        let at = self.bytes.len();
        let goes_on = self
            .pieces
            .last()
            .is_some_and(|last| last.whole.is_none() && last.original + (at - last.at) == original);
        if !goes_on {
            self.pieces.push(Piece {
                at,
                original,
                whole: None,
            });
        }
        self.append(one);
    }

    /// Appends a character that stands for `length` original bytes.
    pub(super) fn push(&mut self, original: usize, length: usize, one: char) {
        let at = self.bytes.len();
        self.pieces.push(Piece {
            at,
            original,
            whole: Some(length),
        });
        self.append(one);
    }

    fn append(&mut self, one: char) {
        let mut buffer = [0; 4];
        let encoded = one.encode_utf8(&mut buffer).as_bytes();
        self.bytes.to_mut().extend_from_slice(encoded);
    }

    /// The bytes to read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The original range of a range of the view.
    #[must_use]
    pub fn original_range(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let last = end.saturating_sub(1).max(start);
        let end = match self.piece(last) {
            None => end,
            Some(piece) => piece.original + piece.whole.unwrap_or(last + 1 - piece.at),
        };
        self.original_place(start)..end
    }

    /// Whether some of a range stands for more than itself.
    pub(super) fn is_escaped(&self, start: usize, end: usize) -> bool {
        let first = self.pieces.partition_point(|piece| piece.at < start);
        let rest = self.pieces.get(first..).unwrap_or_default();
        rest.iter()
            .take_while(|piece| piece.at < end)
            .any(|piece| piece.whole.is_some())
    }

    /// The original place of a place of the view; its end for its end.
    #[must_use]
    pub fn original_place(&self, at: usize) -> usize {
        if at >= self.bytes.len() {
            return self.original;
        }
        match self.piece(at) {
            None => at,
            Some(Piece {
                original,
                whole: Some(_),
                ..
            }) => original,
            Some(piece) => piece.original + (at - piece.at),
        }
    }

    /// The first place of the view that came from `original` or later.
    #[must_use]
    pub fn place_of(&self, original: usize) -> usize {
        if self.pieces.is_empty() {
            return original.min(self.bytes.len());
        }
        let next = self
            .pieces
            .partition_point(|piece| piece.original < original);
        let limit = self
            .pieces
            .get(next)
            .map_or(self.bytes.len(), |piece| piece.at);
        match next.checked_sub(1).and_then(|last| self.pieces.get(last)) {
            Some(Piece {
                at,
                original: start,
                whole: None,
            }) => (at + (original - start)).min(limit),
            _ => limit,
        }
    }

    fn piece(&self, at: usize) -> Option<Piece> {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        self.pieces.get(after.checked_sub(1)?).copied()
    }
}

/// What detectors read for a character; nothing for one nobody sees.
fn fold(one: char, mut push: impl FnMut(char)) {
    if is_invisible(one) {
        return;
    }
    if let Some(plain) = plain(one) {
        push(plain);
        return;
    }
    // Han, kana and Hangul have no Latin look-alikes: most non-Latin text.
    if matches!(one, '\u{3041}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}') {
        push(one);
        return;
    }
    decompose_compatible(one, |part| {
        if !is_combining_mark(part) && !is_invisible(part) {
            push(plain(part).unwrap_or(part));
        }
    });
}

/// Format characters, variation selectors and combining marks. Tag characters
/// (U+E0020 to U+E007E) are visible: they spell ASCII.
fn is_invisible(one: char) -> bool {
    matches!(one,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}' | '\u{202B}' | '\u{202D}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0001}'
        | '\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
        || is_combining_mark(one)
}

/// The ASCII character a reader takes this one for.
fn plain(one: char) -> Option<char> {
    let ascii = |code: u32| char::from_u32(code).filter(char::is_ascii);
    match one {
        // What turns text round, and what ends that.
        '\u{202E}' => Some('\u{E}'),
        '\u{202C}' => Some('\u{F}'),
        '\u{E0020}'..='\u{E007E}' => ascii(u32::from(one) - 0xE_0000),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{30FC}' | '\u{2043}' => Some('-'),
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' => Some('\''),
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{AB}' | '\u{BB}' => Some('"'),
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => Some(' '),
        '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
        '\u{3002}' | '\u{2024}' => Some('.'),
        '\u{2044}' | '\u{2215}' => Some('/'),
        '\u{2236}' | '\u{A789}' => Some(':'),
        _ => digit(one).or_else(|| look_alike(one)),
    }
}

/// Decimal digits of other scripts: blocks of ten that start at these code
/// points (Unicode 16, general category Nd, those in use).
fn digit(one: char) -> Option<char> {
    const ZEROS: [u32; 24] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
        0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1B50,
    ];
    let code = u32::from(one);
    if code < 0x660 {
        return None;
    }
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    char::from_digit(code - zero, 10)
}

/// Letters of other scripts that look like Latin ones (Unicode confusables,
/// the single letters of Cyrillic, Greek and Armenian).
const fn look_alike(one: char) -> Option<char> {
    Some(match one {
        'ø' => 'o',
        'Ø' => 'O',
        'ł' => 'l',
        'Ł' => 'L',
        'đ' | 'ð' => 'd',
        'Đ' | 'Ð' => 'D',
        'ß' => 's',
        'а' | 'α' => 'a',
        'в' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' => 'e',
        'һ' | 'հ' => 'h',
        'і' | 'ι' | 'ı' | 'Ӏ' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'п' | 'ո' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' | 'զ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ս' | 'υ' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ѡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'γ' => 'y',
        'ɡ' | 'ց' => 'g',
        'ƅ' => 'b',
        'ⅼ' => 'l',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Ԍ' => 'G',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ѵ' => 'V',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' | 'Ү' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        String::from_utf8(View::folded(text).bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn disguises_fold_to_what_a_reader_sees() {
        for (disguise, plain) in [
            ("ｊｏｈｎ＠ｃｏｎｔｏｓｏ", "john@contoso"),
            ("𝐣𝐨𝐡𝐧", "john"),
            ("jоhn.саrtеr", "john.carter"),
            ("j\u{200b}o\u{ad}h\u{200d}n", "john"),
            ("jóhn jo\u{301}hn", "john john"),
            ("٤٥٣٩ ۴۵۳۹ ४५", "4539 4539 45"),
            ("a\u{a0}b\u{2011}c", "a b-c"),
            ("\u{E006A}\u{E006F}", "jo"),
            ("東京 서울", "東京 서울"),
        ] {
            assert_eq!(folded(disguise), plain);
        }
    }

    #[test]
    fn a_find_is_masked_in_the_original_span() {
        let text = "to ｊｏ\u{200b}hn now";
        let view = View::folded(text);
        assert_eq!(view.bytes(), b"to john now");
        assert_eq!(text.get(view.original_range(3, 7)), Some("ｊｏ\u{200b}hn"));
        assert_eq!(view.place_of(3), 3);
        assert_eq!(view.original_place(11), text.len());
    }

    proptest! {
        #[test]
        fn folding_goes_character_by_character(a in "\\PC{0,20}", b in "\\PC{0,20}") {
            let whole = folded(&format!("{a}{b}"));
            prop_assert_eq!(whole, folded(&a) + &folded(&b));
        }

        #[test]
        fn every_range_maps_to_whole_characters(text in "\\PC{0,30}") {
            let view = View::folded(&text);
            let length = view.bytes().len();
            for start in 0..length {
                for end in start + 1..=length {
                    let range = view.original_range(start, end);
                    if view.bytes().is_ascii() {
                        prop_assert!(text.get(range.clone()).is_some());
                    }
                    prop_assert!(range.start < range.end && range.end <= text.len());
                }
            }
        }
    }
}
