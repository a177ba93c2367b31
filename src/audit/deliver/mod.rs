//! Delivery over OTLP: in order, each record at least once, until it is there.
//!
//! INVARIANTS: one batch is on its way at a time; the cursor moves only after
//! the collector has accepted a batch, or has refused a single record twice,
//! which then lies in `dead-letter/` and has a record of its own. Nothing is
//! ever given up: a collector that is down, slow or wrong makes the ledger
//! grow, and a full ledger refuses requests, never the other way round.
//!
//! Only `egress` dials, so the way to the collector is handed in as [`Post`].

mod answer;
mod collector;
mod cursor;
mod otlp;
mod status;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode, Uri};
use thiserror::Error;

use super::{
    entry::Entry,
    ledger::{Core, Ledger, Position},
    read,
    record::{Event, Line, canonical::Attributes, longest, names},
};
use answer::{Verdict, judge};
pub use collector::Collector;
pub(super) use cursor::{Cursor, dead_letters};
use status::Shared;
pub use status::{DeliveryStatus, DeliveryWatch};

/// The way to the collector.
pub trait Post: Send + Sync {
    /// Sends one request with this body and waits for the whole answer, which
    /// is to be bounded in time and size, redirects not followed.
    fn post(
        &self,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<(StatusCode, HeaderMap, Bytes), PostFault>>;
}

/// There was no whole answer.
#[derive(Debug, Clone, Error)]
#[error("{0}")]
pub struct PostFault(
    /// Why: lower case, no full stop.
    pub String,
);

/// Delivers the records of a ledger.
pub struct Exporter {
    core: Arc<Core>,
    directory: PathBuf,
    collector: Collector,
    post: Arc<dyn Post>,
    pace: Pace,
    shared: Arc<Shared>,
}

/// Waiting times; tests use shorter ones.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Between two looks for new records.
    idle: Duration,
    /// Before the first repetition.
    first: Duration,
    /// Before any later one, at most.
    longest: Duration,
    /// Where somebody has to change a setting.
    hold: Duration,
    /// For one answer.
    answer: Duration,
}

/// TELEMETRY §4: backoff 0.5 to 60 s, misconfiguration every 60 s.
const PACE: Pace = Pace {
    idle: Duration::from_millis(200),
    first: Duration::from_millis(500),
    longest: Duration::from_secs(60),
    hold: Duration::from_secs(60),
    answer: Duration::from_secs(30),
};

/// Records of one batch (TELEMETRY §4).
const MOST_RECORDS: usize = 512;
/// Bytes of one batch, with room for what surrounds the records.
const MOST_BYTES: usize = (1 << 20) - (16 << 10);

impl Exporter {
    /// Delivers what `ledger` holds and will hold. What was delivered may be
    /// deleted by retention from now on, nothing else.
    #[must_use]
    pub fn new(ledger: &Ledger, collector: Collector, post: Arc<dyn Post>) -> Self {
        Self::with_pace(ledger, collector, post, PACE)
    }

    fn with_pace(ledger: &Ledger, collector: Collector, post: Arc<dyn Post>, pace: Pace) -> Self {
        Self {
            core: ledger.core(),
            directory: ledger.directory().to_owned(),
            collector,
            post,
            pace,
            shared: Arc::default(),
        }
    }

    /// How it is doing, from outside.
    #[must_use]
    pub fn watch(&self) -> DeliveryWatch {
        DeliveryWatch(Arc::clone(&self.shared))
    }

    /// Delivers for ever. Dropped, it stops at once: what was on its way is
    /// sent again at the next start.
    ///
    /// # Errors
    /// When the ledger's own files cannot be read or written.
    pub async fn run(&self) -> io::Result<()> {
        let mut cursor = self.start().await?;
        loop {
            if !self.step(&mut cursor).await? {
                tokio::time::sleep(self.pace.idle).await;
            }
        }
    }

