//! A text under the detectors, and whether they looked past its end.
//!
//! INVARIANT: a detector reads through this type only, and reading past the
//! last byte is remembered. So what a detector said without touching the end
//! is what it would say of every longer text: that one fact makes streams
//! exact, and no detector has to think of them.

use std::cell::Cell;

/// Bytes of UTF-8 text; whether more may follow.
#[derive(Debug)]
pub(super) struct Text<'t> {
    bytes: &'t [u8],
    touched: Cell<bool>,
}

impl<'t> Text<'t> {
    pub(super) const fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            touched: Cell::new(false),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets that the end was touched and says whether it was.
    pub(super) const fn take_touched(&self) -> bool {
        self.touched.replace(false)
    }

    /// The byte at a place; past the end there is none, and that is noted.
    pub(super) fn at(&self, at: usize) -> Option<u8> {
        #[cfg(test)]
        count(1);
        let byte = self.bytes.get(at).copied();
        if byte.is_none() {
            self.touched.set(true);
        }
        byte
    }

    /// The byte before a place.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        self.bytes.get(at.checked_sub(1)?).copied()
    }

    /// Whether the byte at a place is of a class.
    pub(super) fn is(&self, at: usize, class: Class) -> bool {
        self.at(at).is_some_and(|byte| class.has(byte))
    }

    /// Whether the byte before a place is of a class.
    pub(super) fn was(&self, at: usize, class: Class) -> bool {
        self.before(at).is_some_and(|byte| class.has(byte))
    }

    /// Where a run of a class ends, at most `longest` bytes on.
    pub(super) fn run(&self, from: usize, class: Class, longest: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let seen = rest.get(..longest).unwrap_or(rest);
        #[cfg(test)]
        count(seen.iter().take_while(|byte| class.has(**byte)).count());
        match seen.iter().position(|byte| !class.has(*byte)) {
            Some(length) => from + length,
            None => {
                if seen.len() < longest {
                    self.touched.set(true);
                }
                from + seen.len()
            }
        }
    }

    /// Where a run of a class that ends before `to` starts, at most `longest`
    /// bytes back.
    pub(super) fn run_back(&self, to: usize, class: Class, longest: usize) -> usize {
        let head = self.bytes.get(..to).unwrap_or(self.bytes);
        let length = head
            .iter()
            .rev()
            .take(longest)
            .take_while(|byte| class.has(**byte))
            .count();
        #[cfg(test)]
        count(length);
        head.len() - length
    }

    /// Whether a literal stands at a place.
    pub(super) fn starts(&self, at: usize, literal: &[u8]) -> bool {
        (at..)
            .zip(literal)
            .all(|(at, wanted)| self.at(at) == Some(*wanted))
    }

    /// Whether a lower-case literal stands at a place, in any case.
    pub(super) fn starts_any_case(&self, at: usize, literal: &[u8]) -> bool {
        (at..)
            .zip(literal)
            .all(|(at, wanted)| self.at(at).map(|one| one.to_ascii_lowercase()) == Some(*wanted))
    }

    /// `count` bytes after `at`, or the end of the text; that is noted.
    pub(super) fn ahead(&self, at: usize, count: usize) -> usize {
        #[cfg(test)]
        self::count(count);
        if at + count > self.len() {
            self.touched.set(true);
        }
        (at + count).min(self.len())
    }

    /// The bytes between two places that were read before.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'t [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }
}

#[cfg(test)]
thread_local! {
    /// Bytes this thread has read: what a test counts instead of time.
    pub(super) static READ: Cell<usize> = const { Cell::new(0) };
}

#[cfg(test)]
fn count(bytes: usize) {
    READ.set(READ.get() + bytes);
}

/// A set of ASCII characters, as bits of the table below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class(u64);

impl Class {
    pub(super) const DIGIT: Self = Self(1);
    const LOWER_HEX: Self = Self(1 << 1);
    const LOWER_REST: Self = Self(1 << 2);
    const UPPER_HEX: Self = Self(1 << 3);
    const UPPER_REST: Self = Self(1 << 4);
    pub(super) const UNDERSCORE: Self = Self(1 << 5);
    pub(super) const DASH: Self = Self(1 << 6);
    pub(super) const DOT: Self = Self(1 << 7);
    pub(super) const PLUS: Self = Self(1 << 8);
    pub(super) const SLASH: Self = Self(1 << 9);
    pub(super) const EQUALS: Self = Self(1 << 10);
    pub(super) const TILDE: Self = Self(1 << 11);
    pub(super) const SPACE: Self = Self(1 << 12);
    pub(super) const LINE: Self = Self(1 << 13);
    pub(super) const COLON: Self = Self(1 << 14);
    pub(super) const PERCENT: Self = Self(1 << 15);
    pub(super) const QUOTE: Self = Self(1 << 16);
    /// `! # $ & * ? ^ { | }`: the rest of an e-mail local part.
    pub(super) const ATEXT_MARKS: Self = Self(1 << 17);
    /// Every other printable ASCII character.
    pub(super) const OTHER_MARKS: Self = Self(1 << 18);
    pub(super) const NOT_ASCII: Self = Self(1 << 19);
    pub(super) const AT: Self = Self(1 << 20);

