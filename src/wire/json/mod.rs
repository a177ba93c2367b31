//! Strict JSON with byte spans: the only reader of bodies.
//!
//! [`Document::scan`] accepts RFC 8259 and nothing else: UTF-8 without a byte
//! order mark, no bytes after the value, no member twice at any depth (compared
//! after unescaping), bounded depth and size. It yields a flat tape of
//! [`Node`]s that know where they stand, so that an edit can replace one span
//! and leave every other byte alone.
//!
//! INVARIANT: a string's raw bytes are valid JSON string content, so replacing
//! any escape-aligned part of them by [`escape`]d text gives valid JSON again.
//!
//! Left out on purpose: numbers are not converted (a 23-digit integer stays a
//! token), and escaped lone surrogates pass as they are; they are unfolded to
//! U+FFFD for reading only.

mod scan;
mod text;

use std::{borrow::Cow, fmt, ops::Range};

use bytes::Bytes;
use thiserror::Error;

use crate::primitives::{Code, Refusal};

pub use text::{Decoded, decode, escape};

/// How large a text may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Levels of nesting.
    pub depth: usize,
    /// Values and member names.
    pub nodes: usize,
}

/// What a node is. A member is two nodes: its name, then its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// A string that is a value.
    String,
    /// A string that names a member.
    Name,
    /// A number, kept as its token.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

/// Why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Reason {
    /// Not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// Starts with a byte order mark.
    #[error("the text starts with a byte order mark")]
    ByteOrderMark,
    /// Breaks the grammar.
    #[error("{0}")]
    Grammar(&'static str),
    /// Something follows the value.
    #[error("something follows the value")]
    Trailing,
    /// A member stands twice in one object.
    #[error("an object names a member twice")]
    Duplicate,
    /// Nested too deeply.
    #[error("the text is nested too deeply")]
    Depth,
    /// Too many values.
    #[error("the text has too many values")]
    Nodes,
}

/// Where and why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{reason} (at byte {at})")]
pub struct Fault {
    /// Why.
    pub reason: Reason,
    /// The byte at which reading stopped.
    pub at: usize,
}

impl Fault {
    /// The refusal of a request that has this fault.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        let code = match self.reason {
            Reason::NotUtf8 | Reason::ByteOrderMark | Reason::Grammar(_) | Reason::Trailing => {
                Code::InvalidJson
            }
            Reason::Duplicate => Code::DuplicateKey,
            Reason::Depth | Reason::Nodes => Code::JsonLimit,
        };
        Refusal::new(code, format!("the request body is refused: {self}"))
    }
}

/// One accepted text and its tape.
pub struct Document {
    bytes: Bytes,
    tape: Vec<Entry>,
}

/// One node as the tape keeps it. Offsets are bytes; a body is far below 4 GiB.
#[derive(Clone, Copy)]
struct Entry {
    kind: Kind,
    escaped: bool,
    start: u32,
    end: u32,
    /// Index of the enclosing object or array.
    parent: u32,
    /// Index of the member's name, for a member's value.
    name: u32,
    /// How many siblings stand before; a member's name and value share one.
    position: u32,
    /// Index of the first node after this one's subtree.
    next: u32,
}

/// No such node.
const NONE: u32 = u32::MAX;

impl Document {
    /// Reads `bytes`.
    ///
    /// # Errors
    /// The first [`Fault`] in the text. Nothing is kept of a refused text.
    pub fn scan(bytes: Bytes, bounds: Bounds) -> Result<Self, Fault> {
        let tape = scan::tape(&bytes, bounds)?;
        Ok(Self { bytes, tape })
    }

    /// The text as it came.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The node at a place of the tape.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<Node<'_>> {
        self.tape.get(index).map(|entry| Node {
            document: self,
            index,
            entry: *entry,
        })
    }

    /// All nodes in the order in which they start.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.tape.iter().enumerate().map(|(index, entry)| Node {
            document: self,
            index,
            entry: *entry,
        })
    }

    /// The member of the outermost object with that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Node<'_>> {
        self.node(0)?.get(name)
    }

    /// The whole value.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        self.node(0)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Document({} bytes, {} nodes)",
            self.bytes.len(),
            self.tape.len()
        )
    }
}

/// A value or a member's name, and where it stands.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document,
    index: usize,
    entry: Entry,
}

impl<'a> Node<'a> {
    /// What it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.entry.kind
    }

    /// Its place on the tape.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }

    /// Its bytes, quotes included.
    #[must_use]
    pub const fn span(self) -> Range<usize> {
        self.entry.start as usize..self.entry.end as usize
    }

    /// Its bytes, without the quotes of a string or name.
    #[must_use]
    pub const fn inner_span(self) -> Range<usize> {
        let Range { start, end } = self.span();
        match self.entry.kind {
            Kind::String | Kind::Name => start.saturating_add(1)..end.saturating_sub(1),
            Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => {
                start..end
            }
        }
    }

    /// The text of [`Self::inner_span`], escapes as written.
    #[must_use]
    pub fn raw(self) -> &'a str {
        // INVARIANT: the scanner checked the whole text; a span starts and ends at ASCII.
        self.document
            .bytes
            .get(self.inner_span())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// Whether the raw text has escapes, so that it differs from [`Self::text`].
    #[must_use]
    pub const fn has_escapes(self) -> bool {
        self.entry.escaped
    }

    /// The text, unescaped.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        if self.entry.escaped {
            decode(self.raw()).text
        } else {
            Cow::Borrowed(self.raw())
        }
    }

    /// The object or array it stands in.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.document.node(usize::try_from(self.entry.parent).ok()?)
    }

    /// The name of the member whose value it is.
    #[must_use]
    pub fn name(self) -> Option<Self> {
        self.document.node(usize::try_from(self.entry.name).ok()?)
    }

    /// The value of the member it names.
    #[must_use]
    pub fn value(self) -> Option<Self> {
        match self.entry.kind {
            Kind::Name => self.document.node(self.index.checked_add(1)?),
            Kind::Object
            | Kind::Array
            | Kind::String
            | Kind::Number
            | Kind::True
            | Kind::False
            | Kind::Null => None,
        }
    }

    /// How many siblings stand before it; a member's name and value count once.
    #[must_use]
    pub const fn position(self) -> usize {
        self.entry.position as usize
    }

    /// Elements of an array, values of an object's members.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let end = self.entry.next as usize;
        let mut at = self.index.saturating_add(1);
        std::iter::from_fn(move || {
            loop {
                if at >= end {
                    return None;
                }
                let node = self.document.node(at)?;
                at = node.entry.next as usize;
                if node.entry.kind != Kind::Name {
                    return Some(node);
                }
            }
        })
    }

    /// An object's members: name and value.
    pub fn members(self) -> impl Iterator<Item = (Self, Self)> {
        self.items()
            .filter_map(|value| Some((value.name()?, value)))
    }

    /// The value of the member with that name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        self.members()
            .find(|(one, _)| one.text() == name)
            .map(|(_, value)| value)
    }

    /// Where it stands, as positions only: `/0/2/1`. Names and values of the
    /// text stay out of it, so it may be shown to anybody.
    #[must_use]
    pub fn path_by_position(self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(node) = at {
            if node.entry.parent != NONE {
                steps.push(format!("/{}", node.entry.position));
            }
            at = node.parent();
        }
        steps.reverse();
        steps.concat()
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} at {:?}", self.entry.kind, self.span())
    }
}

#[cfg(test)]
mod tests;
