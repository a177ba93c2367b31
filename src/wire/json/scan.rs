//! The scanner: bytes to tape, in one pass, without recursion.

use std::{borrow::Cow, collections::HashSet};

use super::{Bounds, Entry, Fault, Kind, NONE, Reason, text};

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
    if let Err(fault) = std::str::from_utf8(bytes) {
        return Err(Fault {
            reason: Reason::NotUtf8,
            at: fault.valid_up_to(),
        });
    }
    let mut scanner = Scanner {
        bytes,
        at: 0,
        tape: Vec::new(),
        open: Vec::new(),
        bounds,
    };
    scanner.text()?;
    Ok(scanner.tape)
}

/// An object or array that has not ended.
struct Open {
    index: u32,
    object: bool,
    children: u32,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    tape: Vec<Entry>,
    open: Vec<Open>,
    bounds: Bounds,
}

impl Scanner<'_> {
    fn text(&mut self) -> Result<(), Fault> {
        self.space();
        self.value(NONE)?;
        while let Some(top) = self.open.last() {
            let (object, first) = (top.object, top.children == 0);
            self.space();
            let end = if object { b'}' } else { b']' };
            if self.peek() == Some(end) {
                self.step();
                self.close()?;
                continue;
            }
            if !first {
                self.expect(b',', "a `,` or the end of the object or array is missing")?;
                self.space();
            }
            if object {
                self.member()?
            } else {
                self.value(NONE)?
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
        let name = self.index()?;
        self.string(Kind::Name, NONE)?;
        self.space();
        self.expect(b':', "the `:` after a member's name is missing")?;
        self.space();
        self.value(name)
    }

    fn value(&mut self, name: u32) -> Result<(), Fault> {
        match self.peek() {
            Some(b'{') => self.begin(Kind::Object, name),
            Some(b'[') => self.begin(Kind::Array, name),
            Some(b'"') => self
                .string(Kind::String, name)
                .and_then(|()| self.counted()),
            Some(b't') => self.word(b"true", Kind::True, name),
            Some(b'f') => self.word(b"false", Kind::False, name),
            Some(b'n') => self.word(b"null", Kind::Null, name),
            Some(b'-' | b'0'..=b'9') => self.number(name),
            Some(_) => Err(self.fault(Reason::Grammar("no value starts with this byte"))),
            None => Err(self.fault(Reason::Grammar("a value is missing"))),
        }
    }

    fn begin(&mut self, kind: Kind, name: u32) -> Result<(), Fault> {
        if self.open.len() >= self.bounds.depth {
            return Err(self.fault(Reason::Depth));
        }
        let index = self.index()?;
        let start = self.at;
        self.step();
        self.push(kind, false, start, name)?;
        self.open.push(Open {
            index,
            object: kind == Kind::Object,
            children: 0,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let (end, next) = (self.offset(self.at)?, self.index()?);
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if let Some(entry) = self.tape.get_mut(open.index as usize) {
            entry.end = end;
            entry.next = next;
        }
        if open.object && open.children > 1 {
            self.refuse_twins(open.index)?;
        }
        self.counted()
    }

    /// Two members of one name, compared as a reader would after unescaping.
    fn refuse_twins(&self, object: u32) -> Result<(), Fault> {
        let mut names: Vec<(Cow<'_, str>, u32)> = Vec::new();
        let mut at = object.saturating_add(1) as usize;
        while let Some(entry) = self.tape.get(at) {
            if entry.kind == Kind::Name {
                names.push((self.name(entry), entry.start));
            }
            at = entry.next as usize;
        }
        let mut large = HashSet::new();
        let small = names.len() <= SMALL_OBJECT;
        for (place, (name, start)) in names.iter().enumerate() {
            let twin = if small {
                names.iter().take(place).any(|(other, _)| other == name)
            } else {
                !large.insert(name)
            };
            if twin {
                return Err(Fault {
                    reason: Reason::Duplicate,
                    at: *start as usize,
                });
            }
        }
        Ok(())
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
            let Some(run) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.bytes.len();
                return Err(self.fault(Reason::Grammar("a string has no end")));
            };
            let plain = rest.get(..run).unwrap_or_default();
            if let Some(control) = plain.iter().position(|byte| *byte < 0x20) {
                self.at = self.at.saturating_add(control);
                return Err(self.fault(Reason::Grammar("a control character stands in a string")));
            }
            self.at = self.at.saturating_add(run);
            if rest.get(run) == Some(&b'"') {
                self.step();
                return self.push(kind, escaped, start, name);
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
        self.push(Kind::Number, false, start, name)?;
        self.counted()
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.step();
        }
        if self.at == from {
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
        self.push(kind, false, start, name)?;
        self.counted()
    }

    /// Puts a node that ends here on the tape. Containers correct it in `close`.
    fn push(&mut self, kind: Kind, escaped: bool, start: usize, name: u32) -> Result<(), Fault> {
        if self.tape.len() >= self.bounds.nodes {
            return Err(self.fault(Reason::Nodes));
        }
        let (parent, position) = self
            .open
            .last()
            .map_or((NONE, 0), |open| (open.index, open.children));
        let entry = Entry {
            kind,
            escaped,
            start: self.offset(start)?,
            end: self.offset(self.at)?,
            parent,
            name,
            position,
            next: self.index()?.saturating_add(1),
        };
        self.tape.push(entry);
        Ok(())
    }

    /// A value has ended: its container has one child more.
    fn counted(&mut self) -> Result<(), Fault> {
        if let Some(open) = self.open.last_mut() {
            open.children = open.children.saturating_add(1);
        }
        Ok(())
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

    fn index(&self) -> Result<u32, Fault> {
        self.offset(self.tape.len())
    }

    fn offset(&self, at: usize) -> Result<u32, Fault> {
        u32::try_from(at)
            .ok()
            .filter(|at| *at != NONE)
            .ok_or_else(|| self.fault(Reason::Nodes))
    }

    const fn fault(&self, reason: Reason) -> Fault {
        Fault {
            reason,
            at: self.at,
        }
    }
}
