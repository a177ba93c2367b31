//! Events in the order in which they came.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    time::Instant,
};

use bytes::Bytes;

use super::{
    super::{Findings, answer::Way, budget::unavailable},
    Carrier, ChannelId, Event, Held, PATIENCE, Piece,
    channel::Channel,
    shape::Shape,
    share::Share,
};
use crate::{
    primitives::{Code, Refusal},
    wire::{
        json::decode,
        splice::{Edit, Overlap, splice},
    },
};

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(in crate::redact) struct Caps {
    /// Bytes of text of one channel.
    pub(in crate::redact) text: usize,
    /// Bytes of raw events.
    pub(in crate::redact) events: usize,
}

/// Channels that may be open at once; no answer has nearly as many.
const CHANNELS: usize = 1_024;

/// The queue.
pub(super) struct Queue {
    passive: bool,
    caps: Caps,
    channels: HashMap<ChannelId, Channel>,
    waiting: VecDeque<Waiting>,
    /// Bytes of the raw events in `waiting`.
    bytes: usize,
    /// Events put in so far.
    added: u64,
    /// The number the last event left with.
    number: u64,
}

/// An event that has not left.
struct Waiting {
    event: Event,
    since: Instant,
    /// Text that has to be decided before it leaves.
    shares: Vec<(ChannelId, Share)>,
}

impl Queue {
    pub(super) fn new(passive: bool, caps: Caps) -> Self {
        Self {
            passive,
            caps,
            channels: HashMap::new(),
            waiting: VecDeque::new(),
            bytes: 0,
            added: 0,
            number: 0,
        }
    }

    /// Reads an event's text and puts it at the end.
    ///
    /// # Errors
    /// Where the stream must stop.
    pub(super) fn take(
        &mut self,
        event: Event,
        now: Instant,
        way: &Way<'_>,
        findings: &mut Findings,
    ) -> Result<(), Refusal> {
        let mut shares = Vec::new();
        for piece in &event.pieces {
            shares.extend(self.read(piece, &event.raw, way, findings)?);
        }
        for id in &event.ends {
            if let Some(channel) = self.channels.get_mut(id) {
                channel.end(way, findings)?;
            }
        }
        let first = event.overtakes && shares.is_empty();
        self.bytes = self.bytes.saturating_add(event.raw.len());
        let waiting = Waiting {
            event,
            since: now,
            shares,
        };
        if first {
            self.waiting.push_front(waiting);
        } else {
            self.waiting.push_back(waiting);
        }
        Ok(())
    }

    /// One piece; its share, where that has to be decided before it leaves.
    fn read(
        &mut self,
        piece: &Piece,
        raw: &Bytes,
        way: &Way<'_>,
        findings: &mut Findings,
    ) -> Result<Option<(ChannelId, Share)>, Refusal> {
        if self.channels.len() >= CHANNELS && !self.channels.contains_key(&piece.channel) {
            return Err(hold_limit("too many channels are open"));
        }
        let content = raw
            .get(piece.span.clone())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .ok_or_else(|| unavailable("a piece is no text of its event"))?;
        let channel = self
            .channels
            .entry(piece.channel)
            .or_insert_with(|| Channel::new(piece.carrier));
        let range = channel.take(&decode(content).text, way, findings)?;
        let free = self.passive || piece.carrier == Carrier::Signed;
        if channel.held() > self.caps.text {
            if !free {
                return Err(hold_limit("a channel holds as much text as it may"));
            }
            // Nothing is held back for it; the look at it starts anew.
            channel.restart();
        }
        if free {
            return Ok(None);
        }
        let share = Share::new(raw.clone(), piece.span.clone(), range);
        Ok(Some((piece.channel, share)))
    }

    /// Lets go what may go.
    ///
    /// # Errors
    /// Where the stream must stop.
    pub(super) fn release(&mut self, now: Instant, out: &mut Vec<Bytes>) -> Result<(), Refusal> {
        while let Some(head) = self.waiting.front() {
            let waited = now.saturating_duration_since(head.since) >= PATIENCE;
            if !waited && !self.is_decided(head) {
                break;
            }
            self.write_head(out)?;
        }
        if self.held().events > self.caps.events {
            return Err(hold_limit("as many events wait as may"));
        }
        Ok(())
    }

