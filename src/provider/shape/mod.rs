//! What a body looks like: one table of paths per operation and direction.
//!
//! A table is meant to be read, and documentation is made from it: each row
//! says where a leaf stands and what it is. The same row answers four
//! questions: how redaction treats the leaf, which type it must have, which
//! capability its presence needs, and which names the dialect knows (so that
//! `Model` beside `model` can be refused).
//!
//! A path is steps behind slashes. `*` is any element of an array, `{a,b}`
//! stands for a row each. What no row names is *unknown*: its strings are
//! text, its numbers and names cannot be replaced, an address in it would be
//! fetched by somebody, and names that choose an upstream are refused.
//!
//! INVARIANT: a leaf is exempt from scanning only if a row says so *and* it
//! looks like what the row says ([`words`]). Whoever writes a request writes
//! its `type` too, so no gate hangs on that alone: a leaf with media needs its
//! capability wherever it stands, ciphertext is only taken for it in an object
//! of a type that has some, and signed text only beside a signature.

mod leaf;
mod read;
mod tree;
pub(super) mod words;

use std::{fmt, sync::OnceLock};

use crate::primitives::{Capability, Code};

pub(super) use read::{Direction, Reading};
use tree::Tree;

/// What stands at a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// An object or array; what is in it has rows of its own.
    Group,
    /// Free text.
    Text,
    /// Text, or a token id in its place, which nobody can read.
    TextOrToken,
    /// A string that holds JSON.
    JsonText,
    /// A name the model or a program must find again: scanned, never replaced.
    Fixed,
    /// An id or an enum value.
    Word,
    /// Base64 or ciphertext.
    Blob,
    /// Text the provider signed; in a request, text unless a signature is
    /// beside it.
    Signed,
    /// A number.
    Number,
    /// A whole number, zero or more.
    Count,
    /// `true` or `false`.
    Flag,
    /// An address: inside the request (`data:`), or one the provider would fetch.
    Url,
    /// An object that is what its `type` says.
    Kinds(&'static Kinds),
    /// A subtree of the caller's or the model's making: tool input, metadata.
    Free,
    /// A JSON Schema.
    Schema,
    /// A subtree of counts and measures.
    Numbers,
    /// Names an upstream, model, route, plugin or guardrail: refused.
    Refused,
}

/// The types an object may have, and what each needs.
#[derive(Debug)]
pub(super) struct Kinds {
    /// The refusal of any other.
    pub(super) unknown: Code,
    /// Type and the capabilities it needs. `name_*` stands for `name_` and a
    /// date of eight digits.
    pub(super) known: &'static [(&'static str, &'static [Capability])],
    /// What an object without `type` needs; `None` where it may not be absent.
    pub(super) untyped: Option<&'static [Capability]>,
}

/// When a value needs a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// It is there and not `null`.
    Present,
    /// It is `true`.
    True,
    /// It is a number above one.
    AboveOne,
    /// It is a number.
    Numeric,
    /// It is not empty.
    Filled,
    /// It is this string.
    Is(&'static str),
    /// It is an object, in an object whose `type` is none of these.
    Outside(&'static [&'static str]),
}

/// One line of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    path: &'static str,
    rule: Rule,
    gate: Option<(When, Capability)>,
    typed: Option<(&'static [&'static str], Rule)>,
    part: &'static [Row],
}

/// What stands at `path`.
pub(super) const fn at(path: &'static str, rule: Rule) -> Row {
    Row {
        path,
        rule,
        gate: None,
        typed: None,
        part: &[],
    }
}

/// Another table, at `path`.
pub(super) const fn part(path: &'static str, rows: &'static [Row]) -> Row {
    Row {
        path,
        rule: Rule::Group,
        gate: None,
        typed: None,
        part: rows,
    }
}

impl Row {
    /// Needs a capability when it has such a value.
    pub(super) const fn needs(mut self, when: When, one: Capability) -> Self {
        self.gate = Some((when, one));
        self
    }

    /// Is something else in an object whose `type` is one of `kinds`.
    pub(super) const fn of_type(mut self, kinds: &'static [&'static str], rule: Rule) -> Self {
        self.typed = Some((kinds, rule));
        self
    }
}

/// A table, made into a tree when it is first used.
pub(super) struct Shape {
    rows: &'static [Row],
    tree: OnceLock<Tree>,
}

impl Shape {
    /// A table.
    pub(super) const fn of(rows: &'static [Row]) -> Self {
        Self {
            rows,
            tree: OnceLock::new(),
        }
    }

    fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| Tree::new(self.rows))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Shape({} rows)", self.rows.len())
    }
}

#[cfg(test)]
mod tests;
