//! The way back: whole, or event by event.
//!
//! Which of the two is decided by what came, not by what was asked for: a
//! provider answers a request for a stream with plain JSON when it refuses.

mod flow;
mod streamed;
mod whole;

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, StatusCode, header};

use super::{Stages, measure::Measured};
use crate::{
    audit::{CostFacts, Trail},
    egress::Sent,
    primitives::{Refusal, Usage},
    provider::{AnswerFacts, Return},
    quota::{Reservation, Slot},
};
pub(super) use streamed::Streamed;
pub(super) use whole::Whole;

/// An answer that may be sent.
pub(super) enum Answer {
    /// All of it was checked.
    Whole(Whole),
    /// It is checked while it comes.
    Streamed(Box<Streamed>),
}

/// Reads an answer. The slot is held as long as it takes; `asked` is when the
/// request was sent.
pub(super) async fn read(
    stages: &Arc<Stages>,
    sent: Sent,
    (slot, asked): (Slot, Instant),
    trail: &mut Trail,
    measured: &mut Measured,
) -> Result<Answer, Refusal> {
    let events = sent.back.streamed && sent.status.is_success() && is_event_stream(&sent.headers);
    if events && let Some(reader) = sent.back.reader(&stages.limits) {
        let streamed = Streamed::new(stages, sent, reader, (slot, asked));
        return Ok(Answer::Streamed(Box::new(streamed)));
    }
    let whole = whole::read(stages, sent, asked, trail, measured).await;
    drop(slot);
    whole.map(Answer::Whole)
}

/// `text/event-stream`, with or without parameters (HTML Standard §9.2.1).
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| kind.as_bytes()).unwrap_or_default();
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"text/event-stream")
}

/// Puts what was used in the place of what was reserved. An upstream that
/// refused used nothing; one that answered without counting is owed the
/// estimate.
fn settle(
    back: Settled,
    status: StatusCode,
    facts: &AnswerFacts,
    trail: &mut Trail,
    measured: &Measured,
) {
    let counted = match &facts.usage {
        Some(counted) => super::facts::usage(counted),
        None if !status.is_success() => Usage::default(),
        None => return,
    };
    if let Some(cost) = back.hold.cost(&counted) {
        trail.note(&CostFacts {
            micro_usd: cost.0,
            price_list: "configuration",
        });
        measured.cost(back.kind, cost);
    }
    back.hold.settle(&counted);
}

/// What settling needs of the way back.
struct Settled {
    hold: Reservation,
    kind: &'static str,
}

impl From<Return> for Settled {
    fn from(back: Return) -> Self {
        Self {
            kind: back.upstream.kind(),
            hold: back.hold,
        }
    }
}
