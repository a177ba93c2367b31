//! What is done about one placeholder or find in an answer.
//!
//! Three rules, in this order. A find that is nothing but placeholders is none.
//! An own placeholder is restored unless the place is inert. A find is masked,
//! unless it is literally one of the caller's own values where that would be
//! restored too: the caller sent it, and a model that says it again tells
//! nobody anything. In an inert place it is masked like any other.

use std::ops::Range;

use super::{Way, own::OwnMatch};
use crate::{
    primitives::Refusal,
    redact::{
        Action, Entity, Findings,
        detector::Reach,
        finder::Hit,
        placeholder::{is_all, untagged},
    },
};

/// The finds and placeholders of a text from `edge` on, in order and without
/// overlaps. A find that shares bytes with a placeholder takes them along.
pub(super) fn items(text: &str, edge: usize, hits: Vec<Hit>, own: Vec<OwnMatch>) -> Vec<Item> {
    let spelled: Vec<Range<usize>> = own.iter().map(|one| one.range.clone()).collect();
    let mut foreign = Vec::new();
    for mut hit in hits {
        hit.range.start = hit.range.start.max(edge);
        if !is_all(text, &hit.range, touching(&spelled, &hit.range)) {
            foreign.push(hit);
        }
    }
    let taken: Vec<Range<usize>> = foreign.iter().map(|hit| hit.range.clone()).collect();
    let apart = |one: &OwnMatch| touching(&taken, &one.range).is_empty();
    let own = own.into_iter().filter(apart).map(Item::Own);
    let mut items: Vec<Item> = own.chain(foreign.into_iter().map(Item::Foreign)).collect();
    items.sort_by_key(|item| item.range().start);
    items
}

/// Those of the sorted and disjoint ranges that share bytes with one.
fn touching<'r>(ranges: &'r [Range<usize>], one: &Range<usize>) -> &'r [Range<usize>] {
    let from = ranges.partition_point(|other| other.end <= one.start);
    let to = ranges.partition_point(|other| other.start < one.end);
    ranges.get(from..to).unwrap_or_default()
}

/// What stands in a range's place.
pub(super) struct Instead {
    pub(super) with: String,
    /// It was a number.
    pub(super) number: bool,
}

/// What stands in a text and is not just text.
pub(super) enum Item {
    Own(OwnMatch),
    Foreign(Hit),
}

impl Item {
    pub(super) fn range(&self) -> Range<usize> {
        match self {
            Self::Own(one) => one.range.clone(),
            Self::Foreign(one) => one.range.clone(),
        }
    }

    pub(super) fn into_hit(self) -> Option<Hit> {
        match self {
            Self::Own(_) => None,
            Self::Foreign(hit) => Some(hit),
        }
    }

    /// What is done about it in `text`. `restores`: own values may come back in
    /// this place.
    ///
    /// # Errors
    /// Where the value blocks the answer.
    pub(super) fn instead(
        &self,
        text: &str,
        restores: bool,
        way: &Way<'_>,
        findings: &mut Findings,
    ) -> Result<Option<Instead>, Refusal> {
        match self {
            Self::Own(_) if !restores => Ok(None),
            Self::Own(one) => Ok(way.own.value(one).map(|own| {
                findings.restored_one();
                Instead {
                    with: own.original.to_string(),
                    number: own.number,
                }
            })),
            Self::Foreign(hit) => {
                let value = text.get(hit.range.clone()).unwrap_or_default();
                if restores && way.own.holds(value) {
                    return Ok(None);
                }
                let with = way.mask(hit.entity, hit.action, value, findings)?;
                Ok(with.map(|with| Instead {
                    with,
                    number: false,
                }))
            }
        }
    }
}

impl Way<'_> {
    /// What stands in a foreign value's place, if anything.
    ///
    /// # Errors
    /// Where the value blocks the answer.
    pub(super) fn mask(
        &self,
        entity: Entity,
        action: Action,
        value: &str,
        findings: &mut Findings,
    ) -> Result<Option<String>, Refusal> {
        let action = if self.reports {
            action.min(Action::Report)
        } else {
            action
        };
        findings.found(entity, action);
        match action {
            Action::Off | Action::Report => Ok(None),
            Action::Replace | Action::Mask => Ok(Some(untagged(entity))),
            // A value that is swallowed is masked before it is known.
            Action::Hash if matches!(entity.reach(), Reach::Swallows { .. }) => {
                Ok(Some(untagged(entity)))
            }
            Action::Hash => Ok(Some(self.placeholders.foreign(entity, value))),
            Action::Block => Err(super::super::clean::blocked(
                &[entity].into(),
                "the provider's answer",
            )),
        }
    }
}
