//! A table as a tree, so that a body is read in one pass.

use super::{Row, Rule, When};
use crate::primitives::Capability;

/// A place in a body that some row names or passes through.
pub(super) struct Place {
    /// The last step of its path, for sentences.
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) gates: Vec<(When, Capability)>,
    pub(super) typed: Option<(&'static [&'static str], Rule)>,
    /// Members with rows, ordered by name.
    names: Vec<(&'static str, usize)>,
    /// What elements of an array are.
    each: Option<usize>,
}

impl Place {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            rule: Rule::Group,
            gates: Vec::new(),
            typed: None,
            names: Vec::new(),
            each: None,
        }
    }

    /// The place of a member.
    pub(super) fn member(&self, name: &str) -> Option<usize> {
        let at = self.names.binary_search_by(|(one, _)| (*one).cmp(name));
        at.ok()
            .and_then(|at| self.names.get(at))
            .map(|(_, place)| *place)
    }

    /// The place of an element.
    pub(super) const fn element(&self) -> Option<usize> {
        self.each
    }

    /// The names the dialect knows here.
    pub(super) fn known(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(name, _)| *name)
    }
}

/// All places of one table. The first is the body itself.
pub(super) struct Tree {
    places: Vec<Place>,
}

impl Tree {
    pub(super) fn new(rows: &'static [Row]) -> Self {
        let mut tree = Self {
            places: vec![Place::new("the body")],
        };
        tree.add(&[0], rows);
        tree
    }

    pub(super) fn place(&self, at: usize) -> Option<&Place> {
        self.places.get(at)
    }

    fn add(&mut self, roots: &[usize], rows: &'static [Row]) {
        for row in rows {
            let mut ends = roots.to_vec();
            for step in row.path.split('/').skip(1) {
                ends = self.step(&ends, step);
            }
            if row.part.is_empty() {
                ends.iter().for_each(|end| self.set(*end, row));
            } else {
                self.add(&ends, row.part);
            }
        }
    }

    fn set(&mut self, at: usize, row: &Row) {
        if let Some(place) = self.places.get_mut(at) {
            place.rule = row.rule;
            place.gates.extend(row.gate);
            place.typed = row.typed.or(place.typed);
        }
    }

    /// Where a step leads from each of `from`, made where it is new.
    fn step(&mut self, from: &[usize], step: &'static str) -> Vec<usize> {
        let inner = step.strip_prefix('{').and_then(|one| one.strip_suffix('}'));
        let names: Vec<&'static str> = inner.unwrap_or(step).split(',').collect();
        let mut out = Vec::new();
        for at in from {
            for name in &names {
                out.push(self.child(*at, name));
            }
        }
        out
    }

    fn child(&mut self, at: usize, name: &'static str) -> usize {
        let new = self.places.len();
        let Some(place) = self.places.get_mut(at) else {
            return 0;
        };
        let (known, shown) = if name == "*" {
            (*place.each.get_or_insert(new), place.name)
        } else {
            match place.names.binary_search_by(|(one, _)| (*one).cmp(name)) {
                Ok(found) => (place.names.get(found).map_or(new, |(_, at)| *at), name),
                Err(gap) => {
                    place.names.insert(gap, (name, new));
                    (new, name)
                }
            }
        };
        if known == new {
            self.places.push(Place::new(shown));
        }
        known
    }
}
