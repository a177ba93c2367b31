//! The scanner: bytes to tape, in one pass, without recursion.

use std::{borrow::Cow, collections::HashSet};

use super::{Bounds, Entry, Fault, Kind, NONE, Reason, text};

/// Bytes a node has at least in texts that are mostly structure; room for the
/// tape is made with it.
const BYTES_PER_NODE: usize = 16;

/// Objects with fewer members are compared pair by pair.
const SMALL_OBJECT: usize = 12;

/// Reads a whole text.
pub(super) fn tape(bytes: &[u8], bounds: Bounds) -> Result<Vec<Entry>, Fault> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(Fault {
            reason: Reason::ByteOrderMark,
            at: 0,
        });
    }
    if let Err(fault) = simdutf8::compat::from_utf8(bytes) {
        return Err(Fault {
            reason: Reason::NotUtf8,
            at: fault.valid_up_to(),
        });
    }
    if bytes.len() >= NONE as usize {
        return Err(Fault {
            reason: Reason::Nodes,
            at: 0,
        });
    }
    let mut scanner = Scanner {
        bytes,
        at: 0,
        tape: Vec::with_capacity(bytes.len().div_euclid(BYTES_PER_NODE).min(bounds.nodes)),
        here: Open::NOWHERE,
        open: Vec::new(),
        names: Vec::new(),
        bounds,
    };
    scanner.text()?;
    Ok(scanner.tape)
}

/// An object or array that has not ended.
#[derive(Clone, Copy)]
struct Open {
    index: u32,
    object: bool,
    children: u32,
    /// Where its names begin among those of all open objects.
    names: usize,
}

impl Open {
    /// Around the outermost value.
    const NOWHERE: Self = Self {
        index: NONE,
        object: false,
        children: 0,
        names: 0,
    };
}

/// A member's name of an open object.
struct Name {
    hash: u64,
    index: u32,
    start: u32,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    tape: Vec<Entry>,
    /// The innermost one.
    here: Open,
    /// The ones around it.
    open: Vec<Open>,
    names: Vec<Name>,
    bounds: Bounds,
}

