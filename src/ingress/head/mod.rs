//! The strict check of a request head, on the bytes as they came.
//!
//! hyper is a lenient reader, as HTTP libraries have to be: it takes a bare
//! line feed for a line end, merges equal `Content-Length` fields and drops
//! one framing header where two disagree. Each leniency is a place where two
//! readers of the same bytes can see two requests, and none can be seen once
//! parsing is over. So this reads first, and what it refuses no parser ever
//! gets. INVARIANT: a head that passes is read alike by every reader that
//! keeps to RFC 9112, and hyper is asked in a property test.
//!
//! No I/O and no clock: bytes in, a verdict out. The verdict depends on the
//! bytes alone, never on how they were cut into reads, since every check
//! belongs to one byte or one line end.
//!
//! Left out on purpose: what the path, the query and the credentials mean.

mod fault;
mod fields;
mod request_line;
#[cfg(test)]
mod tests;

pub(super) use self::{fault::Fault, request_line::METHODS};
use self::{fields::Fields, request_line::RequestLine};
use super::host::Hosts;

/// What a head may be on one port.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) hosts: Hosts,
    /// Header fields.
    pub(super) fields: usize,
    /// Bytes of the whole head.
    pub(super) bytes: usize,
    /// Bytes of the request target.
    pub(super) target: usize,
}

/// How the body that follows a head is delimited (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes; none where neither framing header stands.
    Length(u64),
    /// Chunks.
    Chunked,
}

/// A head that arrives in pieces.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Bytes looked at already.
    seen: usize,
    /// Where the current line begins.
    line: usize,
    /// Whether the last byte was a carriage return.
    after_return: bool,
    request: Option<RequestLine>,
    fields: Fields,
}

/// A head that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Its bytes, the empty line included.
    pub(super) bytes: usize,
    pub(super) framing: Framing,
}

impl Scan {
    /// Looks at what has arrived so far: `raw` begins with the head's first
    /// byte and grows from call to call. `None` asks for more.
    pub(super) fn on_bytes(&mut self, raw: &[u8], rules: &Rules) -> Result<Option<Head>, Fault> {
        while let Some(&byte) = raw.get(self.seen) {
            self.within(rules)?;
            self.seen = self.seen.saturating_add(1);
            match byte {
                b'\n' if self.after_return => {
                    self.after_return = false;
                    let end = self.seen.saturating_sub(LINE_END);
                    let line = raw.get(self.line..end).unwrap_or_default();
                    self.line = self.seen;
                    if let Some(framing) = self.on_line(line, rules)? {
                        let bytes = self.seen;
                        return Ok(Some(Head { bytes, framing }));
                    }
                }
                _ if self.after_return => return Err(Fault::BareCarriageReturn),
                b'\r' => self.after_return = true,
                b'\n' => return Err(Fault::BareLineFeed),
                b'\t' | b' '..=b'~' => {}
                0x80.. => return Err(Fault::NotAscii),
                _ => return Err(Fault::Control),
            }
        }
        Ok(None)
    }

    fn within(&self, rules: &Rules) -> Result<(), Fault> {
        if self.request.is_none() && self.seen >= rules.target.saturating_add(AROUND_TARGET) {
            Err(Fault::TargetTooLong)
        } else if self.seen >= rules.bytes {
            Err(Fault::HeadersTooLarge)
        } else {
            Ok(())
        }
    }

    /// One line without its end; the framing once the empty line is reached.
    fn on_line(&mut self, line: &[u8], rules: &Rules) -> Result<Option<Framing>, Fault> {
        match &self.request {
            None => {
                self.request = Some(RequestLine::parse(line, rules.target)?);
                Ok(None)
            }
            Some(_) if !line.is_empty() => self.fields.on_line(line, rules).map(|()| None),
            Some(request) => self.fields.close(request, rules).map(Some),
        }
    }
}

/// CR LF.
const LINE_END: usize = 2;

/// Room for everything in a request line but its target: the longest method
/// taken is 7 bytes, the version 8, two spaces and the line end.
const AROUND_TARGET: usize = 32;
