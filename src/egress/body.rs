//! The body of an answer as the way back reads it.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::{fault::Fault, head::Coding, raw::Raw, unpack::Unpacked};
use crate::primitives::{Limits, Refusal};

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

    /// The whole answer.
    ///
    /// # Errors
    /// `upstream_timeout`, `upstream_too_large`, `upstream_reset`,
    /// `upstream_malformed`.
    pub async fn collect(mut self) -> Result<Bytes, Refusal> {
        let Some(first) = self.next_chunk().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next_chunk().await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = self.next_chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
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
