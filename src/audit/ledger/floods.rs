//! Strangers who knock too often: counted, not written down one by one.
//!
//! Without this, whoever can reach the port can fill the disk. INVARIANT: only
//! what ends without a known caller is folded, and only what would have been
//! written during a flood; each fold is counted, by reason, in a summary that
//! is a record like any other.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Failures in one second that are still written down one by one.
pub(in crate::audit) const FAILURES_PER_SECOND: u64 = 50;

/// Counts failures, second by second.
#[derive(Debug)]
pub(in crate::audit) struct Floods {
    start: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    second: u64,
    this: u64,
    before: u64,
    summary: Option<u64>,
    folded: BTreeMap<&'static str, u64>,
}

impl Floods {
    pub(in crate::audit) fn new(start: Instant) -> Self {
        Self {
            start,
            inner: Mutex::default(),
        }
    }

    /// Whether what begins now may have to be folded.
    pub(in crate::audit) fn is_flood(&self, now: Instant) -> bool {
        let inner = self.at(now);
        inner.this >= FAILURES_PER_SECOND || inner.before >= FAILURES_PER_SECOND
    }

    /// Somebody unknown failed.
    pub(in crate::audit) fn failed(&self, now: Instant) {
        let mut inner = self.at(now);
        inner.this = inner.this.saturating_add(1);
    }

    /// Counts what is not written down. Reasons are our own words, and few.
    pub(in crate::audit) fn fold(&self, reason: &'static str, now: Instant) {
        let mut inner = self.at(now);
        let count = inner.folded.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// What was folded since the last summary; nothing where that was within
    /// this second, unless it is the `last` there will be.
    pub(in crate::audit) fn take(&self, now: Instant, last: bool) -> BTreeMap<&'static str, u64> {
        let mut inner = self.at(now);
        if inner.summary == Some(inner.second) && !last {
            return BTreeMap::new();
        }
        let folded = std::mem::take(&mut inner.folded);
        if !folded.is_empty() {
            inner.summary = Some(inner.second);
        }
        folded
    }

    fn at(&self, now: Instant) -> MutexGuard<'_, Inner> {
        let second = now.saturating_duration_since(self.start).as_secs();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if second > inner.second {
            let follows = second.saturating_sub(inner.second) == 1;
            inner.before = if follows { inner.this } else { 0 };
            inner.this = 0;
            inner.second = second;
        }
        inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_flood_begins_with_one_failure_too_many_and_ends_a_second_after_it() {
        let start = Instant::now();
        let floods = Floods::new(start);
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..FAILURES_PER_SECOND {
            assert!(!floods.is_flood(at(5)));
            floods.failed(at(5));
        }
        assert!(floods.is_flood(at(5)));
        assert!(floods.is_flood(at(6)), "the next second still");
        assert!(!floods.is_flood(at(7)));
    }

    #[test]
    fn every_fold_is_counted_once() {
        let start = Instant::now();
        let floods = Floods::new(start);
        for _ in 0..3 {
            floods.fold("missing_credential", start);
        }
        floods.fold("invalid_credential", start);
        let taken = floods.take(start, false);
        assert_eq!(taken.values().sum::<u64>(), 4);
        assert!(floods.take(start, true).is_empty());
        floods.fold("invalid_credential", start);
        assert!(floods.take(start, false).is_empty(), "one summary a second");
        assert_eq!(
            floods.take(start, true).len(),
            1,
            "but nothing is lost at the end"
        );
    }
}
