//! The record of one request, from its head to its last byte.
//!
//! INVARIANT: one `received` and exactly one terminal record, whatever ends the
//! request. The terminal record's bytes are set aside at the beginning, so
//! `Drop` can always write it: a hang-up, an abort and a panic are endings like
//! any other. Only a request that began during a flood and never showed a valid
//! credential is counted instead of written (see `ledger/floods.rs`).

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{
    content::{Content, ContentHasher},
    facts::{Arrived, Fact},
    ledger::{Core, Job, SetAside, TERMINAL_ROOM, unavailable},
    record::{Draft, Event, Facts, Said},
};
use crate::primitives::{Code, Refusal, RequestId, Tenant};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer of this status, ours or the provider's; only its last
    /// byte is still held back.
    Answered {
        /// The status sent.
        status: u16,
    },
    /// In the middle: the head was sent, the rest cannot be.
    Broken {
        /// The status sent.
        status: u16,
        /// Why the rest is missing.
        code: Code,
    },
    /// The caller went away.
    Disconnected {
        /// The status sent, if the head was.
        status: Option<u16>,
    },
    /// Our own code panicked.
    Panicked {
        /// The status sent.
        status: u16,
    },
}

/// The open record of one request.
pub struct Trail {
    core: Arc<Core>,
    request: RequestId,
    at: Timestamp,
    facts: Facts,
    room: Option<SetAside>,
    /// Whether `received` is in the queue; during a flood it waits for a caller.
    received: bool,
    status: Option<u16>,
    ended: bool,
}

impl Trail {
    pub(super) fn begin(
        core: &Arc<Core>,
        arrived: &Arrived,
        now: Instant,
    ) -> Result<Self, Refusal> {
        let room = core.set_aside(TERMINAL_ROOM)?;
        let mut trail = Self {
            core: Arc::clone(core),
            request: arrived.request,
            at: arrived.at,
            facts: Facts::new(arrived),
            room: Some(room),
            received: false,
            status: None,
            // an error below means that no request began
            ended: true,
        };
        if !core.floods.is_flood(now) {
            core.hand_over(trail.draft(Event::Received))?;
            trail.received = true;
        }
        trail.ended = false;
        Ok(trail)
    }

    /// The request's id.
    #[must_use]
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// Notes what a step has found out, or why it refused.
    ///
    /// # Errors
    /// The step's refusal, unchanged; or, where the step identified a caller
    /// during a flood, that the request cannot be recorded.
    pub fn keep<T: Fact>(&mut self, step: Result<T, Refusal>) -> Result<T, Refusal> {
        match &step {
            Ok(fact) => {
                self.note(fact);
                self.make_up_for_received()?;
            }
            Err(refusal) => self.facts.refused(refusal),
        }
        step
    }

    /// Notes a fact.
    pub fn note(&mut self, fact: &impl Fact) {
        fact.note(&mut self.facts);
    }

    /// Notes a refusal.
    pub fn refused(&mut self, refusal: &Refusal) {
        self.facts.refused(refusal);
    }

    /// Takes the tag of a content; `None` where the tenant has no key.
    #[must_use]
    pub fn hasher(&self, tenant: &Tenant, content: Content) -> Option<ContentHasher> {
        self.core.keys.hasher(tenant, content)
    }

    /// Takes the tag of a content that is there as a whole.
    pub fn content(&mut self, tenant: &Tenant, content: Content, bytes: &[u8]) {
        if let Some(mut hasher) = self.hasher(tenant, content) {
            hasher.update(bytes);
            self.note(&hasher.finish());
        }
    }

    /// Records that an attempt is about to be sent. Returns when the record is
    /// durable: only then may the first byte leave. Dropped while it waits, it
    /// still records.
    ///
    /// # Errors
    /// [`Code::AuditUnavailable`]: nothing may be sent.
    pub async fn dispatched(&mut self) -> Result<(), Refusal> {
        self.make_up_for_received()?;
        let upstream = &mut self.facts.upstream;
        upstream.attempts = upstream.attempts.saturating_add(1);
        let draft = self.draft(Event::Dispatched);
        let room = self
            .core
            .set_aside(draft.size())
            .inspect_err(|no| self.facts.refused(no))?;
        let durable = self.push(draft, Some(room));
        durable.await.inspect_err(|no| self.facts.refused(no))
    }

