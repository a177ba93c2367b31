//! Free text of an answer, whole or in pieces: own values back in, foreign
//! ones out.
//!
//! One reader serves both. A whole text is one piece that is also the last, so
//! what a stream releases cannot differ in kind from what a whole text becomes.
//! The reader never copies text through: it says what to change and how far the
//! text is settled.

use std::ops::Range;

use super::{
    Change, Way,
    item::{Instead, items},
    own::OwnMatch,
    zone::Zone,
};
use crate::{
    primitives::Refusal,
    redact::{
        Findings,
        detector::{Swallow, Until},
        finder::{Hit, called},
    },
};

/// The reader.
#[derive(Debug, Clone)]
pub(crate) struct TextFlow {
    /// Context, then what is not settled.
    text: String,
    /// Where in `text` the unsettled part begins.
    edge: usize,
    /// Offset of `edge` in the channel.
    settled: usize,
    /// Where in `text` the part begins that detectors have not decided.
    open: usize,
    /// Where in `text` the part begins that they want to see again.
    keep: usize,
    /// What they decided between `edge` and `open`.
    hits: Vec<Hit>,
    /// In a value whose start was masked and whose end has not come.
    swallow: Option<Swallowed>,
    zone: Zone,
    restores: bool,
}

/// Bytes before the edge in which a placeholder may begin that reaches over it.
const BESIDE: usize = 256;

/// Bytes of context that are kept at most. Detectors want some hundred bytes of
/// folded text; behind this many there is nothing but characters that fold away.
const MOST_CONTEXT: usize = 16 * 1024;

/// A value being swallowed.
#[derive(Debug, Clone, Copy)]
struct Swallowed {
    until: Until,
    /// It is only reported: let through instead of taken out.
    passes: bool,
}

impl TextFlow {
    /// A channel's or leaf's text. `restores`: own values may come back here.
    pub(crate) fn new(restores: bool) -> Self {
        Self::after(String::new(), restores)
    }

    /// The value of a member called `name`, which detectors see before it.
    pub(super) fn called(name: &str, restores: bool) -> Self {
        Self::after(called(name), restores)
    }

    fn after(text: String, restores: bool) -> Self {
        Self {
            edge: text.len(),
            open: text.len(),
            keep: 0,
            text,
            settled: 0,
            hits: Vec::new(),
            swallow: None,
            zone: Zone::default(),
            restores,
        }
    }

    /// Offset in the channel up to which everything is decided.
    pub(crate) const fn settled(&self) -> usize {
        self.settled
    }

    /// Bytes that wait.
    pub(crate) const fn held(&self) -> usize {
        self.text.len().saturating_sub(self.edge)
    }

    /// Reads on. `end`: nothing follows. Changes lie below the new
    /// [`Self::settled`] and come in order.
    ///
    /// # Errors
    /// Where the text must not go on: a find that blocks, a scan that failed.
    pub(crate) fn push(
        &mut self,
        way: &Way<'_>,
        piece: &str,
        end: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        self.text.push_str(piece);
        let mut changes = Vec::new();
        loop {
            if !self.swallow_on(end, &mut changes) {
                break;
            }
            let swallow = self.look(way, end)?;
            let own = self.own(way);
            let limit = if end {
                self.text.len()
            } else {
                self.open.min(self.whole_up_to(way, &own))
            };
            self.decide(way, own, limit, findings, &mut changes)?;
            let Some(begun) = swallow.filter(|_| self.edge == self.open) else {
                break;
            };
            if !self.begin_swallow(way, begun, findings, &mut changes)? {
                break;
            }
        }
        self.forget();
        findings.edited(changes.len());
        Ok(changes)
    }

    /// Asks the detectors about what they have not decided yet.
    fn look(&mut self, way: &Way<'_>, end: bool) -> Result<Option<Swallow>, Refusal> {
        if end && self.open == 0 {
            // All of it at once; the finder takes its time into account.
            self.hits = way.finder.hits(&self.text)?;
            self.open = self.text.len();
            return Ok(None);
        }
        let (hits, decided) = way.finder.decided(&self.text, self.open, !end)?;
        self.hits.extend(hits);
        self.open = decided.hold_from;
        self.keep = decided.keep_from;
        Ok(decided.swallow)
    }

    /// The own placeholders from the edge on.
    fn own(&self, way: &Way<'_>) -> Vec<OwnMatch> {
        if self.restores {
            way.own.find(&self.text, self.edge)
        } else {
            Vec::new()
        }
    }

    /// Up to where no own placeholder is incomplete. One that may have to
    /// become a number is not complete before what follows it is known.
    fn whole_up_to(&self, way: &Way<'_>, own: &[OwnMatch]) -> usize {
        if !self.restores {
            return self.text.len();
        }
        let alone = own.first().filter(|first| {
            self.settled == 0
                && first.range == (self.edge..self.text.len())
                && way.own.value(first).is_some_and(|own| own.number)
        });
        match alone {
            Some(first) => first.range.start,
            None => way.own.open(&self.text, self.edge),
        }
    }

