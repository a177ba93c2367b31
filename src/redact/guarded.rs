//! One value more to look for: the credential a provider was called with.
//!
//! A provider that repeats it must not hand it to a caller, however it is cut
//! over events or escaped (THREATS EGR-05), and no detector knows what a
//! credential of a model server looks like.

use std::{ops::Range, sync::Arc};

use memchr::memmem;

use super::{
    Confidence, Entity,
    detector::{Decided, Detected, OutOfTime, Wanted},
    finder::Look,
};
use crate::primitives::Secret;

/// Whatever looks, and one literal beside it.
pub(super) struct Guarded {
    inner: Arc<dyn Look>,
    literal: Secret,
}

impl Guarded {
    pub(super) const fn new(inner: Arc<dyn Look>, literal: Secret) -> Self {
        Self { inner, literal }
    }

    /// Where the literal stands in `text`, from `from` on.
    fn places(&self, text: &str, from: usize) -> Vec<Range<usize>> {
        let literal = self.literal.expose().as_bytes();
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        memmem::find_iter(rest, literal)
            .map(|at| {
                let start = at.saturating_add(from);
                start..start.saturating_add(literal.len())
            })
            .collect()
    }

    /// Where the literal may have begun at the end of `text`.
    fn begun(&self, text: &str, from: usize) -> usize {
        let literal = self.literal.expose().as_bytes();
        let text = text.as_bytes();
        let longest = literal.len().saturating_sub(1);
        let earliest = text.len().saturating_sub(longest).max(from);
        (earliest..text.len())
            .find(|at| {
                text.get(*at..)
                    .is_some_and(|tail| literal.starts_with(tail))
            })
            .unwrap_or(text.len())
    }

    /// The literal is found; nothing else is where it stands.
    fn add(&self, places: Vec<Range<usize>>, out: &mut Vec<Detected>) {
        if places.is_empty() {
            return;
        }
        let apart = |one: &Detected| {
            let meets =
                |place: &Range<usize>| one.range.start < place.end && place.start < one.range.end;
            !places.iter().any(meets)
        };
        out.retain(apart);
        out.extend(places.into_iter().map(|range| Detected {
            range,
            entity: Entity::GenericSecret,
            subtype: None,
            confidence: Confidence::CERTAIN,
            documented_example: false,
        }));
        out.sort_by_key(|one| one.range.start);
    }
}

impl Look for Guarded {
    fn find_while(
        &self,
        text: &str,
        wanted: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        out: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime> {
        self.inner.find_while(text, wanted, go_on, out)?;
        self.add(self.places(text, 0), out);
        Ok(())
    }

    fn scan(
        &self,
        text: &str,
        from: usize,
        more: bool,
        wanted: &Wanted,
        out: &mut Vec<Detected>,
    ) -> Decided {
        let mut decided = self.inner.scan(text, from, more, wanted, out);
        let places = self.places(text, from);
        let mut hold = decided.hold_from;
        if more {
            hold = hold.min(self.begun(text, from));
        }
        // no value may stand on both sides of where the text is decided
        let crossed = places
            .iter()
            .filter(|one| one.start < hold && hold < one.end);
        hold = crossed.map(|one| one.start).min().unwrap_or(hold);
        while let Some(one) = out
            .iter()
            .find(|one| one.range.start < hold && hold < one.range.end)
        {
            hold = one.range.start;
        }
        if hold < decided.hold_from {
            out.retain(|one| one.range.end <= hold);
            decided = Decided {
                hold_from: hold,
                keep_from: decided.keep_from.min(hold),
                swallow: None,
            };
        }
        self.add(
            places.into_iter().filter(|one| one.end <= hold).collect(),
            out,
        );
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Detectors;

    const LITERAL: &str = "upstreamcredential-1";

    fn guarded() -> Guarded {
        let inner = Detectors::shipped().expect("detectors");
        Guarded::new(Arc::new(inner), Secret::new(LITERAL.to_owned()))
    }

    #[test]
    fn the_literal_is_found_at_every_cut() {
        let guarded = guarded();
        let text = format!("I was called with {LITERAL} and liked it.");
        let wanted = Wanted::everything();
        let start = text.find(LITERAL).expect("there");
        for cut in start.saturating_add(1)..start.saturating_add(LITERAL.len()) {
            let mut out = Vec::new();
            let head = text.get(..cut).expect("ascii");
            let decided = guarded.scan(head, 0, true, &wanted, &mut out);
            assert!(decided.hold_from <= start, "{cut}: {decided:?}");
        }
        let mut out = Vec::new();
        guarded.scan(&text, 0, false, &wanted, &mut out);
        assert!(
            out.iter()
                .any(|one| one.range == (start..start.saturating_add(LITERAL.len())))
        );
    }
}