    /// Delivers until nothing waits. For a shutdown, under a time-out.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn flush(&self) -> io::Result<()> {
        let mut cursor = self.start().await?;
        while self.step(&mut cursor).await? {}
        Ok(())
    }

    async fn start(&self) -> io::Result<Cursor> {
        let directory = self.directory.clone();
        let cursor = blocking(move || Cursor::load(&directory)).await?;
        self.publish(&cursor);
        Ok(cursor)
    }

    /// Delivers one batch, if there is one.
    async fn step(&self, cursor: &mut Cursor) -> io::Result<bool> {
        let (directory, from) = (self.directory.clone(), cursor.position);
        let until = self.core.health.durable();
        let batch = blocking(move || batch(&directory, from, until)).await?;
        if batch.is_empty() {
            return Ok(false);
        }
        let mut parts = vec![batch.as_slice()];
        while let Some(part) = parts.pop() {
            match self.send(part).await {
                Settled::Accepted => self.advance(cursor, part, false).await?,
                Settled::Refused if part.len() <= 1 => self.bury(cursor, part).await?,
                Settled::Refused => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second);
                    parts.push(first);
                }
            }
        }
        Ok(true)
    }

    /// Sends until there is an answer that settles it.
    async fn send(&self, part: &[Waiting]) -> Settled {
        let body = Bytes::from(otlp::request(part.iter().map(|one| &one.entry)));
        let mut wait = self.pace.first;
        let mut refused = false;
        loop {
            let headers = self.collector.headers.clone();
            let answer = self.post.post(self.collector.uri(), headers, body.clone());
            let answer = tokio::time::timeout(self.pace.answer, answer)
                .await
                .unwrap_or_else(|_elapsed| Err(PostFault("no answer in time".to_owned())));
            let verdict = judge(&answer);
            self.report(&verdict);
            let pause = match verdict {
                Verdict::Accepted => return Settled::Accepted,
                Verdict::Partial => return Settled::Refused,
                Verdict::Refused(_) if refused => return Settled::Refused,
                Verdict::Refused(_) => {
                    refused = true;
                    jittered(self.pace.first)
                }
                Verdict::Retry { after, .. } => {
                    let pause = after.unwrap_or_else(|| jittered(wait));
                    wait = wait.saturating_mul(2).min(self.pace.longest);
                    pause.min(self.pace.longest.saturating_mul(MOST_WAITS))
                }
                Verdict::Hold(_) => self.pace.hold,
            };
            self.shared.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
        }
    }

    fn report(&self, verdict: &Verdict) {
        let fault = match verdict {
            Verdict::Accepted | Verdict::Partial => None,
            Verdict::Retry { fault, .. } | Verdict::Hold(fault) | Verdict::Refused(fault) => {
                Some(fault.clone())
            }
        };
        *self
            .shared
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
    }

    async fn advance(&self, cursor: &mut Cursor, part: &[Waiting], dead: bool) -> io::Result<()> {
        let Some(last) = part.last() else {
            return Ok(());
        };
        let many = u64::try_from(part.len()).unwrap_or(u64::MAX);
        let mut next = cursor.clone();
        next.position = last.end;
        let count = if dead {
            &mut next.dead_lettered
        } else {
            &mut next.delivered
        };
        *count = count.saturating_add(many);
        let (directory, saved) = (self.directory.clone(), next.clone());
        blocking(move || saved.save(&directory)).await?;
        *cursor = next;
        self.publish(cursor);
        Ok(())
    }

    fn publish(&self, cursor: &Cursor) {
        self.shared
            .delivered
            .store(cursor.delivered, Ordering::Relaxed);
        self.shared
            .dead_lettered
            .store(cursor.dead_lettered, Ordering::Relaxed);
        self.core.set_delivered(cursor.position);
    }

    /// A record the collector refuses twice: kept apart, recorded, passed over.
    async fn bury(&self, cursor: &mut Cursor, part: &[Waiting]) -> io::Result<()> {
        for one in part {
            let (directory, entry) = (self.directory.clone(), one.entry.clone());
            blocking(move || cursor::bury(&directory, &entry)).await?;
            // refused itself, it is kept apart without another record of it
            if one.entry.event_name() != Event::DeadLetter.name() {
                self.core.note_dead_letter(&one.entry);
            }
        }
        self.advance(cursor, part, true).await
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Exporter({:?})", self.collector)
    }
}

/// How a part of a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    Accepted,
    Refused,
}

/// A record that waits, and where it ends in the ledger.
#[derive(Debug)]
struct Waiting {
    entry: Entry,
    end: Position,
}

/// The next durable records, as many as one request may carry.
fn batch(directory: &Path, from: Position, until: Position) -> io::Result<Vec<Waiting>> {
    let mut records = read::read_from(directory, from)?;
    let (mut all, mut bytes) = (Vec::new(), 0_usize);
    while let Some(entry) = records.next() {
        let end = records.reached();
        if end > until || all.len() >= MOST_RECORDS {
            break;
        }
        let entry = entry?;
        bytes = bytes.saturating_add(otlp::size(&entry));
        if bytes > MOST_BYTES && !all.is_empty() {
            break;
        }
        all.push(Waiting { entry, end });
    }
    Ok(all)
}

/// Between half of `wait` and all of it, so that gateways that lost their
/// collector together do not come back together.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0];
    // without randomness everybody waits the whole time, which is right too
    aws_lc_rs::rand::fill(&mut random).ok();
    let [random] = random.map(u32::from);
    let steps = wait.checked_div(STEPS).unwrap_or_default();
    wait.saturating_sub(steps.saturating_mul(random))
}

/// Twice the largest byte.
const STEPS: u32 = 510;
/// A `Retry-After` longer than this many of the longest waits is cut.
const MOST_WAITS: u32 = 10;

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_panicked| Err(io::Error::other("reading the ledger panicked")))
}

impl Core {
    /// That a record was kept apart.
    fn note_dead_letter(&self, entry: &Entry) {
        let line = |name| {
            entry
                .text(name)
                .map(|text| Line::outside(text, longest::NAME))
        };
        let (record, stream) = (line(names::RECORD_ID), line(names::SEQUENCE_STREAM));
        let mut all = Attributes::default();
        all.line(names::DEAD_RECORD, record.as_ref());
        all.line(names::DEAD_STREAM, stream.as_ref());
        all.number(names::DEAD_NUMBER, entry.sequence());
        all.text(names::OUTCOME, "failure");
        // without room the dead letter itself still lies there and is counted
        self.hand_over(self.draft(Event::DeadLetter, all)).ok();
    }
}

#[cfg(test)]
mod tests;