impl Scanner<'_> {
    fn text(&mut self) -> Result<(), Fault> {
        self.space();
        self.value(NONE)?;
        while self.here.index != NONE {
            self.space();
            let end = if self.here.object { b'}' } else { b']' };
            if self.peek() == Some(end) {
                self.step();
                self.close()?;
                continue;
            }
            if self.here.children > 0 {
                self.expect(b',', "a `,` or the end of the object or array is missing")?;
                self.space();
            }
            if self.here.object {
                self.member()?;
            } else {
                self.value(NONE)?;
            }
        }
        self.space();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.fault(Reason::Trailing))
        }
    }

    fn member(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.fault(Reason::Grammar("a member's name is missing")));
        }
        let (name, start) = (offset(self.tape.len()), self.at);
        self.string(Kind::Name, NONE)?;
        self.remember(name, start);
        self.space();
        self.expect(b':', "the `:` after a member's name is missing")?;
        self.space();
        self.value(name)
    }

    /// Keeps the hash of the name that was just read.
    fn remember(&mut self, index: u32, start: usize) {
        let hash = self.tape.last().map_or(0, |entry| {
            if entry.escaped {
                hash(self.name(entry).as_bytes())
            } else {
                let inner = start.saturating_add(1)..self.at.saturating_sub(1);
                hash(self.bytes.get(inner).unwrap_or_default())
            }
        });
        self.names.push(Name {
            hash,
            index,
            start: offset(start),
        });
    }

    fn value(&mut self, name: u32) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.string(Kind::String, name)?,
            Some(b'{') => return self.begin(Kind::Object, name),
            Some(b'[') => return self.begin(Kind::Array, name),
            Some(b'-' | b'0'..=b'9') => self.number(name)?,
            Some(b't') => self.word(b"true", Kind::True, name)?,
            Some(b'f') => self.word(b"false", Kind::False, name)?,
            Some(b'n') => self.word(b"null", Kind::Null, name)?,
            Some(_) => return Err(self.fault(Reason::Grammar("no value starts with this byte"))),
            None => return Err(self.fault(Reason::Grammar("a value is missing"))),
        }
        self.counted();
        Ok(())
    }

    fn begin(&mut self, kind: Kind, name: u32) -> Result<(), Fault> {
        if self.open.len() >= self.bounds.depth {
            return Err(self.fault(Reason::Depth));
        }
        let (index, start) = (offset(self.tape.len()), self.at);
        self.step();
        self.push(kind, false, start, name)?;
        self.open.push(self.here);
        self.here = Open {
            index,
            object: kind == Kind::Object,
            children: 0,
            names: self.names.len(),
        };
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let closed = self.here;
        let (end, next) = (offset(self.at), offset(self.tape.len()));
        if let Some(entry) = self.tape.get_mut(closed.index as usize) {
            entry.end = end;
            entry.next = next;
        }
        if closed.object {
            self.refuse_twins(closed)?;
        }
        self.here = self.open.pop().unwrap_or(Open::NOWHERE);
        self.counted();
        Ok(())
    }

    /// Two members of one name, compared as a reader would after unescaping.
    /// Hashes tell most names apart; only equal ones are looked at.
    fn refuse_twins(&mut self, open: Open) -> Result<(), Fault> {
        let names = self.names.get(open.names..).unwrap_or_default();
        let twin = if names.len() <= SMALL_OBJECT {
            self.twin_among(names)
        } else {
            self.twin_in(open.index)
        };
        self.names.truncate(open.names);
        twin.map_or(Ok(()), |at| {
            Err(Fault {
                reason: Reason::Duplicate,
                at,
            })
        })
    }

    /// Where the second of two equal names stands, pair by pair.
    fn twin_among(&self, names: &[Name]) -> Option<usize> {
        let mut before = names.iter().enumerate();
        before.find_map(|(place, one)| {
            let equals = |other: &Name| other.hash == one.hash && self.is_same(other, one);
            let twin = names.iter().take(place).any(equals);
            twin.then_some(one.start as usize)
        })
    }

    fn is_same(&self, one: &Name, other: &Name) -> bool {
        let entry = |name: &Name| self.tape.get(name.index as usize);
        entry(one)
            .zip(entry(other))
            .is_some_and(|(one, other)| self.name(one) == self.name(other))
    }

    /// The same for an object of many members: a keyed hash, so that nobody
    /// can choose names that collide.
    fn twin_in(&self, object: u32) -> Option<usize> {
        let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
        let mut at = object.saturating_add(1) as usize;
        while let Some(entry) = self.tape.get(at) {
            if entry.kind == Kind::Name && !seen.insert(self.name(entry)) {
                return Some(entry.start as usize);
            }
            at = entry.next as usize;
        }
        None
    }

    fn name(&self, entry: &Entry) -> Cow<'_, str> {
        let inner = entry.start.saturating_add(1) as usize..entry.end.saturating_sub(1) as usize;
        let raw = self
            .bytes
            .get(inner)
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .unwrap_or_default();
        if entry.escaped {
            text::decode(raw).text
        } else {
            Cow::Borrowed(raw)
        }
    }

    fn string(&mut self, kind: Kind, name: u32) -> Result<(), Fault> {
        let start = self.at;
        let mut escaped = false;
        self.step();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let run = plain(rest);
            self.at = self.at.saturating_add(run);
            match rest.get(run) {
                Some(b'"') => {
                    self.step();
                    return self.push(kind, escaped, start, name);
                }
                Some(b'\\') => {}
                Some(_) => {
                    return Err(
                        self.fault(Reason::Grammar("a control character stands in a string"))
                    );
                }
                None => return Err(self.fault(Reason::Grammar("a string has no end"))),
            }
            escaped = true;
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.step();
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.step(),
            Some(b'u') => {
                self.step();
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(
                            self.fault(Reason::Grammar("`\\u` has fewer than four hex digits"))
                        );
                    }
                    self.step();
                }
            }
            _ => return Err(self.fault(Reason::Grammar("no escape is written like this"))),
        }
        Ok(())
    }

    fn number(&mut self, name: u32) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.step();
        }
        if self.peek() == Some(b'0') {
            self.step();
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            self.digits()?;
        }
        self.push(Kind::Number, false, start, name)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let run = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at = self.at.saturating_add(run);
        if run == 0 {
            return Err(self.fault(Reason::Grammar("a number lacks digits")));
        }
        Ok(())
    }

    fn word(&mut self, word: &'static [u8], kind: Kind, name: u32) -> Result<(), Fault> {
        let start = self.at;
        let end = start.saturating_add(word.len());
        if self.bytes.get(start..end) != Some(word) {
            return Err(self.fault(Reason::Grammar("no value starts with this byte")));
        }
        self.at = end;
        self.push(kind, false, start, name)
    }

    /// Puts a node that ends here on the tape. Containers correct it in `close`.
    fn push(&mut self, kind: Kind, escaped: bool, start: usize, name: u32) -> Result<(), Fault> {
        if self.tape.len() >= self.bounds.nodes {
            return Err(self.fault(Reason::Nodes));
        }
        self.tape.push(Entry {
            kind,
            escaped,
            start: offset(start),
            end: offset(self.at),
            parent: self.here.index,
            name,
            position: self.here.children,
            next: offset(self.tape.len()).saturating_add(1),
        });
        Ok(())
    }

    /// A value has ended: its container has one child more.
    const fn counted(&mut self) {
        self.here.children = self.here.children.saturating_add(1);
    }

    fn expect(&mut self, byte: u8, missing: &'static str) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.step();
            return Ok(());
        }
        Err(self.fault(Reason::Grammar(missing)))
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    const fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    const fn fault(&self, reason: Reason) -> Fault {
        Fault {
            reason,
            at: self.at,
        }
    }
}

