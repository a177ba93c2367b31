//! Server-sent events: frames out of bytes, and changed frames back.
//!
//! A [`Frame`] is everything up to and including the empty line that ends it
//! (WHATWG HTML §9.2.6), with its bytes as they came. Line ends are LF, CR or
//! CRLF, mixed as one likes; a byte order mark may stand at the very start. A
//! CR at the end of what has arrived waits for the next byte, because a LF
//! there belongs to it: so frames do not depend on how bytes arrive.
//!
//! INVARIANT: the frames' bytes, one after the other, are the stream's bytes.
//!
//! Left out on purpose: reconnection (`id`, `retry`) is the caller's business
//! and passes; what a field means is a dialect's.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use super::splice::{self, Edit, Overlap};

/// A frame is larger than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an event is larger than the limit")]
pub struct TooLarge;

/// What a line of a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A part of the event's data.
    Data,
    /// The event's name.
    Event,
    /// Its id, or the time to wait before a reconnection.
    Reconnection,
    /// Nothing a client reads: keeps connections awake.
    Comment,
    /// A field the standard does not know; clients skip it, people see it.
    Other,
}

/// One line: what it is, and where its value stands in the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub field: Field,
    /// Its value; of [`Field::Other`] the whole line.
    pub value: Range<usize>,
}

/// One event, or a comment, or an empty line too many.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    raw: Bytes,
    lines: Vec<Line>,
    complete: bool,
}

impl Frame {
    /// Its bytes as they came, the empty line included.
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Its lines, without the empty one.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether an empty line ended it. What the end of a stream cut off is no
    /// event for a client.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The bytes of a line's value.
    #[must_use]
    pub fn value(&self, line: &Line) -> &[u8] {
        self.raw.get(line.value.clone()).unwrap_or_default()
    }

    /// The event's name; of several the last counts.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        let mut named = self.lines.iter().filter(|one| one.field == Field::Event);
        named.next_back().map(|line| self.value(line))
    }

    /// The event's data: its lines, joined by LF. `None` where there is none.
    #[must_use]
    pub fn data(&self) -> Option<Data> {
        let mut lines = self.lines.iter().filter(|one| one.field == Field::Data);
        let first = lines.next()?;
        let mut parts = vec![(0, first.value.start)];
        let mut rest = lines.peekable();
        if rest.peek().is_none() {
            let text = self.raw.slice(first.value.clone());
            return Some(Data { text, parts });
        }
        let mut joined = BytesMut::from(self.value(first));
        for line in rest {
            joined.extend_from_slice(b"\n");
            parts.push((joined.len(), line.value.start));
            joined.extend_from_slice(self.value(line));
        }
        let text = joined.freeze();
        Some(Data { text, parts })
    }

    /// The frame with some spans of its bytes replaced. What is put in must
    /// have no line end; escaped JSON has none.
    ///
    /// # Errors
    /// [`Overlap`].
    pub fn edited(&self, edits: &mut [Edit]) -> Result<Bytes, Overlap> {
        if edits.is_empty() {
            return Ok(self.raw.clone());
        }
        splice::splice(&self.raw, edits).map(Bytes::from)
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<Field> = self.lines.iter().map(|line| line.field).collect();
        write!(out, "Frame({} bytes, {fields:?})", self.raw.len())
    }
}

/// An event's data, and where it stands in the frame.
#[derive(Clone)]
pub struct Data {
    /// The data.
    pub text: Bytes,
    /// Where each line begins, in the data and in the frame.
    parts: Vec<(usize, usize)>,
}

impl Data {
    /// The frame's bytes behind a range of the data that lies within one line,
    /// as every JSON string, name and number does.
    #[must_use]
    pub fn raw_range(&self, range: Range<usize>) -> Range<usize> {
        let after = self.parts.partition_point(|(data, _)| *data <= range.start);
        let (data, raw) = after
            .checked_sub(1)
            .and_then(|at| self.parts.get(at).copied())
            .unwrap_or_default();
        let shift = |at: usize| at.saturating_sub(data).saturating_add(raw);
        shift(range.start)..shift(range.end)
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Data({} bytes)", self.text.len())
    }
}

