//! The stream hyper reads from: every byte checked before, every wait bounded.
//!
//! What the check refuses is never handed on. A refused head looks to hyper
//! like the end of an idle connection, so it says nothing, and the one answer
//! is written by `connection` afterwards. A broken body is an error to the one
//! who reads the body, which then answers like any other refusal.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::io::poll_read_buf;

use super::{
    follow::{Follower, Step},
    head::Fault,
    pace::Pace,
    turn::Turn,
};
use crate::primitives::Limits;

/// A head that was refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused {
    pub(super) fault: Fault,
    /// Whether an answer to it carries no body, because the method is HEAD.
    pub(super) without_body: bool,
}

/// A connection as hyper sees it.
#[derive(Debug)]
pub(super) struct Wire<S> {
    io: S,
    follower: Follower,
    turn: Arc<Turn>,
    /// Read and not handed on; the first `released` bytes may be.
    raw: BytesMut,
    released: usize,
    ended: bool,
    refused: Option<Refused>,
    clock: HeadClock,
    pace: Pace,
    stall: Option<Pin<Box<Sleep>>>,
}

impl<S> Wire<S> {
    /// A fresh connection.
    pub(super) fn new(io: S, follower: Follower, turn: Arc<Turn>, limits: &Limits) -> Self {
        Self {
            io,
            follower,
            turn,
            raw: BytesMut::new(),
            released: 0,
            ended: false,
            refused: None,
            clock: HeadClock::new(limits),
            pace: Pace::new(limits.slowest_rate, limits.write_stall),
            stall: None,
        }
    }

    /// The stream itself, and the refusal that ended the reading of it.
    pub(super) fn into_parts(self) -> (S, Option<Refused>) {
        (self.io, self.refused)
    }

    /// Ends the reading. A head that had begun is refused; between two heads
    /// there is nobody to tell.
    fn end(&mut self, fault: Fault) {
        self.ended = true;
        if self.follower.in_head() && !self.raw.is_empty() {
            self.refuse(fault);
        }
    }

    fn refuse(&mut self, fault: Fault) {
        self.ended = true;
        self.refused = Some(Refused {
            fault,
            without_body: self.raw.starts_with(b"HEAD "),
        });
    }

    /// Hands on what was released.
    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let many = self.released.min(buffer.remaining());
        buffer.put_slice(self.raw.get(..many).unwrap_or_default());
        self.raw.advance(many);
        self.released = self.released.saturating_sub(many);
        if self.raw.is_empty() {
            // an idle connection keeps no buffer
            self.raw = BytesMut::new();
        }
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads more; `false` where there will be no more.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.raw.reserve(READ_BYTES);
        let read = poll_read_buf(Pin::new(&mut self.io), context, &mut self.raw);
        if self.raw.is_empty() {
            self.raw = BytesMut::new();
        }
        match read {
            Poll::Ready(Ok(0)) => {
                self.end(Fault::Cut);
                Poll::Ready(Ok(false))
            }
            Poll::Ready(Ok(_)) => {
                self.clock.on_byte();
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending if self.follower.in_head() && self.clock.poll(context).is_ready() => {
                self.end(Fault::Slow);
                Poll::Ready(Ok(false))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        while wire.released == 0 {
            if wire.ended {
                return Poll::Ready(Ok(()));
            }
            let in_head = wire.follower.in_head();
            match wire.follower.on_bytes(&wire.raw) {
                Ok(Step::Release(many)) => wire.released = many,
                // further bytes are read to notice a hang-up, within bounds
                Ok(Step::Hold) if wire.raw.len() >= READ_BYTES => return Poll::Pending,
                Ok(Step::More | Step::Hold) => {
                    ready!(wire.poll_more(context))?;
                }
                Err(fault) if in_head => wire.refuse(fault),
                Err(fault) => {
                    wire.ended = true;
                    wire.turn.break_body(fault);
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
            }
        }
        wire.hand_on(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: Unpin> Wire<S> {
    /// Bounds a write: what moved pays, what waits runs into its deadline.
    fn paced<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        let now = Instant::now();
        match &written {
            Poll::Ready(Ok(done)) => {
                self.pace.moved(bytes(done), now);
                self.stall = None;
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let deadline = self.pace.wait(now);
                let stall = self
                    .stall
                    .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
                if stall.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = Pin::new(&mut wire.io).poll_write(context, bytes);
        wire.paced(context, written, |many| *many)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = Pin::new(&mut wire.io).poll_write_vectored(context, slices);
        wire.paced(context, written, |many| *many)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// The one place that knows that an answer is out: hyper reads the next
    /// head only after this has said so.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let flushed = Pin::new(&mut wire.io).poll_flush(context);
        ready!(wire.paced(context, flushed, |()| 0))?;
        if wire.turn.on_flushed() && wire.follower.on_answered() {
            wire.clock.on_answered(wire.raw.is_empty());
            // hyper may have read up to `Pending` already, and then reads
            // again only when it is woken: by the clock, or at once
            if wire.clock.poll(context).is_ready() || !wire.raw.is_empty() {
                context.waker().wake_by_ref();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let closed = Pin::new(&mut wire.io).poll_shutdown(context);
        wire.paced(context, closed, |()| 0)
    }
}

/// The time a head may take, and the time between two messages.
#[derive(Debug)]
struct HeadClock {
    head_time: Duration,
    keep_alive: Duration,
    /// Whether the connection lies idle between two messages.
    idle: bool,
    until: Pin<Box<Sleep>>,
}

impl HeadClock {
    /// A new connection has the time of a head from the start, so that one
    /// that never says a word does not lie around for the idle time.
    fn new(limits: &Limits) -> Self {
        Self {
            head_time: limits.header_time,
            keep_alive: limits.keep_alive,
            idle: false,
            until: Box::pin(tokio::time::sleep(limits.header_time)),
        }
    }

    fn on_answered(&mut self, nothing_sent_ahead: bool) {
        self.idle = nothing_sent_ahead;
        let wait = if self.idle {
            self.keep_alive
        } else {
            self.head_time
        };
        self.reset(wait);
    }

    fn on_byte(&mut self) {
        if self.idle {
            self.idle = false;
            self.reset(self.head_time);
        }
    }

    fn reset(&mut self, wait: Duration) {
        let now = Instant::now();
        let until = now.checked_add(wait).unwrap_or(now);
        self.until.as_mut().reset(until);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.until.as_mut().poll(context)
    }
}

/// Bytes asked of the socket at a time: a small head and its body in one read.
const READ_BYTES: usize = 8 * 1024;
