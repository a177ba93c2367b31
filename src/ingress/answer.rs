//! The way out: bytes of an answer on their way to the caller.
//!
//! INVARIANT: an answer that was not finished never looks finished. A body
//! that fails, or panics, ends the connection without the last chunk, and
//! what it gave before, such as the dialect's error event, is on the wire by
//! then.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    thread,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use thiserror::Error;

use super::turn::Turn;

/// The body of an answer. An error aborts the connection.
pub type AnswerBody = UnsyncBoxBody<Bytes, BodyAborted>;

/// The answer ends here and is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the answer was cut off")]
pub struct BodyAborted;

/// A body that is known as a whole.
#[must_use]
pub fn whole(bytes: Bytes) -> AnswerBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Counts one request from its head to the end of its answer.
#[derive(Debug)]
pub(super) struct Running(Arc<AtomicUsize>);

impl Running {
    pub(super) fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// An answer's body as hyper polls it.
pub(super) struct Outgoing {
    /// `None` once it has failed.
    body: Option<AnswerBody>,
    turn: Arc<Turn>,
    _running: Running,
}

impl Outgoing {
    pub(super) const fn new(body: AnswerBody, turn: Arc<Turn>, running: Running) -> Self {
        Self {
            body: Some(body),
            turn,
            _running: running,
        }
    }

    fn poll_body(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyAborted>>> {
        let polled = catch_unwind(AssertUnwindSafe(|| {
            match DroppedByPanic(&mut self.body).0.as_mut() {
                Some(body) => Pin::new(body).poll_frame(context),
                None => Poll::Ready(Some(Err(BodyAborted))),
            }
        }));
        polled.unwrap_or(Poll::Ready(Some(Err(BodyAborted))))
    }
}

/// Drops a body while it panics, not later, so that what it holds can tell a
/// panic from a caller that has hung up.
struct DroppedByPanic<'a>(&'a mut Option<AnswerBody>);

impl Drop for DroppedByPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            *self.0 = None;
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BodyAborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyAborted>>> {
        let frame = ready!(self.poll_body(context));
        if !matches!(frame, Some(Err(BodyAborted))) {
            return Poll::Ready(frame);
        }
        self.body = None;
        // hyper drops what it has not written yet when it hears of an error
        ready!(self.turn.poll_flushed(context));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.turn.end_answer();
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Outgoing(..)")
    }
}
