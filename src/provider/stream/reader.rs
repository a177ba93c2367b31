//! Frames in, events out.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{
    Channel, End, Line, Stream, UNKNOWN,
    event::{Body, Event, Flags, Piece},
    path::{self, Place},
};
use crate::{
    primitives::{Code, Limits, Refusal, RequestId},
    provider::{dialect::Failure, facts::AnswerFacts, shape::Direction},
    redact::{
        Treatment,
        stream::{Carrier, ChannelId},
    },
    wire::{
        json::{Bounds, Document, Kind, Node},
        splice::Edit,
        sse::Frame,
    },
};

/// Reads the frames of one answer, in order.
#[derive(Debug)]
pub struct Reader {
    stream: &'static Stream,
    bounds: Bounds,
    hide: Hide,
    facts: AnswerFacts,
    /// Channels that have not ended.
    open: BTreeMap<Channel, ChannelId>,
    /// What is over: a field of a block, or all of it.
    over: BTreeSet<(Place, Option<&'static str>)>,
    channels: u64,
    /// The number of the next event.
    number: u64,
    ended: bool,
    /// Whether the dialect's marker has come.
    marked: bool,
    /// Whether the provider has told an error.
    failed: bool,
}

/// What of an answer does not reach the caller.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::provider) struct Hide {
    /// Usage, which the gateway alone asked for.
    pub(in crate::provider) usage: bool,
    /// What repeats pieces token by token: it cannot follow their changes.
    pub(in crate::provider) repeats: bool,
}

impl Reader {
    pub(in crate::provider) fn new(stream: &'static Stream, limits: &Limits, hide: Hide) -> Self {
        Self {
            stream,
            bounds: Bounds {
                depth: limits.json_depth,
                nodes: limits.json_nodes,
            },
            hide,
            facts: AnswerFacts::default(),
            open: BTreeMap::new(),
            over: BTreeSet::new(),
            channels: 0,
            number: 0,
            ended: false,
            marked: false,
            failed: false,
        }
    }

    /// What the answer has said about itself so far.
    #[must_use]
    pub const fn facts(&self) -> &AnswerFacts {
        &self.facts
    }

