//! What requests, delivery and the writing thread share.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    ConnectionRejected, Position,
    floods::Floods,
    health::Health,
    queue::{Job, Queue},
    room::{Room, SetAside},
    writer::job,
};
use crate::{
    audit::{
        content::ContentKeys,
        record::{
            Draft, Event, Resource,
            canonical::{Attributes, Value},
            canonical_address, names,
        },
    },
    primitives::{Code, Refusal},
};

/// What requests and the writing thread share.
#[derive(Debug)]
pub(in crate::audit) struct Core {
    pub(in crate::audit) queue: Queue,
    pub(in crate::audit) room: Arc<Room>,
    pub(in crate::audit) floods: Floods,
    pub(in crate::audit) keys: ContentKeys,
    pub(in crate::audit) health: Health,
    pub(super) resource: Resource,
    /// Up to where records were delivered; `None` where nobody delivers, and
    /// whatever is durable counts as delivered.
    pub(super) delivered: Mutex<Option<Position>>,
    /// Somebody waits for a new signing key.
    pub(super) rotation: Mutex<Option<mpsc::Sender<io::Result<String>>>>,
}

impl Core {
    /// A record of the process itself.
    pub(in crate::audit) fn draft(&self, event: Event, mut all: Attributes<'_>) -> Draft {
        all.text(names::ACTOR_TYPE, "system");
        Draft::new(event, None, Timestamp::now(), None, &self.resource, all)
    }

    pub(in crate::audit) fn set_delivered(&self, position: Position) {
        *self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(position);
    }

    /// Puts up the wish for a new key, or takes it down: who waits is told then.
    pub(super) fn ask_for_rotation(&self, wish: Option<mpsc::Sender<io::Result<String>>>) {
        *self.rotation.lock().unwrap_or_else(PoisonError::into_inner) = wish;
    }

    /// Segments before this one are not needed for delivery any more.
    pub(super) fn delivered_segment(&self) -> u64 {
        let delivered = *self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        delivered.unwrap_or_else(|| self.health.durable()).segment
    }

    pub(in crate::audit) const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// A connection that never became a request. It has no request id of its
    /// own, because nothing begins with it that would have to end.
    pub(super) fn rejection(&self, rejected: &ConnectionRejected) -> Draft {
        let source = canonical_address(rejected.source);
        let request = rejected.request.to_string();
        let mut all = Attributes::default();
        all.text(names::SOURCE_ID, &source);
        all.text(names::SOURCE_TYPE, "address");
        all.text(names::CLIENT_ADDRESS, &source);
        all.text(names::LISTENER, rejected.listener);
        all.text(names::REJECTED_REASON, rejected.reason);
        all.text(names::REJECTED_REQUEST, &request);
        all.text(names::DECISION, "deny");
        all.text(names::DECISION_REASON, rejected.code.name());
        all.text(names::ERROR_TYPE, rejected.code.error_type());
        all.text(names::OUTCOME, "failure");
        self.draft(Event::ConnectionRejected, all)
    }

    /// A summary of what was folded, once a second at most.
    pub(super) fn flood_summary(&self, now: Instant, last: bool) -> Option<Job> {
        let folded = self.floods.take(now, last);
        if folded.is_empty() {
            return None;
        }
        let mut all = Attributes::default();
        let mut total = 0_u64;
        for (reason, many) in folded {
            all.put(format!("{}{reason}", names::FLOOD), Value::Number(many));
            total = total.saturating_add(many);
        }
        all.number(names::FLOOD_TOTAL, Some(total));
        Some(job(self.draft(Event::FloodSummary, all)))
    }

    /// Queues a record nobody waits for, if there is room for it.
    pub(in crate::audit) fn hand_over(&self, draft: Draft) -> Result<(), Refusal> {
        let room = self.set_aside(draft.size())?;
        let job = Job {
            draft,
            done: None,
            room: Some(room),
        };
        self.queue
            .push(job)
            .map_err(|_full| unavailable("the queue is full"))
    }

    /// Sets bytes aside.
    pub(in crate::audit) fn set_aside(&self, bytes: u64) -> Result<SetAside, Refusal> {
        if !self.health.is_good() {
            return Err(unavailable("the disk failed"));
        }
        self.room
            .set_aside(bytes)
            .ok_or_else(|| unavailable("the ledger is full"))
    }
}

/// The one way to say that something could not be recorded.
pub(in crate::audit) fn unavailable(detail: &'static str) -> Refusal {
    Refusal::new(
        Code::AuditUnavailable,
        "the request cannot be recorded at the moment, so it is refused: try again later",
    )
    .with_detail(detail)
    .with_retry_after(RETRY)
}

/// How long a caller should wait for a disk.
const RETRY: Duration = Duration::from_secs(5);
