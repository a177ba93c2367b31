//! One event, read; and the same event on its way into redaction.

use std::ops::Range;

use super::repeat::{self, Repeat};
use crate::{
    primitives::{Code, Refusal},
    provider::shape::Reading,
    redact::{
        Treatment,
        stream::{Carrier, ChannelId, Event as Held, Piece as HeldPiece, Stream as Redaction},
    },
    wire::{
        json::{Document, Node},
        splice::Edit,
        sse::{Data, Field, Frame},
    },
};

/// A string of an event that goes on where an earlier one stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Its node on the event's tape.
    pub(super) node: usize,
    pub(super) channel: ChannelId,
    pub(super) carrier: Carrier,
}

/// One frame of an answer, and what a dialect makes of it.
#[derive(Debug)]
pub struct Event {
    pub(super) frame: Frame,
    pub(super) body: Option<Body>,
    pub(super) pieces: Vec<Piece>,
    pub(super) ends: Vec<ChannelId>,
    /// Where the event's number stands in its JSON.
    pub(super) number: Option<Range<usize>>,
    /// Edits of the gateway's own, in the JSON.
    pub(super) own: Vec<Edit>,
    /// Names an event may have: no text.
    pub(super) names: &'static [&'static str],
    pub(super) repeats: &'static [Repeat],
    pub(super) flags: Flags,
}

/// The JSON of an event.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) data: Data,
    pub(super) document: Document,
    pub(super) reading: Reading,
}

/// What an event is, besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) last: bool,
    pub(super) error: bool,
    pub(super) unknown: bool,
    pub(super) extra: bool,
    pub(super) ping: bool,
}

impl Event {
    /// Whether the stream ends well with it.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.flags.last
    }

    /// Whether the provider tells an error with it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        self.flags.error
    }

    /// Whether the dialect has never heard of its type. `strict` refuses it.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.flags.unknown
    }

    /// Whether only the gateway asked for it: it does not reach the caller.
    #[must_use]
    pub const fn is_extra(&self) -> bool {
        self.flags.extra
    }

    /// Whether a string of the event, unescaped, is one of those `is` means.
    pub fn any_escaped(&self, is: impl Fn(&[u8]) -> bool) -> bool {
        let nodes = self.body.iter().flat_map(|body| body.document.nodes());
        let mut escaped = nodes.filter(|node| node.has_escapes());
        escaped.any(|node| is(node.text().as_bytes()))
    }

    /// Has everything cleaned that is complete in the event, and says where the
    /// text stands that is not.
    ///
    /// # Errors
    /// Those of redaction; the stream must stop then.
    pub fn clean(self, redaction: &mut Redaction) -> Result<Held, Refusal> {
        let mut edits = self.loose(redaction)?;
        let mut held = Held {
            raw: self.frame.raw().clone(),
            ends: self.ends,
            overtakes: self.flags.ping || (self.body.is_none() && !self.flags.last),
            ..Held::default()
        };
        if let Some(Body {
            data,
            document,
            reading,
        }) = &self.body
        {
            let treatment = |node: Node<'_>| {
                let is_piece = self.pieces.iter().any(|piece| piece.node == node.index());
                match is_piece {
                    true => Treatment::Opaque,
                    false => reading.treatment(node),
                }
            };
            let mut inner = redaction.answer(document, &treatment)?;
            repeat::follow(self.repeats, document, &mut inner);
            repeat::add(&mut inner, self.own);
            edits.extend(inner.into_iter().map(|edit| Edit {
                span: data.raw_range(edit.span),
                with: edit.with,
            }));
            held.number = self.number.map(|span| data.raw_range(span));
            let pieces = self.pieces.iter().filter_map(|piece| {
                Some(HeldPiece {
                    channel: piece.channel,
                    carrier: piece.carrier,
                    span: data.raw_range(document.node(piece.node)?.inner_span()),
                })
            });
            held.pieces = pieces.collect();
        }
        held.edits = edits;
        Ok(held)
    }

    /// Cleans what stands outside the JSON: comments, and fields no client
    /// reads. A clean value stays as it came; one that would break its line
    /// goes.
    fn loose(&self, redaction: &mut Redaction) -> Result<Vec<Edit>, Refusal> {
        let mut edits = Vec::new();
        for line in self.frame.lines() {
            if line.field == Field::Data {
                continue;
            }
            let text = std::str::from_utf8(self.frame.value(line)).map_err(|_error| {
                Refusal::new(
                    Code::UpstreamMalformed,
                    "the provider sent an event that is not UTF-8",
                )
            })?;
            if line.field == Field::Event && self.names.contains(&text) {
                continue;
            }
            let clean = redaction.answer_text(text)?;
            if clean != text {
                let one_line = !clean.contains(['\r', '\n']);
                edits.push(Edit {
                    span: line.value.clone(),
                    with: if one_line {
                        clean.into_bytes()
                    } else {
                        Vec::new()
                    },
                });
            }
        }
        Ok(edits)
    }
}