    /// Whether the event has come with which a stream ends well. A stream that
    /// stops before was cut.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.ended
    }

    /// Whether the dialect's marker may still follow the event that ended the
    /// stream: OpenRouter adds `[DONE]` to streams of responses, others do not.
    #[must_use]
    pub const fn may_be_marked(&self) -> bool {
        self.ended && !self.marked && self.stream.last.data.is_some()
    }

    /// The marker, written anew, if this frame is the one that may still come.
    /// Nothing else the frame says is passed.
    pub fn marker(&mut self, frame: &Frame) -> Option<Bytes> {
        let marker = self.stream.last.data.filter(|_| self.may_be_marked())?;
        let said = frame.data()?;
        self.marked = said.text.trim_ascii() == marker.as_bytes();
        self.marked
            .then(|| Bytes::from(format!("data: {marker}\n\n")))
    }

    /// Whether nothing is missing although no such event has come: the provider
    /// told an error, or every choice said why it stopped. Some servers send no
    /// final marker.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let over = |channel: &Channel| *channel == UNKNOWN || self.is_over(channel);
        let all_over = self.open.keys().all(over);
        self.ended || self.failed || (all_over && !self.facts.finish_reasons.is_empty())
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`Code::UpstreamMalformed`] where its data is neither strict JSON nor a
    /// marker of the dialect, where its name is not its type, and where text
    /// goes on that had ended; [`Code::UpstreamReset`] where it was cut.
    pub fn read(&mut self, frame: Frame) -> Result<Event, Refusal> {
        let data = frame.data();
        let mut event = Event {
            frame,
            body: None,
            pieces: Vec::new(),
            ends: Vec::new(),
            number: None,
            own: Vec::new(),
            names: self.stream.known.unwrap_or_default(),
            repeats: self.stream.repeats,
            flags: Flags::default(),
        };
        let Some(data) = data else { return Ok(event) };
        let marker = self.stream.last.data.map(str::as_bytes);
        if marker == Some(data.text.trim_ascii()) {
            event.flags.last = true;
            event.ends = self.end_all();
            self.ended = true;
            self.marked = true;
            return Ok(event);
        }
        if !event.frame.is_complete() {
            return Err(Refusal::new(
                Code::UpstreamReset,
                "the provider ended the connection in the middle of an event",
            ));
        }
        let document = Document::scan(data.text.clone(), self.bounds).map_err(|fault| {
            let sentence = "the provider sent an event that is not JSON";
            Refusal::new(Code::UpstreamMalformed, sentence).with_detail(fault.to_string())
        })?;
        let reading = self.stream.event.read(&document, Direction::Answer)?;
        let body = Body {
            data,
            document,
            reading,
        };
        self.describe(&mut event, &body)?;
        event.body = Some(body);
        Ok(event)
    }

    fn describe(&mut self, event: &mut Event, body: &Body) -> Result<(), Refusal> {
        let Some(root) = body.document.root() else {
            return Ok(());
        };
        let kind = root.get("type").map(Node::text).unwrap_or_default();
        self.named(&event.frame, &kind)?;
        event.flags = self.flags(root, &kind);
        self.ended |= event.flags.last;
        self.failed |= event.flags.error;
        event.pieces = self.pieces(root, &kind, event.flags.unknown, body)?;
        event.ends = match event.flags.last || event.flags.error {
            true => self.end_all(),
            false => self.ends(root, &kind),
        };
        let number = root.get("sequence_number");
        if let Some(number) = number.filter(|one| one.kind() == Kind::Number) {
            event.number = Some(number.span());
            let said: u64 = number.raw().parse().unwrap_or_default();
            self.number = said.saturating_add(1);
        }
        (self.stream.facts)(&body.document, &mut self.facts);
        if self.hide.usage {
            hide_usage(root, event);
        }
        if self.hide.repeats {
            hide_repeats(root, event);
        }
        Ok(())
    }

    /// Some SDKs look at the name of an event, others at its type, and a type
    /// that is missing is the name to some: one text would be two channels.
    fn named(&self, frame: &Frame, kind: &str) -> Result<(), Refusal> {
        let agree = frame
            .name()
            .is_none_or(|name| name == kind.as_bytes() || (kind.is_empty() && name == b"error"));
        if agree || self.stream.known.is_none() {
            return Ok(());
        }
        let sentence = "the provider sent an event whose name is not its type";
        Err(Refusal::new(Code::UpstreamMalformed, sentence))
    }

    fn flags(&self, root: Node<'_>, kind: &str) -> Flags {
        let known = |types: &[&str]| types.contains(&kind);
        let error = root
            .get("error")
            .is_some_and(|one| one.kind() != Kind::Null);
        Flags {
            unknown: self.stream.known.is_some_and(|types| !known(types)),
            error: kind == "error" || error,
            last: known(self.stream.last.types),
            extra: false,
            ping: known(self.stream.pings),
        }
    }

    fn pieces(
        &mut self,
        root: Node<'_>,
        kind: &str,
        unknown: bool,
        body: &Body,
    ) -> Result<Vec<Piece>, Refusal> {
        let mut pieces = Vec::new();
        if !unknown {
            for line in self.stream.channels {
                if line.event.is_empty() || line.event == kind {
                    self.continued(root, line, &mut pieces)?;
                }
            }
        }
        for node in strange(self.stream, root, unknown, body) {
            pieces.push(Piece {
                node: node.index(),
                channel: self.channel(UNKNOWN, node)?,
                carrier: Carrier::Generic,
            });
        }
        pieces.sort_by_key(|piece| piece.node);
        pieces.dedup_by_key(|piece| piece.node);
        Ok(pieces)
    }

    /// The pieces of one line of the table.
    fn continued(
        &mut self,
        root: Node<'_>,
        line: &Line,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Refusal> {
        for (node, place) in path::find(root, line.path, path::place(root, line.keys)) {
            if node.kind() == Kind::String {
                let field = line.field;
                pieces.push(Piece {
                    node: node.index(),
                    channel: self.channel(Channel { field, place }, node)?,
                    carrier: line.carrier,
                });
            }
        }
        Ok(())
    }

    /// The number of the channel a string goes on in. Nothing is read together
    /// with text that has left, so one that ended takes empty strings only.
    fn channel(&mut self, channel: Channel, string: Node<'_>) -> Result<ChannelId, Refusal> {
        if !string.raw().is_empty() && self.is_over(&channel) {
            return Err(Refusal::new(
                Code::UpstreamMalformed,
                "the provider went on with a text that had ended",
            ));
        }
        let next = &mut self.channels;
        Ok(*self.open.entry(channel).or_insert_with(|| {
            *next = next.saturating_add(1);
            ChannelId(*next)
        }))
    }

    fn is_over(&self, channel: &Channel) -> bool {
        let mut around = channel.place.around();
        around.any(|place| {
            let fields = [None, Some(channel.field)];
            fields
                .into_iter()
                .any(|field| self.over.contains(&(place, field)))
        })
    }

    fn ends(&mut self, root: Node<'_>, kind: &str) -> Vec<ChannelId> {
        let mut ended = Vec::new();
        for end in self.stream.ends {
            if !end.event.is_empty() && end.event != kind {
                continue;
            }
            for place in places(root, end) {
                self.over.insert((place, end.field));
                let over = |channel: &Channel| {
                    *channel != UNKNOWN
                        && place.holds(&channel.place)
                        && end.field.is_none_or(|field| field == channel.field)
                };
                ended.extend(self.open.extract_if(.., |channel, _| over(channel)));
            }
        }
        ended.into_iter().map(|(_, id)| id).collect()
    }

    fn end_all(&mut self) -> Vec<ChannelId> {
        self.over.insert((Place::TOP, None));
        std::mem::take(&mut self.open).into_values().collect()
    }

    /// The error with which an answer stops in its middle, in the provider's
    /// shape. The connection is to be aborted after it: a clean end would look
    /// like success.
    #[must_use]
    pub fn stop(&self, refusal: &Refusal, request: RequestId) -> Bytes {
        (self.stream.stop)(&Failure::of(refusal, request), self.number)
    }
}

