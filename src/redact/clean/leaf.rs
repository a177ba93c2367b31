//! One string of a request and what was found in it.

use std::ops::Range;

use super::super::{Action, Entity, finder::Hit};
use crate::wire::{
    json::{Decoded, escape},
    splice::Edit,
};

/// A string, where its content begins in the body, and what was found.
pub(super) struct Leaf<'d> {
    base: usize,
    decoded: Decoded<'d>,
    hits: Vec<Hit>,
    /// Parts of values that only several leaves together make up.
    touched: Vec<(Entity, Action, Range<usize>)>,
    joins: bool,
}

impl<'d> Leaf<'d> {
    pub(super) const fn new(base: usize, decoded: Decoded<'d>, hits: Vec<Hit>) -> Self {
        Self {
            base,
            decoded,
            hits,
            touched: Vec::new(),
            joins: true,
        }
    }

    /// The same leaf, read apart from its neighbours.
    pub(super) const fn alone(mut self) -> Self {
        self.joins = false;
        self
    }

    pub(super) const fn joins(&self) -> bool {
        self.joins
    }

    pub(super) fn content(&self) -> &str {
        &self.decoded.text
    }

    /// What is found here, with its text.
    pub(super) fn hits(&self) -> impl Iterator<Item = (&Hit, &str)> {
        self.hits.iter().map(|hit| {
            let value = self.decoded.text.get(hit.range.clone());
            (hit, value.unwrap_or_default())
        })
    }

    pub(super) fn touched(&self) -> impl Iterator<Item = (Entity, Action, Range<usize>)> {
        self.touched.iter().cloned()
    }

    /// Whether something that goes anyway stands in the range.
    pub(super) fn is_hit(&self, range: &Range<usize>) -> bool {
        self.hits.iter().any(|hit| {
            hit.action.changes() && hit.range.start < range.end && range.start < hit.range.end
        })
    }

    /// Marks a part of a value that reaches into other leaves. What was only
    /// reported there is part of it.
    pub(super) fn touch(&mut self, entity: Entity, action: Action, range: Range<usize>) {
        self.hits
            .retain(|hit| hit.range.end <= range.start || range.end <= hit.range.start);
        self.touched.push((entity, action, range));
    }

    /// Puts text in the place of a range, aligned to escapes.
    pub(super) fn edit(&self, range: Range<usize>, with: &str) -> Edit {
        let raw = self.decoded.raw_range(range);
        Edit {
            span: self.base.saturating_add(raw.start)..self.base.saturating_add(raw.end),
            with: escape(with).into_bytes(),
        }
    }
}