    fn is_decided(&self, waiting: &Waiting) -> bool {
        waiting.shares.iter().all(|(id, share)| {
            let channel = self.channels.get(id);
            channel.is_none_or(|one| one.decides(share))
        })
    }

    /// When the head has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.front()?.since.checked_add(PATIENCE)
    }

    /// Every channel ends, and everything leaves.
    ///
    /// # Errors
    /// Where the stream must stop.
    pub(super) fn finish(
        &mut self,
        way: &Way<'_>,
        findings: &mut Findings,
        out: &mut Vec<Bytes>,
    ) -> Result<(), Refusal> {
        for channel in self.channels.values_mut() {
            channel.end(way, findings)?;
        }
        while !self.waiting.is_empty() {
            self.write_head(out)?;
        }
        let mut left: Vec<ChannelId> = self.channels.keys().copied().collect();
        left.sort_unstable();
        for id in left {
            self.write_rest(id, out)?;
        }
        Ok(())
    }

    /// Writes the first event, with what is decided of its text.
    fn write_head(&mut self, out: &mut Vec<Bytes>) -> Result<(), Refusal> {
        let Some(Waiting { event, shares, .. }) = self.waiting.pop_front() else {
            return Ok(());
        };
        self.bytes = self.bytes.saturating_sub(event.raw.len());
        let speaks = |id: &ChannelId| shares.iter().any(|(own, _)| own == id);
        for id in event.ends.iter().filter(|id| !speaks(id)) {
            self.write_rest(*id, out)?;
        }
        let mut edits = event.edits.clone();
        for (id, share) in &shares {
            let Some(channel) = self.channels.get_mut(id) else {
                continue;
            };
            if channel.leaves_alone(share) {
                continue;
            }
            let (written, stays) = channel.write(share);
            edits.extend(written);
            let shape = if stays {
                let Event {
                    raw,
                    edits,
                    pieces,
                    number,
                    ..
                } = &event;
                Shape::new(raw, edits, pieces, number.as_ref(), *id).map_err(overlap)?
            } else {
                None
            };
            channel.keep(shape);
        }
        for id in &event.ends {
            if self.channels.get(id).is_some_and(Channel::is_over) {
                self.channels.remove(id);
            }
        }
        let bytes = self.numbered(event.raw, edits, event.number)?;
        out.push(bytes);
        Ok(())
    }

    /// What stayed behind of a channel leaves in an event of its own.
    fn write_rest(&mut self, id: ChannelId, out: &mut Vec<Bytes>) -> Result<(), Refusal> {
        let rest = self.channels.get_mut(&id).and_then(Channel::rest);
        let Some((shape, text)) = rest else {
            return Ok(());
        };
        self.added = self.added.saturating_add(1);
        self.number = self.number.saturating_add(1);
        out.push(shape.filled(&text, self.number).map_err(overlap)?);
        Ok(())
    }

    /// The event's bytes, its number raised.
    fn numbered(
        &mut self,
        raw: Bytes,
        mut edits: Vec<Edit>,
        number: Option<Range<usize>>,
    ) -> Result<Bytes, Refusal> {
        if let Some(span) = number {
            let token = raw.get(span.clone()).unwrap_or_default();
            let token = std::str::from_utf8(token).ok();
            let number: Option<u64> = token.and_then(|token| token.parse().ok());
            let number = number.ok_or_else(|| unavailable("an event's number is none"))?;
            self.number = number.saturating_add(self.added);
            if self.added > 0 {
                edits.push(Edit {
                    span,
                    with: self.number.to_string().into_bytes(),
                });
            }
        }
        if edits.is_empty() {
            return Ok(raw);
        }
        splice(&raw, &mut edits).map(Bytes::from).map_err(overlap)
    }

    pub(super) fn held(&self) -> Held {
        let text = self.channels.values().map(Channel::held);
        let kept = self.channels.values().map(Channel::kept);
        Held {
            text: text.clone().fold(0, usize::saturating_add),
            most: text.max().unwrap_or_default(),
            events: kept.fold(self.bytes, usize::saturating_add),
        }
    }
}

fn overlap(_: Overlap) -> Refusal {
    unavailable("edits of an event overlap")
}

/// The refusal at a cap.
fn hold_limit(detail: &'static str) -> Refusal {
    Refusal::new(
        Code::HoldLimit,
        "the answer has more text in a row than can be checked",
    )
    .with_detail(detail)
}