    /// Records that the upstream's head has come and ours goes out. Nobody
    /// waits for it; without room the record is left out.
    pub fn started(&mut self, status: u16) {
        self.status = Some(status);
        let draft = self.draft(Event::Started);
        self.core.hand_over(draft).ok();
    }

    /// Records how the request ended. The future is done when the record is
    /// durable: only then may the last byte leave.
    pub fn finish(mut self, outcome: Outcome) -> Committed {
        self.end(outcome)
    }

    /// `received` of a request that began during a flood, once it is known not
    /// to be part of it.
    fn make_up_for_received(&mut self) -> Result<(), Refusal> {
        if self.received || self.facts.caller.is_none() {
            return Ok(());
        }
        let draft = self.draft(Event::Received);
        self.core
            .hand_over(draft)
            .inspect_err(|no| self.facts.refused(no))?;
        self.received = true;
        Ok(())
    }

    fn end(&mut self, outcome: Outcome) -> Committed {
        self.ended = true;
        let known = self.facts.caller.is_some();
        if !known {
            self.core.floods.failed(Instant::now());
        }
        let panicked = matches!(outcome, Outcome::Panicked { .. });
        if !self.received && !known && !panicked {
            self.core.floods.fold(self.folded_reason(), Instant::now());
            return Committed(Wait::Done(Ok(())));
        }
        let mut room = self.room.take();
        if !self.received {
            // the room of the terminal record is enough for both
            drop(self.push(self.draft(Event::Received), None));
            self.received = true;
        }
        let event = if panicked {
            Event::Panic
        } else {
            Event::Complete
        };
        let attributes = self.facts.closing(outcome.said());
        let now = Timestamp::now();
        let id = Some(self.request.uuid());
        let trace = self.facts.trace;
        let draft = Draft::new(event, id, now, trace, self.core.resource(), attributes);
        if let Some(room) = &mut room {
            room.shrink(draft.size());
        }
        self.push(draft, room)
    }

    fn folded_reason(&self) -> &'static str {
        self.facts
            .refusal
            .as_ref()
            .map_or("disconnected", |refusal| refusal.code.name())
    }

    fn draft(&self, event: Event) -> Draft {
        let at = if event == Event::Received {
            self.at
        } else {
            Timestamp::now()
        };
        let id = Some(self.request.uuid());
        let (trace, attributes) = (self.facts.trace, self.facts.attributes());
        Draft::new(event, id, at, trace, self.core.resource(), attributes)
    }

    fn push(&self, draft: Draft, room: Option<SetAside>) -> Committed {
        let (done, wait) = oneshot::channel();
        let job = Job {
            draft,
            done: Some(done),
            room,
        };
        Committed(match self.core.queue.push(job) {
            Ok(()) => Wait::For(wait),
            Err(_not_taken) => Wait::Done(Err(unavailable("the queue takes nothing"))),
        })
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let status = self.status;
        let outcome = if std::thread::panicking() {
            Outcome::Panicked {
                status: status.unwrap_or(500),
            }
        } else {
            Outcome::Disconnected { status }
        };
        drop(self.end(outcome));
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Trail({})", self.request)
    }
}

impl Outcome {
    const fn said(self) -> Said {
        match self {
            Self::Answered { status } => Said {
                status: Some(status),
                error_type: None,
                disconnected: false,
            },
            Self::Broken { status, code } => Said {
                status: Some(status),
                error_type: Some(code.error_type()),
                disconnected: false,
            },
            Self::Disconnected { status } => Said {
                status,
                error_type: None,
                disconnected: true,
            },
            Self::Panicked { status } => Said {
                status: Some(status),
                error_type: Some("panic"),
                disconnected: false,
            },
        }
    }
}

/// A record on its way to the disk. Done when it is there, or cannot be.
/// Dropping it changes nothing but that nobody knows.
#[must_use = "until it is done, the record may be lost in a crash"]
#[derive(Debug)]
pub struct Committed(Wait);

#[derive(Debug)]
enum Wait {
    For(oneshot::Receiver<bool>),
    Done(Result<(), Refusal>),
}

impl Future for Committed {
    type Output = Result<(), Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Wait::Done(result) => Poll::Ready(result.clone()),
            Wait::For(wait) => {
                let durable = ready!(Pin::new(wait).poll(context)).unwrap_or(false);
                let result = if durable {
                    Ok(())
                } else {
                    Err(unavailable("the disk failed"))
                };
                self.0 = Wait::Done(result.clone());
                Poll::Ready(result)
            }
        }
    }
}
