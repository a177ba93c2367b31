//! Rates: requests a minute by key, as GCRA.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Keys that were full again are forgotten every so many requests.
const SWEEP_EVERY: u32 = 4_096;

/// Limiters by rate. One limiter has one rate, so that a key counted at one
/// rate is never read at another.
///
/// Only single cells are taken: `check_key_n` multiplies without a check and
/// admits anything once the product wraps.
pub(super) struct Rates<K: Eq + Hash + Clone> {
    usual: NonZeroU32,
    by_rate: RwLock<HashMap<NonZeroU32, Arc<Limiter<K>>>>,
    taken: AtomicU32,
}

impl<K: Eq + Hash + Clone> Rates<K> {
    /// One rate for every key, in requests a minute; zero reads as one.
    pub(super) fn new(per_minute: u32) -> Self {
        let usual = NonZeroU32::new(per_minute).unwrap_or(super::ONE);
        Self {
            usual,
            by_rate: RwLock::default(),
            taken: AtomicU32::new(0),
        }
    }

    /// Each key says its own rate.
    pub(super) fn per_key() -> Self {
        Self::new(1)
    }

    /// Takes one request, at `rate` or the usual one.
    ///
    /// # Errors
    /// How long until the next one is due.
    pub(super) fn take(&self, key: &K, rate: Option<NonZeroU32>) -> Result<(), Duration> {
        let limiter = self.limiter(rate.unwrap_or(self.usual));
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY.saturating_sub(1)
        {
            limiter.retain_recent();
        }
        limiter
            .check_key(key)
            .map_err(|not_yet| not_yet.wait_time_from(DefaultClock::default().now()))
    }

    fn limiter(&self, rate: NonZeroU32) -> Arc<Limiter<K>> {
        if let Some(limiter) = self
            .by_rate
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&rate)
        {
            return Arc::clone(limiter);
        }
        let mut all = self.by_rate.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(RateLimiter::dashmap(governor::Quota::per_minute(rate)));
        Arc::clone(all.entry(rate).or_insert_with(fresh))
    }
}

impl<K: Eq + Hash + Clone> fmt::Debug for Rates<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Rates({} a minute)", self.usual)
    }
}
