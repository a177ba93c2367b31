//! An answer that comes in events: text is held back only while it may still
//! become part of a value or of a placeholder (DESIGN decision 5).
//!
//! Sans-I/O. A dialect reads an event and says which JSON strings in it carry
//! text of which channel; [`Stream::take`] gives back the bytes that may go on,
//! now or with a later event. Events leave in the order in which they came and
//! byte for byte as they came, but for those a value touches. Nothing here
//! knows a provider, SSE, or what time it is.
//!
//! INVARIANT: a byte of text leaves once no value and no placeholder can start
//! at or before it, or at the end of its channel after a last look. Time alone
//! releases nothing: after [`PATIENCE`] the head event leaves with what is
//! decided of it, and its tail stays.
//!
//! Left out on purpose: an event's strings that are no pieces. A dialect has
//! them cleaned by [`Stream::answer`] and hands the edits in.

mod channel;
mod queue;
#[cfg(test)]
mod recorded;
mod shape;
mod share;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    ops::Range,
    time::{Duration, Instant},
};

use bytes::Bytes;

pub(super) use self::queue::Caps;
use self::queue::Queue;
use super::{Exchange, Findings, Treatment, budget::guarded};
use crate::{
    primitives::Refusal,
    wire::{
        json::{Document, Node},
        splice::Edit,
    },
};

/// How long the head event waits as a whole (DESIGN decision 5).
pub const PATIENCE: Duration = Duration::from_millis(50);

/// One channel of text, as the dialect counts them: choice, content block and
/// field make one number. Text of one channel is one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub u64);

/// How a channel's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Free text.
    Text,
    /// Fragments of one JSON text, such as a tool call's arguments.
    JsonText,
    /// Text of events the dialect does not know: nothing is restored there.
    Generic,
    /// Signed by the provider: recorded, neither held nor rewritten.
    Signed,
}

/// A JSON string within an event that carries text of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whose text.
    pub channel: ChannelId,
    /// How it is read; the same for every piece of a channel.
    pub carrier: Carrier,
    /// The string's content in [`Event::raw`], without the quotes:
    /// [`Node::inner_span`], moved to where the JSON stands in the event.
    pub span: Range<usize>,
}

/// One event as it came, and what the dialect read in it.
///
/// The JSON of an event stands in `raw` as one run of bytes: a dialect joins an
/// SSE event of several `data:` lines before it hands it in. Pieces, edits and
/// number lie apart from each other.
#[derive(Clone, Default)]
pub struct Event {
    /// All bytes of the event, its end included.
    pub raw: Bytes,
    /// The pieces, in the order of the bytes.
    pub pieces: Vec<Piece>,
    /// Edits outside the pieces that are already decided.
    pub edits: Vec<Edit>,
    /// Channels that have no text after this event. Whatever still waits of
    /// them leaves before it; the final marker of a stream comes after all ends.
    pub ends: Vec<ChannelId>,
    /// The event's own number, where the provider counts events: it is raised
    /// by as many events as were put in before it.
    pub number: Option<Range<usize>>,
    /// A comment or ping without text, which may pass events that wait.
    pub overtakes: bool,
}

impl fmt::Debug for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Event({} bytes, {} pieces, ends {:?})",
            self.raw.len(),
            self.pieces.len(),
            self.ends
        )
    }
}

/// What waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes of text, all channels together.
    pub text: usize,
    /// Bytes of text of the channel with the most.
    pub most: usize,
    /// Bytes of raw events.
    pub events: usize,
}

/// One streamed answer.
pub struct Stream {
    exchange: Exchange,
    queue: Queue,
    findings: Findings,
}

impl Stream {
    pub(super) fn new(exchange: Exchange) -> Self {
        Self {
            queue: Queue::new(exchange.is_passive(), exchange.held),
            exchange,
            findings: Findings::default(),
        }
    }

    /// Takes an event; what may leave now is added to `out`.
    ///
    /// # Errors
    /// The stream must stop, and nothing that waits may leave: a find that
    /// blocks, a scan that failed, `hold_limit`.
    pub fn take(
        &mut self,
        event: Event,
        now: Instant,
        out: &mut Vec<Bytes>,
    ) -> Result<(), Refusal> {
        let Self {
            exchange,
            queue,
            findings,
        } = self;
        guarded(|| {
            let way = exchange.way(event.raw.len());
            queue.take(event, now, &way, findings)?;
            queue.release(now, out)
        })
    }

    /// When [`Self::tick`] is due, if anything waits.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.queue.due()
    }

    /// Lets the head go as far as it is decided, once it has waited.
    ///
    /// # Errors
    /// When an event cannot be written; the stream must stop then.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Bytes>) -> Result<(), Refusal> {
        self.queue.release(now, out)
    }

    /// The provider's stream has ended as it should: a last look at every
    /// channel, and everything leaves. Where it was cut, drop the stream.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn finish(&mut self, out: &mut Vec<Bytes>) -> Result<(), Refusal> {
        let Self {
            exchange,
            queue,
            findings,
        } = self;
        guarded(|| {
            let way = exchange.way(queue.held().text);
            queue.finish(&way, findings, out)
        })
    }

    /// The strings of an event that are no pieces; its pieces are
    /// [`Treatment::Opaque`] here.
    ///
    /// # Errors
    /// As [`Exchange::answer`]; the stream must stop then.
    pub fn answer(
        &mut self,
        document: &Document,
        treatment: &dyn Fn(Node<'_>) -> Treatment,
    ) -> Result<Vec<Edit>, Refusal> {
        let (edits, findings) = self.exchange.answer(document, treatment)?;
        self.findings.merge(&findings);
        Ok(edits)
    }

    /// Text of an event that is no JSON.
    ///
    /// # Errors
    /// As [`Exchange::answer_text`]; the stream must stop then.
    pub fn answer_text(&mut self, text: &str) -> Result<String, Refusal> {
        let (text, findings) = self.exchange.answer_text(text)?;
        self.findings.merge(&findings);
        Ok(text)
    }

    /// What was found so far.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What waits now.
    #[must_use]
    pub fn held(&self) -> Held {
        self.queue.held()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Stream({:?}, {:?})", self.exchange, self.held())
    }
}
