//! Records on their way from requests to the one thread that writes.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::room::SetAside;
use crate::audit::record::Draft;

/// A record to write.
#[derive(Debug)]
pub(in crate::audit) struct Job {
    pub(in crate::audit) draft: Draft,
    /// Told whether the record is durable.
    pub(in crate::audit) done: Option<oneshot::Sender<bool>>,
    /// The bytes promised for it, free again once it was charged.
    pub(in crate::audit) room: Option<SetAside>,
}

/// Records that may wait before further ones are refused. Terminal records are
/// never refused: there are no more of them than open requests.
const MOST_WAITING: usize = 4_096;

/// Why a record was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audit) enum NotTaken {
    /// Too many are waiting.
    Full,
    /// Nobody writes any more.
    Closed,
}

/// The queue.
#[derive(Debug, Default)]
pub(in crate::audit) struct Queue {
    inner: Mutex<Inner>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    /// Hands a record over without waiting.
    pub(in crate::audit) fn push(&self, job: Job) -> Result<(), NotTaken> {
        let mut inner = self.inner();
        if inner.closed {
            return Err(NotTaken::Closed);
        }
        let can_be_refused = job.room.is_some() && !job.draft.event.is_terminal();
        if inner.jobs.len() >= MOST_WAITING && can_be_refused {
            return Err(NotTaken::Full);
        }
        inner.jobs.push_back(job);
        drop(inner);
        self.ready.notify_one();
        Ok(())
    }

    /// Takes what waits, `most` records at once; waits for the first until
    /// `wait` has passed. `None` once the queue is closed and empty.
    pub(in crate::audit) fn take(&self, most: usize, wait: Duration) -> Option<Vec<Job>> {
        let until = Instant::now().checked_add(wait);
        let mut inner = self.inner();
        while inner.jobs.is_empty() && !inner.closed {
            let left = until.map_or(wait, |until| {
                until.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Some(Vec::new());
            }
            inner = match self.ready.wait_timeout(inner, left) {
                Ok((inner, _timed_out)) => inner,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        if inner.jobs.is_empty() {
            return None;
        }
        let many = inner.jobs.len().min(most);
        Some(inner.jobs.drain(..many).collect())
    }

    /// Takes no more; what waits can still be taken out.
    pub(in crate::audit) fn close(&self) {
        self.inner().closed = true;
        self.ready.notify_all();
    }

    pub(in crate::audit) fn is_closed(&self) -> bool {
        self.inner().closed
    }

    /// Drops what waits, so that nobody waits for it.
    pub(in crate::audit) fn abandon(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.jobs.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
