//! The body of an answer as the way back reads it.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::{fault::Fault, head::Coding, raw::Raw, unpack::Unpacked};
use crate::primitives::{Code, Limits, Refusal, Share, UsedUp};

/// An answer's bytes, unpacked, under every limit of [`Limits`]. An error is
/// the last thing that comes out of it. Dropping it before its end closes the
/// connection to the provider.
pub struct UpstreamBody(Kind);

enum Kind {
    Plain(Raw),
    Unpacked(Box<Unpacked>),
}

impl UpstreamBody {
    pub(super) fn new(raw: Raw, coding: Option<Coding>, limits: &Limits) -> Self {
        Self(match coding {
            // Answers without content may say how it would have been packed.
            Some(coding) if !raw.is_over() => {
                Kind::Unpacked(Box::new(Unpacked::new(raw, coding, limits)))
            }
            Some(_) | None => Kind::Plain(raw),
        })
    }

    /// The whole answer. As its bytes come, `memory` is raised to what reading
    /// and checking them takes at the peak, [`AT_PEAK`] times their number.
    ///
    /// # Errors
    /// `upstream_timeout`, `upstream_too_large`, `upstream_reset`,
    /// `upstream_malformed`, and `overloaded` where there is no memory for it.
    pub async fn collect(mut self, memory: &mut Share) -> Result<Bytes, Refusal> {
        // A length was held against the limit with the head. Room for all of
        // it takes no memory before bytes come, and then nothing is copied.
        let length = usize::try_from(self.size_hint().lower()).unwrap_or_default();
        let Some(first) = self.charged_chunk(0, memory).await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.charged_chunk(first.len(), memory).await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::with_capacity(length);
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = self.charged_chunk(whole.len(), memory).await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// The next bytes after the first `read`, once there is memory for them.
    async fn charged_chunk(
        &mut self,
        read: usize,
        memory: &mut Share,
    ) -> Result<Option<Bytes>, Refusal> {
        let chunk = self.next_chunk().await?;
        if let Some(chunk) = &chunk {
            let length = read.saturating_add(chunk.len());
            let peak = length.saturating_mul(AT_PEAK);
            memory.grow_to(peak).map_err(|UsedUp| overloaded())?;
        }
        Ok(chunk)
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, Refusal> {
        let frame = self.frame().await.transpose()?;
        Ok(frame.map(|frame| frame.into_data().unwrap_or_default()))
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        match &mut self.0 {
            Kind::Plain(raw) => raw.poll_chunk(cx),
            Kind::Unpacked(unpacked) => unpacked.poll_chunk(cx),
        }
    }
}

fn overloaded() -> Refusal {
    Refusal::new(
        Code::Overloaded,
        "the gateway holds as much of answers as it may, try again shortly",
    )
    .with_retry_after(RETRY_AFTER)
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let chunk = ready!(self.poll_chunk(cx));
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data).map_err(Refusal::from)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Plain(raw) => raw.is_over(),
            Kind::Unpacked(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Plain(raw) => raw
                .to_come()
                .map_or_else(SizeHint::default, SizeHint::with_exact),
            Kind::Unpacked(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for UpstreamBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UpstreamBody")
    }
}

/// Bytes of memory that one byte of an answer is charged at the peak: itself,
/// its copy while a buffer of unknown length grows, its part of the tape of
/// JSON nodes, and the copy with what was edited. Large answers are embeddings,
/// for which 6.4 were measured in 2026-11. Nothing but one-digit numbers takes
/// more; there the limit of nodes is the bound.
pub(super) const AT_PEAK: usize = 8;

/// When a full gateway is worth another try.
const RETRY_AFTER: Duration = Duration::from_secs(1);