    pub(super) const LOWER: Self = Self::LOWER_HEX.or(Self::LOWER_REST);
    pub(super) const UPPER: Self = Self::UPPER_HEX.or(Self::UPPER_REST);
    pub(super) const ALPHA: Self = Self::LOWER.or(Self::UPPER);
    pub(super) const ALNUM: Self = Self::ALPHA.or(Self::DIGIT);
    pub(super) const LOWER_DIGIT: Self = Self::LOWER.or(Self::DIGIT);
    pub(super) const HEX: Self = Self::DIGIT.or(Self::LOWER_HEX).or(Self::UPPER_HEX);
    pub(super) const WORD: Self = Self::ALNUM.or(Self::UNDERSCORE);
    pub(super) const SLUG: Self = Self::WORD.or(Self::DASH);
    pub(super) const BASE64: Self = Self::ALNUM.or(Self::PLUS).or(Self::SLASH).or(Self::EQUALS);
    /// The characters of tokens of every make.
    pub(super) const TOKEN: Self = Self::SLUG
        .or(Self::DOT)
        .or(Self::PLUS)
        .or(Self::SLASH)
        .or(Self::TILDE);
    /// RFC 5322 `atext` and the dot.
    pub(super) const LOCAL_PART: Self = Self::SLUG
        .or(Self::DOT)
        .or(Self::PLUS)
        .or(Self::SLASH)
        .or(Self::EQUALS)
        .or(Self::TILDE)
        .or(Self::PERCENT)
        .or(Self::ATEXT_MARKS);
    pub(super) const BLANK: Self = Self::SPACE.or(Self::LINE);

    pub(super) const GREATER: Self = Self(1 << 21);
    /// What closes a name: quotes, escapes, brackets.
    pub(super) const CLOSING: Self = Self(1 << 22);
    pub(super) const DOLLAR: Self = Self(1 << 23);
    pub(super) const COMMA: Self = Self(1 << 24);
    pub(super) const STAR: Self = Self(1 << 25);
    pub(super) const QUESTION: Self = Self(1 << 26);
    pub(super) const SEMICOLON: Self = Self(1 << 27);
    pub(super) const HASH: Self = Self(1 << 28);
    /// What turns text round, and what ends that (see `fold`).
    pub(super) const TURN: Self = Self(1 << 29);
    pub(super) const LESS: Self = Self(1 << 30);
    pub(super) const BACKSLASH: Self = Self(1 << 31);
    pub(super) const AMPERSAND: Self = Self(1 << 32);
    pub(super) const NOT_LINE: Self = Self(!Self::LINE.0);

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, byte: u8) -> bool {
        TABLE
            .get(usize::from(byte))
            .is_some_and(|bits| bits & self.0 != 0)
    }
}

const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is below 256; the compiler runs this"
        )]
        {
            table[byte as usize] = bits(byte);
        }
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => return table,
        }
    }
}

const fn bits(byte: u8) -> u64 {
    let class = match byte {
        b'0'..=b'9' => Class::DIGIT,
        b'a'..=b'f' => Class::LOWER_HEX,
        b'g'..=b'z' => Class::LOWER_REST,
        b'A'..=b'F' => Class::UPPER_HEX,
        b'G'..=b'Z' => Class::UPPER_REST,
        b'_' => Class::UNDERSCORE,
        b'-' => Class::DASH,
        b'.' => Class::DOT,
        b'+' => Class::PLUS,
        b'/' => Class::SLASH,
        b'=' => Class::EQUALS,
        b'~' => Class::TILDE,
        b' ' | b'\t' => Class::SPACE,
        b'\n' | b'\r' => Class::LINE,
        b':' => Class::COLON,
        b'%' => Class::PERCENT,
        b'@' => Class::AT,
        b'"' => Class::QUOTE.or(Class::CLOSING),
        b'\'' | b'`' => Class::QUOTE.or(Class::CLOSING),
        b'$' => Class::ATEXT_MARKS.or(Class::DOLLAR),
        b'*' => Class::ATEXT_MARKS.or(Class::STAR),
        b',' => Class::OTHER_MARKS.or(Class::COMMA),
        b'?' => Class::ATEXT_MARKS.or(Class::QUESTION),
        b'#' => Class::ATEXT_MARKS.or(Class::HASH),
        b'&' => Class::ATEXT_MARKS.or(Class::AMPERSAND),
        b'!' | b'^' | b'{' | b'|' | b'}' => Class::ATEXT_MARKS,
        0x80..=0xFF => Class::NOT_ASCII,
        b'>' => Class::OTHER_MARKS.or(Class::GREATER),
        b'\\' => Class::OTHER_MARKS.or(Class::CLOSING).or(Class::BACKSLASH),
        b']' | b')' => Class::OTHER_MARKS.or(Class::CLOSING),
        b';' => Class::OTHER_MARKS.or(Class::SEMICOLON),
        b'<' => Class::OTHER_MARKS.or(Class::LESS),
        b'(' | b'[' => Class::OTHER_MARKS,
        0xE | 0xF => Class::TURN,
        0..=8 | 11 | 12 | 16..=31 | 127 => Class(0),
    };
    class.0
}
