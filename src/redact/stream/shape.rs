//! An event without its text: the pattern of one that is put in.

use bytes::Bytes;

use super::{ChannelId, Piece};
use crate::wire::splice::{Edit, Overlap, splice};

/// The pattern.
pub(super) struct Shape {
    /// The event, every piece empty.
    raw: Bytes,
    /// Where the channel's text goes.
    at: usize,
    /// The event's number.
    number: Option<std::ops::Range<usize>>,
}

impl Shape {
    /// The event as it would be written, for text of one of its channels;
    /// `None` where it has none of that.
    ///
    /// # Errors
    /// Where pieces and edits meet.
    pub(super) fn new(
        raw: &Bytes,
        edits: &[Edit],
        pieces: &[Piece],
        number: Option<&std::ops::Range<usize>>,
        channel: ChannelId,
    ) -> Result<Option<Self>, Overlap> {
        let Some(own) = pieces.iter().find(|piece| piece.channel == channel) else {
            return Ok(None);
        };
        let empty = |piece: &Piece| Edit {
            span: piece.span.clone(),
            with: Vec::new(),
        };
        let mut all: Vec<Edit> = edits.to_vec();
        all.extend(pieces.iter().map(empty));
        let moved = |at: usize| {
            let before = all.iter().filter(|edit| edit.span.end <= at);
            before.fold(at, |at, edit| {
                let gone = at.saturating_sub(edit.span.len());
                gone.saturating_add(edit.with.len())
            })
        };
        let at = moved(own.span.start);
        let number = number.map(|span| moved(span.start)..moved(span.end));
        let raw = Bytes::from(splice(raw, &mut all.clone())?);
        Ok(Some(Self { raw, at, number }))
    }

    pub(super) const fn len(&self) -> usize {
        self.raw.len()
    }

    /// The event with this text, which is raw JSON string content, and number.
    ///
    /// # Errors
    /// Never for a pattern this type made; the error is passed on.
    pub(super) fn filled(&self, text: &str, number: u64) -> Result<Bytes, Overlap> {
        let mut edits = vec![Edit {
            span: self.at..self.at,
            with: text.as_bytes().to_vec(),
        }];
        edits.extend(self.number.clone().map(|span| Edit {
            span,
            with: number.to_string().into_bytes(),
        }));
        splice(&self.raw, &mut edits).map(Bytes::from)
    }
}
