//! The bytes of an answer as they come off the connection: clocks, the cap,
//! and what becomes of the connection.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    connection::Connection,
    deadline,
    fault::{Broken, Fault, Phase},
    pool::Pool,
};
use crate::primitives::Limits;

/// A connection in use, and where it goes after a clean end. Dropped before,
/// it is closed.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: Connection,
    pub(super) pool: Arc<Pool>,
}

/// The body of one answer, still packed.
#[derive(Debug)]
pub(super) struct Raw {
    incoming: Incoming,
    lease: Option<Lease>,
    clock: Clock,
    read: usize,
    most: usize,
    ended: bool,
}

impl Raw {
    /// Reads `incoming` until `end`, the deadline of the whole exchange.
    pub(super) fn new(incoming: Incoming, lease: Lease, limits: &Limits, end: Instant) -> Self {
        let mut raw = Self {
            incoming,
            lease: Some(lease),
            clock: Clock::new(limits, end),
            read: 0,
            most: limits.response_body,
            ended: false,
        };
        raw.settle();
        raw
    }

    /// Bytes read so far.
    pub(super) const fn read(&self) -> usize {
        self.read
    }

    /// How many bytes are to come, where the answer said so.
    pub(super) fn to_come(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// Whether nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.ended || self.incoming.is_end_stream()
    }

    /// The next bytes. Trailers are read and dropped: no provider uses them,
    /// and nobody has scanned them. After a fault there is nothing.
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        while !self.ended {
            match ready!(self.poll_once(cx)) {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                Ok(None) => self.ended = true,
                Err(fault) => {
                    self.ended = true;
                    self.lease = None;
                    return Poll::Ready(Some(Err(fault)));
                }
            }
        }
        self.settle();
        Poll::Ready(None)
    }

    /// One frame; `None` at the end, empty for a frame without data.
    fn poll_once(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Fault>> {
        self.clock.check()?;
        let frame = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => return self.clock.poll_wait(cx).map(Err),
        };
        self.clock.rest();
        Poll::Ready(match frame {
            None => Ok(None),
            Some(Err(error)) => Err(broken(&error)),
            Some(Ok(frame)) => self.count(frame.into_data().unwrap_or_default()).map(Some),
        })
    }

    fn count(&mut self, chunk: Bytes) -> Result<Bytes, Fault> {
        self.read = self.read.saturating_add(chunk.len());
        if self.read > self.most {
            return Err(Fault::TooLarge("too many bytes came"));
        }
        self.settle();
        Ok(chunk)
    }

    /// Gives the connection back once nothing more can come. hyper itself
    /// closes it where the answer or its version says so.
    fn settle(&mut self) {
        if self.is_over()
            && let Some(Lease { connection, pool }) = self.lease.take()
        {
            pool.give_back(connection);
        }
    }
}

impl Stream for Raw {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx).map_err(Broken)
    }
}

/// Whose fault an unfinished body is.
fn broken(error: &hyper::Error) -> Fault {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(io) = one.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData
            )
        {
            return Fault::Malformed(format!("the body: {io}"));
        }
        cause = one.source();
    }
    Fault::Reset(error.to_string())
}

/// Two clocks: one for the whole exchange, and one that runs only while
/// somebody waits for the provider. A caller that reads slowly is not the
/// provider's fault.
#[derive(Debug)]
struct Clock {
    end: Instant,
    idle: Duration,
    total: Duration,
    timer: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Clock {
    fn new(limits: &Limits, end: Instant) -> Self {
        Self {
            end,
            idle: limits.idle_time,
            total: limits.total_time,
            timer: Box::pin(sleep_until(end)),
            waiting: false,
        }
    }

    /// Whether the exchange may go on.
    fn check(&self) -> Result<(), Fault> {
        match Instant::now() < self.end {
            true => Ok(()),
            false => Err(Fault::Slow(Phase::Total, self.total)),
        }
    }

    /// Something came.
    const fn rest(&mut self) {
        self.waiting = false;
    }

    /// Nothing came yet: ready when it is too late.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Fault> {
        if !self.waiting {
            self.waiting = true;
            let until = deadline::after(self.idle).min(self.end);
            self.timer.as_mut().reset(until);
        }
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(match self.check() {
            Ok(()) => Fault::Slow(Phase::Idle, self.idle),
            Err(fault) => fault,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test]
    async fn a_caller_that_reads_slowly_is_not_a_provider_that_stalls() {
        let limits = Limits {
            idle_time: Duration::from_millis(200),
            ..Limits::default()
        };
        let mut clock = Clock::new(&limits, deadline::after(limits.total_time));
        for _ in 0..2 {
            // Nobody waits: something came, and is being dealt with.
            tokio::time::sleep(2 * limits.idle_time).await;
            let first = poll_fn(|cx| Poll::Ready(clock.poll_wait(cx))).await;
            assert_eq!(first, Poll::Pending, "the time counts from here");
            clock.rest();
        }
        let fault = poll_fn(|cx| clock.poll_wait(cx)).await;
        assert_eq!(fault, Fault::Slow(Phase::Idle, limits.idle_time));
    }
}