    /// Settles what lies before `limit` as a whole.
    fn decide(
        &mut self,
        way: &Way<'_>,
        own: Vec<OwnMatch>,
        limit: usize,
        findings: &mut Findings,
        out: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        let hits = std::mem::take(&mut self.hits);
        let mut limit = limit;
        for item in items(&self.text, self.edge, hits, own) {
            let range = item.range();
            if range.end > limit {
                limit = limit.min(range.start);
                self.hits.extend(item.into_hit());
                continue;
            }
            self.pass(range.start);
            let restores = self.restores && !self.zone.is_inert();
            let instead = item.instead(&self.text, restores, way, findings)?;
            self.settle(range, instead, out);
        }
        self.pass(limit);
        Ok(())
    }

    /// Masks a value whose start is certain. Not while it may still turn out
    /// to be one of the caller's own.
    fn begin_swallow(
        &mut self,
        way: &Way<'_>,
        begun: Swallow,
        findings: &mut Findings,
        out: &mut Vec<Change>,
    ) -> Result<bool, Refusal> {
        let start = self.text.get(self.edge..).unwrap_or_default();
        if self.restores && way.own.may_become(start) {
            return Ok(false);
        }
        let action = way.finder.side.action(begun.entity);
        let with = way.mask(begun.entity, action, "", findings)?;
        let passes = with.is_none();
        let instead = with.map(|with| Instead {
            with,
            number: false,
        });
        let from = match begun.until {
            Until::TokenEnd => begun.from,
            Until::ArmourEnd => word_start(&self.text, self.edge..begun.from),
        };
        self.settle(self.edge..from, instead, out);
        self.open = self.edge;
        self.swallow = Some(Swallowed {
            until: begun.until,
            passes,
        });
        Ok(true)
    }

    /// Goes on swallowing; says whether the value has ended.
    fn swallow_on(&mut self, end: bool, out: &mut Vec<Change>) -> bool {
        let Some(Swallowed { until, passes }) = self.swallow else {
            return true;
        };
        let rest = self.text.get(self.edge..).unwrap_or_default();
        let (bytes, over) = until.consume(rest, !end);
        let range = self.edge..self.edge.saturating_add(bytes);
        let gone = Instead {
            with: String::new(),
            number: false,
        };
        if bytes > 0 {
            self.settle(range, (!passes).then_some(gone), out);
        }
        self.open = self.edge;
        if over {
            self.swallow = None;
        }
        over
    }

    /// Lets text through as it is.
    fn pass(&mut self, to: usize) {
        if to > self.edge {
            self.zone
                .feed(self.text.get(self.edge..to).unwrap_or_default());
            self.advance(to);
        }
    }

    /// Takes a change, or lets the range through without one.
    fn settle(&mut self, range: Range<usize>, with: Option<Instead>, out: &mut Vec<Change>) {
        let Some(Instead { with, number }) = with else {
            return self.pass(range.end);
        };
        let shift = |at: usize| at.saturating_sub(self.edge).saturating_add(self.settled);
        let range_there = shift(range.start)..shift(range.end);
        self.zone.feed(&with);
        self.advance(range.end);
        out.push(Change {
            range: range_there,
            with,
            number,
        });
    }

    fn advance(&mut self, to: usize) {
        self.settled = self.settled.saturating_add(to.saturating_sub(self.edge));
        self.edge = to;
    }

    /// Drops settled text that is no context any more.
    fn forget(&mut self) {
        let wanted = self.keep.min(self.edge.saturating_sub(BESIDE));
        let from = wanted.max(self.edge.saturating_sub(MOST_CONTEXT));
        let from = self.text.floor_char_boundary(from);
        if from < BESIDE {
            return;
        }
        self.text.drain(..from);
        self.edge = self.edge.saturating_sub(from);
        self.open = self.open.saturating_sub(from);
        self.keep = self.keep.saturating_sub(from);
        for hit in &mut self.hits {
            hit.range = hit.range.start.saturating_sub(from)..hit.range.end.saturating_sub(from);
        }
    }
}

/// Where the last word of base64 in a range begins. The range may end within
/// it, and whoever reads armour on wants to see its words whole.
fn word_start(text: &str, range: Range<usize>) -> usize {
    let read = text.get(range.clone()).unwrap_or_default();
    let body = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '/' | '=');
    let before = read.trim_end_matches(body);
    let joint = before.chars().next_back().filter(|one| *one != '-');
    let length = before.len().saturating_sub(joint.map_or(0, char::len_utf8));
    range.start.saturating_add(length)
}
