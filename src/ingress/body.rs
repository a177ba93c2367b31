//! A request's body: not read before somebody asks, never more than the limits.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::{pace::Pace, turn::Turn};
use crate::primitives::{Budget, Code, Limits, Refusal, Share, UsedUp};

/// What is still to come of a request. Dropped unread, it ends the connection
/// with the answer.
pub struct Body {
    incoming: Incoming,
    turn: Arc<Turn>,
    budget: Arc<Budget>,
    most: usize,
    time: Duration,
    pace: Pace,
}

impl Body {
    pub(super) fn new(
        incoming: Incoming,
        turn: Arc<Turn>,
        budget: Arc<Budget>,
        limits: &Limits,
    ) -> Self {
        turn.begin(!incoming.is_end_stream());
        Self {
            incoming,
            turn,
            budget,
            most: limits.request_body,
            time: limits.body_time,
            // a caller may pause in a body for as long as over a head
            pace: Pace::new(limits.slowest_rate, limits.header_time),
        }
    }

    /// The whole body. Its memory counts against the budget of all bodies
    /// until the last clone or slice of the bytes is gone.
    pub(super) async fn read(&mut self, headers: &HeaderMap) -> Result<Bytes, Refusal> {
        if headers.contains_key(header::CONTENT_ENCODING) {
            return Err(encoded());
        }
        let declared = self.incoming.size_hint().exact();
        let declared = declared.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if declared.is_some_and(|bytes| bytes > self.most) {
            return Err(self.too_large());
        }
        let ceiling = declared.unwrap_or(self.most);
        let mut kept = Kept::new(self.budget.share());
        let start = Instant::now();
        let end = start.checked_add(self.time).unwrap_or(start);
        while let Some(data) = self.next(end).await? {
            let length = kept.bytes.len().saturating_add(data.len());
            if length > self.most {
                return Err(self.too_large());
            }
            kept.push(&data, length, ceiling)
                .map_err(|UsedUp| overloaded())?;
        }
        self.turn.body_read();
        Ok(Bytes::from_owner(kept))
    }

    /// The next piece, within the time of the whole and the pace.
    async fn next(&mut self, end: Instant) -> Result<Option<Bytes>, Refusal> {
        loop {
            let deadline = self.pace.wait(Instant::now()).min(end);
            let frame = timeout_at(deadline, self.incoming.frame()).await;
            match frame.map_err(|_elapsed| late())? {
                None => return Ok(None),
                Some(Err(_)) => return Err(self.broken()),
                Some(Ok(frame)) => {
                    // trailers were refused on the wire
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    self.pace.moved(data.len(), Instant::now());
                    return Ok(Some(data));
                }
            }
        }
    }

    fn broken(&self) -> Refusal {
        match self.turn.broken() {
            Some(fault) => fault.refusal(),
            None => Refusal::new(
                Code::MalformedRequest,
                "the request body ended before it was whole",
            ),
        }
    }

    fn too_large(&self) -> Refusal {
        let sentence = format!("the request body is larger than {} bytes", self.most);
        Refusal::new(Code::RequestTooLarge, sentence)
    }
}

fn encoded() -> Refusal {
    Refusal::new(
        Code::ContentEncodingRefused,
        "send the body without `content-encoding`",
    )
}

fn late() -> Refusal {
    Refusal::new(
        Code::RequestTimeout,
        "the request body did not arrive in time",
    )
}

fn overloaded() -> Refusal {
    Refusal::new(
        Code::Overloaded,
        "the gateway holds as many request bodies as it may, try again shortly",
    )
    .with_retry_after(RETRY_AFTER)
}

/// A body and its share of the memory, which live and die together.
struct Kept {
    bytes: Vec<u8>,
    share: Share,
}

impl Kept {
    const fn new(share: Share) -> Self {
        let bytes = Vec::new();
        Self { bytes, share }
    }

    /// Appends a piece that makes the body `length` bytes long. Memory grows
    /// by doubling, up to `ceiling`, so that a length that is only announced
    /// takes none; it is asked of the budget before it is taken.
    fn push(&mut self, data: &[u8], length: usize, ceiling: usize) -> Result<(), UsedUp> {
        if length > self.bytes.capacity() {
            let doubled = self.bytes.capacity().saturating_mul(2);
            let wanted = doubled.min(ceiling).max(length);
            self.share.grow_to(wanted)?;
            self.bytes
                .reserve_exact(wanted.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Body(..)")
    }
}

/// When a full gateway is worth another try.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken_as_bytes_arrive_and_given_back_with_the_last_slice() {
        let budget = Budget::new(100);
        let mut kept = Kept::new(budget.share());
        kept.push(b"0123456789", 10, 100).unwrap();
        kept.push(b"0", 11, 100).unwrap();
        assert_eq!(kept.bytes.capacity(), 20);
        let bytes = Bytes::from_owner(kept);
        let slice = bytes.slice(2..4);
        drop(bytes);
        assert_eq!(budget.share().grow_to(81), Err(UsedUp));
        drop(slice);
        assert_eq!(budget.share().grow_to(100), Ok(()));
    }

    #[test]
    fn a_full_budget_refuses_before_memory_is_taken() {
        let budget = Budget::new(15);
        let mut kept = Kept::new(budget.share());
        kept.push(b"0123456789", 10, 100).unwrap();
        assert_eq!(kept.push(b"0", 11, 100), Err(UsedUp));
        assert_eq!(kept.bytes.capacity(), 10);
    }
}
