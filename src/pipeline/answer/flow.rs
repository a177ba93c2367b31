//! The heart of a streamed answer: bytes in, bytes out, no I/O.
//!
//! INVARIANT: what comes out was read, checked and released; after an error
//! nothing more comes out. What belongs to the end of the stream comes out
//! apart, because it may leave only when the terminal record is on disk.

use std::time::Instant;

use bytes::Bytes;

use crate::{
    primitives::{Code, Refusal, RequestId},
    provider::{AnswerFacts, Upstream, stream::Reader},
    redact::{
        Findings,
        stream::{Held, Stream},
    },
    wire::sse::{Decoder, Frame},
};

/// One streamed answer on its way.
#[derive(Debug)]
pub(super) struct Flow {
    decoder: Option<Decoder>,
    reader: Reader,
    redaction: Stream,
    /// What may leave now.
    ready: Vec<Bytes>,
    /// What may leave when the stream is known to have ended well.
    closing: Vec<Bytes>,
    /// The marker that followed the last event: the last bytes of all.
    marker: Option<Bytes>,
    chunks: u64,
    held: Held,
}

impl Flow {
    pub(super) const fn new(reader: Reader, redaction: Stream, decoder: Decoder) -> Self {
        Self {
            decoder: Some(decoder),
            reader,
            redaction,
            ready: Vec::new(),
            closing: Vec::new(),
            marker: None,
            chunks: 0,
            held: Held {
                text: 0,
                most: 0,
                events: 0,
            },
        }
    }

    /// Takes bytes as the provider sent them.
    pub(super) fn on_bytes(
        &mut self,
        bytes: &[u8],
        upstream: &Upstream,
        now: Instant,
    ) -> Result<(), Refusal> {
        if let Some(decoder) = &mut self.decoder {
            decoder.push(bytes);
        }
        while let Some(frame) = self.next_frame()? {
            self.on_frame(frame, upstream, now)?;
        }
        Ok(())
    }

    /// The head event has waited long enough.
    pub(super) fn on_time(&mut self, now: Instant) -> Result<(), Refusal> {
        let out = out(&self.reader, &mut self.ready, &mut self.closing);
        self.redaction.tick(now, out)
    }

    /// Whether the last event has come. What a provider sends after it is
    /// nobody's, and waiting for it would keep the caller waiting.
    pub(super) const fn is_finished(&self) -> bool {
        self.reader.is_finished()
    }

    /// Whether a marker may still follow the last event.
    pub(super) const fn may_be_marked(&self) -> bool {
        self.reader.may_be_marked()
    }

    /// The provider's body has ended. Where its stream had not, it was cut.
    pub(super) fn on_end(&mut self, upstream: &Upstream, now: Instant) -> Result<(), Refusal> {
        if let Some(frame) = self.decoder.take().and_then(Decoder::finish) {
            self.on_frame(frame, upstream, now)?;
        }
        if !self.reader.is_complete() {
            return Err(Refusal::new(
                Code::UpstreamReset,
                "the provider ended the stream before its answer was whole",
            ));
        }
        self.redaction.finish(&mut self.closing)?;
        self.closing.extend(self.marker.take());
        Ok(())
    }

    /// What may leave now.
    pub(super) fn take_ready(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.ready)
    }

    /// The end, to be sent once it is on record that it is the end.
    pub(super) fn take_closing(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.closing)
    }

    /// When [`Self::on_time`] is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.redaction.due()
    }

    /// The error with which the answer stops in its middle.
    pub(super) fn stop(&self, refusal: &Refusal, request: RequestId) -> Bytes {
        self.reader.stop(refusal, request)
    }

    pub(super) const fn facts(&self) -> &AnswerFacts {
        self.reader.facts()
    }

    pub(super) const fn findings(&self) -> &Findings {
        self.redaction.findings()
    }

    /// Events that carried something.
    pub(super) const fn chunks(&self) -> u64 {
        self.chunks
    }

    /// The most that waited at once.
    pub(super) const fn most_held(&self) -> usize {
        self.held.most
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, Refusal> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(None);
        };
        decoder.next_frame().map_err(|_too_large| {
            Refusal::new(
                Code::UpstreamTooLarge,
                "the provider sent an event that is larger than the limit",
            )
        })
    }

    fn on_frame(&mut self, frame: Frame, upstream: &Upstream, now: Instant) -> Result<(), Refusal> {
        if self.reader.is_finished() {
            // Nothing but a marker belongs to the answer any more.
            self.marker = self.marker.take().or_else(|| self.reader.marker(&frame));
            return Ok(());
        }
        let raw = upstream.repeats_credential(frame.raw());
        let event = self.reader.read(frame)?;
        if raw || event.any_escaped(|text| upstream.repeats_credential(text)) {
            return Err(repeats_credential());
        }
        self.chunks = self.chunks.saturating_add(1);
        if event.is_extra() {
            return Ok(());
        }
        let event = event.clean(&mut self.redaction)?;
        let out = out(&self.reader, &mut self.ready, &mut self.closing);
        self.redaction.take(event, now, out)?;
        let held = self.redaction.held();
        self.held.most = self.held.most.max(held.most);
        Ok(())
    }
}

/// Where released bytes go: once the last event was read, to the end.
fn out<'a>(
    reader: &Reader,
    ready: &'a mut Vec<Bytes>,
    closing: &'a mut Vec<Bytes>,
) -> &'a mut Vec<Bytes> {
    if reader.is_finished() { closing } else { ready }
}

/// A provider that repeats our credential must not hand it to a caller
/// (THREATS EGR-05). One that is cut over events is masked by redaction, which
/// knows it as one value more.
fn repeats_credential() -> Refusal {
    Refusal::new(
        Code::UpstreamMalformed,
        "the provider's answer could not be passed on",
    )
    .with_detail("it repeats the credential it was called with")
}