/// Strings nobody has heard of that may be fragments: all text of an unknown
/// event, and what is new in a delta.
fn strange<'a>(stream: &Stream, root: Node<'_>, unknown: bool, body: &'a Body) -> Vec<Node<'a>> {
    let paths = stream.fragments.iter();
    let parents: Vec<usize> = paths
        .flat_map(|path| path::find(root, path, Place::TOP))
        .map(|(node, _)| node.index())
        .collect();
    let fragment = |node: Node<'_>| {
        let mut above = std::iter::successors(node.parent(), |one| one.parent());
        above.any(|one| parents.contains(&one.index()))
    };
    let strange = body.document.nodes().filter(|node| {
        let unheard = body.reading.is_unknown(*node) && fragment(*node);
        let text = unknown && body.reading.treatment(*node) != Treatment::Opaque;
        node.kind() == Kind::String && (unheard || text)
    });
    strange.collect()
}

/// The places that end with an event.
fn places(root: Node<'_>, end: &End) -> Vec<Place> {
    let found = path::find(root, end.when, path::place(root, end.keys));
    let there = |node: Node<'_>| end.when.is_empty() || !path::is_empty(node);
    let ended = found.into_iter().filter(|(node, _)| there(*node));
    ended.map(|(_, place)| place).collect()
}

/// Usage the caller did not ask for: a chunk without choices goes, and the
/// member goes from the others.
fn hide_usage(root: Node<'_>, event: &mut Event) {
    let Some(usage) = root.get("usage") else {
        return;
    };
    let choices = root.get("choices");
    if usage.kind() == Kind::Null {
        event.own.extend(without(root, usage));
    } else if choices.is_some_and(|one| one.items().next().is_none()) {
        event.flags.extra = true;
    }
}

/// What repeats a piece token by token goes: the piece may change later, and
/// what repeats it would not. A repeat of a whole leaf is looked at with it.
fn hide_repeats(root: Node<'_>, event: &mut Event) {
    for repeat in event.repeats {
        let texts = path::find(root, repeat.text, Place::TOP);
        let piece = |node: Node<'_>| event.pieces.iter().any(|one| one.node == node.index());
        if !texts.into_iter().any(|(node, _)| piece(node)) {
            continue;
        }
        for (value, _) in path::find(root, repeat.value, Place::TOP) {
            let known = event.own.iter().any(|one| one.span == value.span());
            if !known && !path::is_empty(value) {
                event.own.push(Edit {
                    span: value.span(),
                    with: repeat.instead.into(),
                });
            }
        }
    }
}

/// Cuts a member out, with its comma.
fn without(object: Node<'_>, value: Node<'_>) -> Option<Edit> {
    let start = value.name()?.span().start;
    let before = object
        .items()
        .take_while(|one| one.index() != value.index());
    let after = object
        .members()
        .find(|(name, _)| name.index() > value.index());
    let span = match (before.last(), after) {
        (Some(before), _) => before.span().end..value.span().end,
        (None, Some((name, _))) => start..name.span().start,
        (None, None) => start..value.span().end,
    };
    Some(Edit {
        span,
        with: Vec::new(),
    })
}
