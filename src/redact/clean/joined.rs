//! Values that only adjacent leaves together make up (RED-05).
//!
//! A model reads the parts of a message, and messages, one after the other;
//! so they are scanned like that, once more, around each border. Every leaf a
//! value reaches into gets an untagged placeholder in place of its share: no
//! leaf becomes empty, and nothing is restored that no leaf ever held.
//!
//! Parts and messages are members: `"text": …`, `"content": …`. Elements of an
//! array of strings are apart: ten texts to embed are not one text.
//!
//! A value that a leaf holds by itself stays that leaf's: `…@example.com` at
//! the end of one message and `Hello` at the start of the next are not one
//! address. Only a long remainder, the second half of a key, goes with it.

use std::ops::Range;

use super::{
    super::finder::{Finder, Hit},
    leaf::Leaf,
};
use crate::primitives::Refusal;

/// Bytes on each side of a border that are read first.
const NEAR: usize = 512;

/// Bytes a remainder has to have to be worth masking.
const REMAINDER: usize = 16;

/// Finds such values and marks them in their leaves.
///
/// # Errors
/// When the time is spent.
pub(super) fn join(leaves: &mut [Leaf<'_>], finder: &Finder<'_>) -> Result<(), Refusal> {
    let (mut found, cut) = crossing(leaves, finder, NEAR)?;
    if cut {
        found = crossing(leaves, finder, usize::MAX)?.0;
    }
    for (hit, parts) in found {
        let held = parts.iter().any(|part| part.is_hit(leaves));
        for part in parts {
            let Part { leaf, range } = &part;
            let spared = held && (part.is_hit(leaves) || range.len() < REMAINDER);
            if let Some(leaf) = leaves.get_mut(*leaf)
                && !spared
            {
                leaf.touch(hit.entity, hit.action, range.clone());
            }
        }
    }
    Ok(())
}

/// A value and its shares.
type Crossing = (Hit, Vec<Part>);

/// A share of a leaf's text.
struct Part {
    leaf: usize,
    range: Range<usize>,
}

impl Part {
    fn is_hit(&self, leaves: &[Leaf<'_>]) -> bool {
        leaves
            .get(self.leaf)
            .is_some_and(|leaf| leaf.is_hit(&self.range))
    }
}

/// What reaches over a border, and whether something may reach further than
/// was read.
fn crossing(
    leaves: &[Leaf<'_>],
    finder: &Finder<'_>,
    near: usize,
) -> Result<(Vec<Crossing>, bool), Refusal> {
    let mut found = Vec::new();
    let mut cut = false;
    for strip in strips(leaves, near) {
        if strip.parts.len() < 2 {
            continue;
        }
        for hit in finder.hits(&strip.text)? {
            let parts = strip.parts(&hit.range);
            if parts.len() < 2 {
                continue;
            }
            cut |= (strip.opens_cut && hit.range.start == 0)
                || (strip.ends_cut && hit.range.end == strip.text.len());
            found.push((hit, parts));
        }
    }
    Ok((found, cut))
}

/// Adjacent texts, one after the other.
#[derive(Default)]
struct Strip {
    text: String,
    /// Where each part begins in the text, and what it is.
    parts: Vec<(usize, Part)>,
    opens_cut: bool,
    ends_cut: bool,
}

impl Strip {
    fn add(&mut self, leaf: usize, text: &str, range: Range<usize>) {
        let share = text.get(range.clone()).unwrap_or_default();
        self.parts.push((self.text.len(), Part { leaf, range }));
        self.text.push_str(share);
    }

    /// The shares of a range of the strip.
    fn parts(&self, range: &Range<usize>) -> Vec<Part> {
        let share = |(at, part): &(usize, Part)| {
            let end = at.saturating_add(part.range.len());
            let (from, to) = (range.start.max(*at), range.end.min(end));
            let shift = |place: usize| place.saturating_sub(*at).saturating_add(part.range.start);
            (from < to).then(|| Part {
                leaf: part.leaf,
                range: shift(from)..shift(to),
            })
        };
        let first = self
            .parts
            .partition_point(|(at, part)| at.saturating_add(part.range.len()) <= range.start);
        let reached = self.parts.iter().skip(first);
        reached
            .take_while(|(at, _)| *at < range.end)
            .filter_map(share)
            .collect()
    }
}

/// Cuts the leaves into strips. A leaf longer than two windows ends one strip
/// with its head and begins the next with its tail.
fn strips(leaves: &[Leaf<'_>], near: usize) -> Vec<Strip> {
    let mut strips = Vec::new();
    let mut strip = Strip::default();
    for (at, leaf) in leaves.iter().enumerate().filter(|(_, leaf)| leaf.joins()) {
        let text = leaf.content();
        if text.len() <= near.saturating_mul(2) {
            strip.add(at, text, 0..text.len());
            continue;
        }
        strip.add(at, text, 0..text.floor_char_boundary(near));
        strip.ends_cut = true;
        strips.push(std::mem::take(&mut strip));
        let tail = text.ceil_char_boundary(text.len().saturating_sub(near));
        strip.add(at, text, tail..text.len());
        strip.opens_cut = true;
    }
    strips.push(strip);
    strips
}
