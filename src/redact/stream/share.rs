//! A channel's text where it stands in an event, and what of it is written.
//!
//! Text that leaves as it came is copied as raw bytes, escapes and all: a half
//! of a surrogate pair that a provider put into an event of its own passes.

use std::ops::Range;

use bytes::Bytes;

use super::super::answer::Change;
use crate::wire::{
    json::{decode, escape},
    splice::{Edit, splice},
};

/// Text of a channel in one event.
#[derive(Clone)]
pub(super) struct Share {
    raw: Bytes,
    /// The string's content in `raw`.
    span: Range<usize>,
    /// Offsets of its text in the channel.
    range: Range<usize>,
    /// The part from here on has not been written.
    from: usize,
}

impl Share {
    pub(super) const fn new(raw: Bytes, span: Range<usize>, range: Range<usize>) -> Self {
        Self {
            raw,
            span,
            from: range.start,
            range,
        }
    }

    pub(super) const fn range(&self) -> &Range<usize> {
        &self.range
    }

    /// The edits of the event that write this share up to `to`, behind
    /// `before`, which is raw JSON string content.
    pub(super) fn in_place<'c>(
        &self,
        to: usize,
        changes: impl Iterator<Item = &'c Change>,
        before: &str,
    ) -> Vec<Edit> {
        let start = self.span.start;
        let moved = |edit: Edit| Edit {
            span: start.saturating_add(edit.span.start)..start.saturating_add(edit.span.end),
            with: edit.with,
        };
        let mut edits: Vec<Edit> = self.edits(to, changes).into_iter().map(moved).collect();
        if !before.is_empty() {
            edits.push(Edit {
                span: start..start,
                with: before.as_bytes().to_vec(),
            });
        }
        edits
    }

    /// The content that writes this share up to `to`.
    pub(super) fn written<'c>(
        &self,
        to: usize,
        changes: impl Iterator<Item = &'c Change>,
    ) -> String {
        let mut edits = self.edits(to, changes);
        // INVARIANT: the edits lie within the content and apart from each other.
        splice(self.content().as_bytes(), &mut edits)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// What is left once everything up to `to` is written; `None`: nothing. It
    /// does not keep the event in memory.
    pub(super) fn after(&self, to: usize) -> Option<Self> {
        let from = self.from.max(to);
        (from < self.range.end).then(|| Self {
            raw: Bytes::copy_from_slice(self.content().as_bytes()),
            span: 0..self.span.len(),
            range: self.range.clone(),
            from,
        })
    }

    /// The content as it stands in the event.
    fn content(&self) -> &str {
        self.raw
            .get(self.span.clone())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// What turns the content into that of the unwritten text up to `to` only,
    /// changes made. Spans are relative to the content.
    fn edits<'c>(&self, to: usize, changes: impl Iterator<Item = &'c Change>) -> Vec<Edit> {
        let decoded = decode(self.content());
        let shift = |at: usize| at.saturating_sub(self.range.start);
        let edit = |from: usize, to: usize, with: &str| Edit {
            span: decoded.raw_range(shift(from)..shift(to)),
            with: escape(with).into_bytes(),
        };
        let to = to.clamp(self.from, self.range.end);
        let mut edits = Vec::new();
        if self.from > self.range.start {
            edits.push(edit(self.range.start, self.from, ""));
        }
        for change in changes {
            let from = change.range.start.max(self.from);
            let end = change.range.end.min(to);
            if from < end {
                // The replacement stands where the value begins; its further
                // shares go without one.
                let begins = change.range.start >= self.from;
                edits.push(edit(from, end, if begins { &change.with } else { "" }));
            }
        }
        if to < self.range.end {
            edits.push(edit(to, self.range.end, ""));
        }
        edits
    }
}
