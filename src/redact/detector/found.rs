//! What detectors say, and how sayings that overlap become one.
//!
//! Overlapping candidates are joined, not chosen between: the union is masked
//! and carries the kind of its best member. Choosing would leave the loser's
//! other bytes in the open, and would make the outcome depend on where a
//! reader started.

use std::ops::Range;

use super::{Detected, Wanted, text::Text};
use crate::redact::entity::{Confidence, Entity};

/// One detector's opinion of a range, in bytes of the text it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) entity: Entity,
    pub(super) subtype: Option<&'static str>,
    pub(super) confidence: Confidence,
    pub(super) documented_example: bool,
}

impl Candidate {
    pub(super) const fn new(range: Range<usize>, entity: Entity, confidence: Confidence) -> Self {
        Self {
            start: range.start,
            end: range.end,
            entity,
            subtype: None,
            confidence,
            documented_example: false,
        }
    }

    pub(super) const fn of(mut self, subtype: &'static str) -> Self {
        self.subtype = Some(subtype);
        self
    }

    pub(super) const fn example(mut self, yes: bool) -> Self {
        self.documented_example = yes;
        self
    }
}

/// A value whose start is certain and whose end has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenEnd {
    pub(super) start: usize,
    /// What was read up to here surely belongs to it.
    pub(super) from: usize,
    pub(super) entity: Entity,
    pub(super) until: super::Until,
}

/// Collects candidates that somebody wants.
#[derive(Debug)]
pub(super) struct Found<'w> {
    pub(super) wanted: &'w Wanted,
    pub(super) candidates: Vec<Candidate>,
    pub(super) open: Option<OpenEnd>,
    /// The first place from which on a longer text could say something else.
    pub(super) held: usize,
    /// Levels of encoding that may still be opened.
    pub(super) depth: u8,
    /// Bytes of disguises that were undone and swept, all levels together.
    pub(super) undone: usize,
}

impl<'w> Found<'w> {
    pub(super) const fn new(wanted: &'w Wanted, depth: u8) -> Self {
        Self {
            wanted,
            candidates: Vec::new(),
            open: None,
            held: usize::MAX,
            depth,
            undone: 0,
        }
    }

    pub(super) fn offer(&mut self, one: Candidate) {
        if one.start < one.end && self.wanted.takes(one.entity, one.confidence) {
            self.candidates.push(one);
        }
    }

    /// Ends a look at a value that would start at `left` or later. If the look
    /// went past the end of the text, its outcome waits for more.
    /// Says whether it does.
    pub(super) fn settle(&mut self, text: &Text<'_>, left: usize) -> bool {
        let touched = text.take_touched();
        if touched {
            self.held = self.held.min(left);
        }
        touched
    }

    /// Notes that a value certainly starts here and runs past the text.
    pub(super) fn offer_open(&mut self, one: OpenEnd) {
        let first = self.open.is_none_or(|held| one.start < held.start);
        if first && self.wanted.takes(one.entity, Confidence::CERTAIN) {
            self.open = Some(one);
        }
    }
}

/// Joins what overlaps. The result is sorted and disjoint.
pub(super) fn join(mut candidates: Vec<Candidate>, out: &mut Vec<Detected>) {
    candidates.sort_by_key(|one| (one.start, one.end));
    let mut rest = candidates.into_iter().peekable();
    while let Some(first) = rest.next() {
        let (start, mut end) = (first.start, first.end);
        let mut best = first;
        while let Some(next) = rest.next_if(|next| next.start < end) {
            end = end.max(next.end);
            if rank(&next) > rank(&best) {
                best = next;
            }
        }
        out.push(Detected {
            range: start..end,
            entity: best.entity,
            subtype: best.subtype,
            confidence: best.confidence,
            // A union is an example only if the best member is all of it.
            documented_example: best.documented_example && (best.start, best.end) == (start, end),
        });
    }
}

/// Surest first, then the longest, then the order of the table.
fn rank(one: &Candidate) -> (Confidence, usize, std::cmp::Reverse<Entity>) {
    (
        one.confidence,
        one.end.saturating_sub(one.start),
        std::cmp::Reverse(one.entity),
    )
}
