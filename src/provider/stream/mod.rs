//! Answers that come as events: what each event says, and where its text goes on.
//!
//! Text is cut into events anywhere, so it is read per channel: one field of
//! one block of one choice. A dialect is two tables, one of leaves (like
//! any other body) and one of channels; [`Reader`] turns frames into
//! [`Event`]s with them. What a dialect cannot know goes through one channel
//! for everything unknown, which is scanned and held, and in which nothing is
//! restored.
//!
//! Three kinds of text are told apart. *Pieces* continue a channel. *Whole
//! leaves* are complete in their event: citations, errors, and the snapshots
//! that repeat a channel's text once it is finished; redaction of a whole text
//! equals that of its pieces, so both agree. *Loose* text stands outside the
//! JSON: comments and lines no client reads.
//!
//! INVARIANT: every string of an event is a piece, a whole leaf, loose, or what
//! the table calls opaque.
//!
//! Left out on purpose: holding back, which is redaction's; and framings other
//! than server-sent events. [`Reader::read`] takes frames, so line-delimited
//! JSON, JSON arrays and event streams need a decoder and nothing here.

mod event;
mod path;
mod reader;
mod repeat;

use std::fmt;

use bytes::Bytes;

use super::{dialect::Failure, facts::AnswerFacts, shape::Shape};
use crate::{redact::stream::Carrier, wire::json::Document};

pub use event::Event;
use path::Place;
pub(super) use reader::Hide;
pub use reader::Reader;
pub(super) use repeat::{Repeat, follow};

/// Which text goes on where: a field, and which block of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Channel {
    field: &'static str,
    place: Place,
}

/// Text of events and fields nobody has heard of. Nothing is restored in it.
const UNKNOWN: Channel = Channel {
    field: "unknown",
    place: Place::TOP,
};

/// How the events of an operation are read.
pub(super) struct Stream {
    /// The leaves of all its events.
    pub(super) event: &'static Shape,
    /// Where text goes on.
    pub(super) channels: &'static [Line],
    /// Below these paths an unknown string is a piece, not a whole leaf.
    pub(super) fragments: &'static [&'static str],
    /// What ends channels.
    pub(super) ends: &'static [End],
    /// Types of events the dialect knows; `None` where events have none.
    pub(super) known: Option<&'static [&'static str]>,
    /// Types of events that keep a connection awake: without text, they may
    /// pass those that wait.
    pub(super) pings: &'static [&'static str],
    /// The last event of a stream that ended well.
    pub(super) last: Last,
    /// Fields that repeat or describe the text of another.
    pub(super) repeats: &'static [Repeat],
    /// What an event says about the answer, added to what is known.
    pub(super) facts: fn(&Document, &mut AnswerFacts),
    /// An error in the middle of a stream, with the number of its event.
    pub(super) stop: fn(&Failure<'_>, u64) -> Bytes,
}

impl fmt::Debug for Stream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Stream({} channels)", self.channels.len())
    }
}

/// One channel, or one per element where its path has a `*`.
#[derive(Debug)]
pub(super) struct Line {
    /// The type of the event; empty where events have none.
    pub(super) event: &'static str,
    pub(super) path: &'static str,
    /// Members of the event that say which block it is.
    pub(super) keys: &'static [&'static str],
    pub(super) field: &'static str,
    pub(super) carrier: Carrier,
}

/// What ends channels.
#[derive(Debug)]
pub(super) struct End {
    /// The type of the event; empty where events have none.
    pub(super) event: &'static str,
    /// A value that ends them when it is there and says something; empty where
    /// the event alone does.
    pub(super) when: &'static str,
    /// Members of the event that say which block; without any, all end.
    pub(super) keys: &'static [&'static str],
    /// The one field that ends; without it, all of the block.
    pub(super) field: Option<&'static str>,
}

/// How a stream ends well.
#[derive(Debug)]
pub(super) struct Last {
    /// With this data, which is no JSON; or with nothing like it.
    pub(super) data: Option<&'static str>,
    /// With an event of one of these types.
    pub(super) types: &'static [&'static str],
}
