//! How delivery is doing, from outside.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// How delivery is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryStatus {
    /// Records accepted since the ledger began.
    pub delivered: u64,
    /// Records refused for good.
    pub dead_lettered: u64,
    /// Requests that had to be made again since the start.
    pub retries: u64,
    /// What is wrong at the moment: delivery is held up.
    pub fault: Option<String>,
}

/// What [`DeliveryWatch::status`] shows.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) delivered: AtomicU64,
    pub(super) dead_lettered: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) fault: Mutex<Option<String>>,
}

/// A handle for readiness and metrics.
#[derive(Debug, Clone)]
pub struct DeliveryWatch(pub(super) Arc<Shared>);

impl DeliveryWatch {
    /// How delivery is doing.
    #[must_use]
    pub fn status(&self) -> DeliveryStatus {
        let shared = &self.0;
        DeliveryStatus {
            delivered: shared.delivered.load(Ordering::Relaxed),
            dead_lettered: shared.dead_lettered.load(Ordering::Relaxed),
            retries: shared.retries.load(Ordering::Relaxed),
            fault: shared
                .fault
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }
}