/// How many bytes of a string stand for themselves: up to a quote, a backslash
/// or a control character. Short strings end within the first words; what is
/// longer is looked at in blocks without a way out in between, so that they
/// compile to vector instructions.
fn plain(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let (head, tail) = bytes.split_at_checked(BLOCK).unwrap_or((bytes, &[]));
    let run = plain_in_words(head);
    if run < head.len() || tail.is_empty() {
        return run;
    }
    let special = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    let clean = tail
        .chunks_exact(BLOCK)
        .take_while(|block| {
            !block
                .iter()
                .fold(false, |found, byte| found | special(byte))
        })
        .count();
    let blocks = clean.saturating_mul(BLOCK);
    let rest = tail.get(blocks..).unwrap_or_default();
    run.saturating_add(blocks)
        .saturating_add(plain_in_words(rest))
}

/// The same, eight bytes at a time. Each test marks the high bit of a byte it
/// means; marks above the lowest true one may be wrong, and the lowest is all
/// that is read (H. S. Warren, Hacker's Delight, 2nd edition, §6-1).
fn plain_in_words(bytes: &[u8]) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below =
        |word: u64, bound: u8| word.wrapping_sub(LOW.wrapping_mul(u64::from(bound))) & !word & HIGH;
    let is = |word: u64, byte: u8| below(word ^ LOW.wrapping_mul(u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut run = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let marks = below(word, 0x20) | is(word, b'"') | is(word, b'\\');
        if marks != 0 {
            return run.saturating_add((marks.trailing_zeros() >> 3) as usize);
        }
        run = run.saturating_add(8);
    }
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    run.saturating_add(rest.iter().position(special).unwrap_or(rest.len()))
}

/// A place in the text or on the tape. INVARIANT: `tape` refuses texts in
/// which one would not fit, and a tape has no more nodes than its text bytes.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

/// Multiply and rotate, eight bytes at a time: enough to tell a dozen names
/// apart, and never trusted with more.
fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(ODD);
    let (words, rest) = bytes.as_chunks::<8>();
    let body = words
        .iter()
        .fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let tail = rest
        .iter()
        .fold(1, |tail: u64, byte| (tail << 8) | u64::from(*byte));
    mix(body, tail)
}
