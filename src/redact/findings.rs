//! What was found and what was done about it: counts, never values.

use std::collections::BTreeMap;

use super::{Action, Entity};

/// Counts of one pass over a request or an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    counts: BTreeMap<(Entity, Action), u64>,
    signed: BTreeMap<Entity, u64>,
    edits: u64,
    restored: u64,
}

impl Findings {
    /// What was found outside signed blocks, by entity and what was done.
    pub fn iter(&self) -> impl Iterator<Item = (Entity, Action, u64)> {
        self.counts
            .iter()
            .map(|((entity, action), count)| (*entity, *action, *count))
    }

    /// What was found in blocks the provider signed, which are never rewritten.
    pub fn signed(&self) -> impl Iterator<Item = (Entity, u64)> {
        self.signed.iter().map(|(entity, count)| (*entity, *count))
    }

    /// How many values were found, signed blocks included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts
            .values()
            .chain(self.signed.values())
            .fold(0, |sum, one| sum.saturating_add(*one))
    }

    /// How many spans differ from what came in.
    #[must_use]
    pub const fn edits(&self) -> u64 {
        self.edits
    }

    /// How many own values were put back.
    #[must_use]
    pub const fn restored(&self) -> u64 {
        self.restored
    }

    /// Adds the counts of another pass.
    pub fn merge(&mut self, other: &Self) {
        for (key, count) in &other.counts {
            add(&mut self.counts, *key, *count);
        }
        for (entity, count) in &other.signed {
            add(&mut self.signed, *entity, *count);
        }
        self.edits = self.edits.saturating_add(other.edits);
        self.restored = self.restored.saturating_add(other.restored);
    }

    /// The same counts as those of a signed block.
    pub(super) fn into_signed(self) -> Self {
        let mut signed = Self::default();
        for ((entity, _), count) in self.counts {
            add(&mut signed.signed, entity, count);
        }
        signed
    }

    pub(super) fn found(&mut self, entity: Entity, action: Action) {
        add(&mut self.counts, (entity, action), 1);
    }

    pub(super) fn found_signed(&mut self, entity: Entity) {
        add(&mut self.signed, entity, 1);
    }

    pub(super) fn edited(&mut self, spans: usize) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        self.edits = self.edits.saturating_add(spans);
    }

    pub(super) const fn restored_one(&mut self) {
        self.restored = self.restored.saturating_add(1);
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, more: u64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(more);
}
