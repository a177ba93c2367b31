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
    body: AnswerBody,
    failed: bool,
    turn: Arc<Turn>,
    _running: Running,
}

impl Outgoing {
    pub(super) const fn new(body: AnswerBody, turn: Arc<Turn>, running: Running) -> Self {
        Self {
            body,
            failed: false,
            turn,
            _running: running,
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
        if !self.failed {
            let body = Pin::new(&mut self.body);
            let polled = catch_unwind(AssertUnwindSafe(|| body.poll_frame(context)));
            match polled.map(|polled| polled.map(|frame| frame.transpose())) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(frame))) => return Poll::Ready(frame.map(Ok)),
                Ok(Poll::Ready(Err(BodyAborted))) | Err(_) => self.failed = true,
            }
        }
        // hyper drops what it has not written yet when it hears of an error
        ready!(self.turn.poll_flushed(context));
        Poll::Ready(Some(Err(BodyAborted)))
    }

    fn is_end_stream(&self) -> bool {
        !self.failed && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