/// Turns bytes into frames.
#[derive(Debug)]
pub struct Decoder {
    /// Bytes that are not yet part of a frame.
    buffer: BytesMut,
    /// Up to where no line end was found.
    searched: usize,
    /// Where the current line begins.
    line: usize,
    lines: Vec<Line>,
    limit: usize,
    /// Whether a byte order mark could still come.
    start: bool,
}

impl Decoder {
    /// A decoder for frames of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            line: 0,
            lines: Vec::new(),
            limit,
            start: true,
        }
    }

    /// Takes bytes as they arrive.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, if one is complete.
    ///
    /// # Errors
    /// [`TooLarge`], also before the frame is complete. Nothing more comes out
    /// of the decoder then.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TooLarge> {
        loop {
            let Some((end, next)) = self.line_end() else {
                let held = self.buffer.len();
                return if held > self.limit {
                    Err(TooLarge)
                } else {
                    Ok(None)
                };
            };
            if next > self.limit {
                return Err(TooLarge);
            }
            if self.take_line(end) {
                return Ok(Some(self.frame(next, true)));
            }
            (self.line, self.searched) = (next, next);
        }
    }

    /// What is left when the stream has ended, to be called after
    /// [`Self::next_frame`] gave nothing more.
    #[must_use]
    pub fn finish(mut self) -> Option<Frame> {
        let end = self.buffer.len();
        // A CR that waited for its LF ends a line, and an empty one the frame.
        let waited = self.buffer.last() == Some(&b'\r');
        let empty = self.take_line(end.saturating_sub(usize::from(waited)));
        (end > 0).then(|| self.frame(end, waited && empty))
    }

    /// Where the current line ends, and where the next one begins.
    fn line_end(&mut self) -> Option<(usize, usize)> {
        let rest = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'\n', b'\r', rest) else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched.saturating_add(found);
        let after = end.saturating_add(1);
        if self.buffer.get(end) == Some(&b'\n') {
            return Some((end, after));
        }
        match self.buffer.get(after) {
            Some(b'\n') => Some((end, after.saturating_add(1))),
            Some(_) => Some((end, after)),
            None => {
                self.searched = end;
                None
            }
        }
    }

    /// Notes the line that ends at `end`; says whether it is empty.
    fn take_line(&mut self, end: usize) -> bool {
        let mut from = self.line;
        let line = self.buffer.get(from..end).unwrap_or_default();
        let mark = std::mem::take(&mut self.start) && line.starts_with(BYTE_ORDER_MARK);
        if mark {
            from = from.saturating_add(BYTE_ORDER_MARK.len());
        }
        let line = self.buffer.get(from..end).unwrap_or_default();
        if line.is_empty() {
            return true;
        }
        self.lines.push(read(line, from));
        false
    }

    fn frame(&mut self, next: usize, complete: bool) -> Frame {
        (self.line, self.searched) = (0, 0);
        Frame {
            raw: self.buffer.split_to(next).freeze(),
            lines: std::mem::take(&mut self.lines),
            complete,
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a line that begins at `from`: a name, a colon, a value with one space
/// before it left out.
fn read(line: &[u8], from: usize) -> Line {
    let colon = memchr::memchr(b':', line);
    let name = line.get(..colon.unwrap_or(line.len())).unwrap_or_default();
    let field = match name {
        b"" => Field::Comment,
        b"data" => Field::Data,
        b"event" => Field::Event,
        b"id" | b"retry" => Field::Reconnection,
        _ => Field::Other,
    };
    let end = from.saturating_add(line.len());
    let start = match (field, colon) {
        (Field::Other, _) => from,
        (_, None) => end,
        (_, Some(colon)) => {
            let value = colon.saturating_add(1);
            let space = usize::from(line.get(value) == Some(&b' '));
            from.saturating_add(value).saturating_add(space)
        }
    };
    Line {
        field,
        value: start..end,
    }
}

/// A frame of our own, with LF for line ends, as all providers but two send.
/// Neither `name` nor `data` may have a line end.
#[must_use]
pub fn frame(name: Option<&str>, data: &str) -> Bytes {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n").into(),
        None => format!("data: {data}\n\n").into(),
    }
}

#[cfg(test)]
mod tests;
