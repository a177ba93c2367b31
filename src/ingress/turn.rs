//! What the reading side of a connection and the answer on it tell each other.
//!
//! hyper stands between the two and tells neither when a message is over. All
//! of it happens in the one task of a connection; the atomics are for the
//! compiler, not for a race.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

use super::head::Fault;

/// One connection's current message.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The answer's body has ended or was dropped.
    answered: AtomicBool,
    /// The request's body was read to its end.
    read_whole: AtomicBool,
    /// Why the request's body broke off.
    broken: OnceLock<Fault>,
    /// What was written so far must reach the socket before the next step.
    flush: Flush,
}

#[derive(Debug, Default)]
struct Flush {
    wanted: AtomicBool,
    done: AtomicBool,
    waker: AtomicWaker,
}

impl Turn {
    /// A request has come.
    pub(super) fn begin(&self, has_body: bool) {
        self.answered.store(false, Relaxed);
        self.read_whole.store(!has_body, Relaxed);
    }

    /// The request's body has ended as it should.
    pub(super) fn body_read(&self) {
        self.read_whole.store(true, Relaxed);
    }

    /// Whether nothing of the request is left on the connection. Where
    /// something is, the connection is not used again.
    pub(super) fn is_read_whole(&self) -> bool {
        self.read_whole.load(Relaxed)
    }

    /// The framing of the request's body is wrong. The first fault stays: the
    /// connection does not outlive it.
    pub(super) fn break_body(&self, fault: Fault) {
        self.broken.get_or_init(|| fault);
    }

    /// Why the request's body broke off, where it was not the caller's end.
    pub(super) fn broken(&self) -> Option<Fault> {
        self.broken.get().copied()
    }

    /// The answer has ended, whole or not.
    pub(super) fn end_answer(&self) {
        self.answered.store(true, Relaxed);
    }

    /// Everything written has reached the socket; whether the answer had ended.
    pub(super) fn on_flushed(&self) -> bool {
        if self.flush.wanted.swap(false, Relaxed) {
            self.flush.done.store(true, Relaxed);
            self.flush.waker.wake();
        }
        self.answered.load(Relaxed)
    }

    /// Ready once everything written before the first call has reached the
    /// socket. Used once in the life of a connection: before it is aborted.
    pub(super) fn poll_flushed(&self, context: &Context<'_>) -> Poll<()> {
        if self.flush.done.load(Relaxed) {
            return Poll::Ready(());
        }
        self.flush.waker.register(context.waker());
        self.flush.wanted.store(true, Relaxed);
        Poll::Pending
    }
}
