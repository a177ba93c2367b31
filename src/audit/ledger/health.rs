//! Whether the ledger can be relied on, and numbers about it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::Position;

/// What the writing thread tells everybody else.
#[derive(Debug, Default)]
pub(in crate::audit) struct Health {
    refusing: AtomicBool,
    pub(in crate::audit) records: AtomicU64,
    pub(in crate::audit) commits: AtomicU64,
    pub(in crate::audit) commit_micros: AtomicU64,
    pub(in crate::audit) faults: AtomicU64,
    pub(in crate::audit) rejections: AtomicU64,
    pub(in crate::audit) open: AtomicU64,
    fault: Mutex<Option<String>>,
    durable: Mutex<Position>,
}

impl Health {
    /// Whether new requests are taken.
    pub(in crate::audit) fn is_good(&self) -> bool {
        !self.refusing.load(Ordering::Acquire)
    }

    /// Writing failed. New requests are refused from here on.
    pub(in crate::audit) fn failed(&self, fault: String) {
        self.refusing.store(true, Ordering::Release);
        self.faults.fetch_add(1, Ordering::Relaxed);
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Writing worked again, after a pause.
    pub(in crate::audit) fn recovered(&self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.refusing.store(false, Ordering::Release);
    }

    pub(in crate::audit) fn fault(&self) -> Option<String> {
        self.fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Everything before this position is on the disk.
    pub(in crate::audit) fn durable(&self) -> Position {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::audit) fn set_durable(&self, position: Position) {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }
}
